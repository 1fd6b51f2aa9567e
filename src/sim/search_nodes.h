// The states that a node of a search has reached, each kept once, and their transitions: the search
// takes a step of the real protocol once for each (state, choice) and stores its effect. A world
// with millions of states consists of some thousands of node states.
//
// Two states count as one if their canonical state (sim/canonical_state.h) is equal. `audit` takes
// a state that was dropped for that reason and the one that was kept, applies every choice to both,
// and compares the effects.
#pragma once

#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "sim/canonical_state.h"
#include "sim/search.h"
#include "sim/search_books.h"
#include "sim/search_letters.h"

namespace paxos::sim {

using StateId = std::uint32_t;
inline constexpr std::uint32_t unknown = ~std::uint32_t{0};
inline constexpr std::uint32_t nothing = unknown - 1;  ///< The class of letters without effect.

/// What a node may do: take one letter or two at once, or act as if a timer had expired.
struct Choice {
    enum class Kind : std::uint8_t { take, take_two, take_over, ask_again, skip } kind;
    std::uint16_t first = 0;  ///< skip: the slot to continue at.
    std::uint16_t second = 0;
};

struct Effect {
    StateId to = unknown;
    std::vector<MessageId> sent;
    std::vector<Action> actions;
    bool began = false;
    [[nodiscard]] bool does_nothing(StateId from) const {
        return to == from && sent.empty() && actions.empty();
    }
    [[nodiscard]] bool is_same(const Effect& other) const {
        return to == other.to && began == other.began && sent == other.sent &&
               actions == other.actions;
    }
};

template <class Protocol, class Limits>
class SearchNode {
public:
    SearchNode(NodeId self, const SearchScope& scope, const SearchRules& rules, Letters& letters,
               Numbers& numbers)
        : self_(self),
          scope_(scope),
          letters_(letters),
          numbers_(numbers),
          pool_(static_cast<std::byte*>(std::aligned_alloc(64, Outbox<Limits>::pool_size)),
                &std::free),
          output_(pool_.get(), events_) {
        for (Slot slot = 0; slot < scope.slots; ++slot)
            values_[slot] = rules.proposable[slot * scope.proposers + self % scope.proposers];
        Machine machine{Protocol(options()), 1'000'000};
        step(machine, first_headers());
        keep(std::move(machine));
    }

    [[nodiscard]] std::size_t size() const { return states_.size(); }
    [[nodiscard]] const Protocol& at(StateId id) const { return states_[id].machine.protocol; }
    [[nodiscard]] bool may_take_over(StateId id) const {
        return self_ < scope_.proposers && !at(id).is_proposing() &&
               at(id).learned() < scope_.slots;
    }
    [[nodiscard]] bool may_ask_again(StateId id) const { return at(id).is_proposing(); }

    /// Whether this node is left behind by a peer that retains nothing below `to`.
    [[nodiscard]] bool may_skip(StateId id, Slot to) const {
        return scope_.ring_of_two && at(id).learned() < to;
    }

    const Effect& effect(StateId id, Choice choice) {
        std::uint32_t& known = memory(id, choice);
        if (known != unknown) return effects_[known];
        Machine machine = states_[id].machine;
        Effect effect;
        act(machine, choice, effect);
        const Fingerprint state = canonical_state_of(machine);
        const auto found = by_state_.find(state.low);
        if (found == by_state_.end()) {
            effect.to = keep(std::move(machine));
        } else {
            effect.to = found->second;
            if (scope_.audit_one_in != 0 && ++met_again_ % scope_.audit_one_in == 0)
                audits_.push_back({id, choice, effect.to});
        }
        states_[id].leads_to.push_back(effect.to);
        effects_.push_back(std::move(effect));
        return effects_[memory(id, choice) = static_cast<std::uint32_t>(effects_.size() - 1)];
    }
    /// The class of a letter in this state: all letters with the same effect, represented by the
    /// first one. `nothing` is the class of letters that change nothing and send nothing.
    MessageId class_of(StateId id, MessageId letter) {
        State& state = states_[id];
        if (letter < state.classes.size() && state.classes[letter] != unknown)
            return state.classes[letter];
        const auto of = [&](MessageId one) -> const Effect& {
            return effect(id, {Choice::Kind::take, static_cast<std::uint16_t>(one), 0});
        };
        const Effect& mine = of(letter);
        MessageId found = mine.does_nothing(id) ? nothing : letter;
        if (found != nothing)
            for (MessageId other = 0; other < state.classes.size(); ++other)
                if (state.classes[other] == other && of(other).is_same(mine)) found = other;
        if (state.classes.size() <= letter) state.classes.resize(letter + 1, unknown);
        return state.classes[letter] = found;
    }

    /// `letter` was dropped in this state, because `kept`, which may be `nothing`, has its effect.
    void forget(StateId id, MessageId letter, MessageId kept) {
        forgotten_for(id, kept).add(letter);
    }
    void forget_nothing() {
        for (State& state : states_) state.forgotten.clear();
    }
    /// Letters that were dropped, but have an effect in a later state, or another effect than the
    /// letter kept instead.
    struct Missed {
        Bag something, something_else;
    };
    Missed missed() {
        std::vector<StateId> open;
        for (StateId id = 0; id < states_.size(); ++id) open.push_back(id);
        Missed missed;
        while (!open.empty()) {
            const StateId id = open.back();
            open.pop_back();
            for (const StateId next : std::vector<StateId>(states_[id].leads_to))
                if (hand_on(id, next)) open.push_back(next);
        }
        for (StateId id = 0; id < states_.size(); ++id)
            for (const auto& [kept, letters] : states_[id].forgotten)
                letters.for_each([&](MessageId letter) {
                    const MessageId stands_for = kept == nothing ? nothing : class_of(id, kept);
                    if (class_of(id, letter) == stands_for) return;
                    (kept == nothing ? missed.something : missed.something_else).add(letter);
                });
        return missed;
    }

    /// Compares states that were taken for equal with the ones kept. True if every choice has the
    /// same effect on both.
    bool audit() {
        while (!audits_.empty()) {
            const auto [from, choice_then, kept] = audits_.back();
            audits_.pop_back();
            Machine dropped = states_[from].machine;
            Effect effect;
            act(dropped, choice_then, effect);
            std::vector<Choice> choices;
            for (MessageId letter = 0; letter < letters_.size(); ++letter)
                if (letters_.at(letter).to == self_)
                    choices.push_back({Choice::Kind::take, static_cast<std::uint16_t>(letter), 0});
            if (may_take_over(kept)) choices.push_back({Choice::Kind::take_over});
            if (may_ask_again(kept)) choices.push_back({Choice::Kind::ask_again});
            if (may_skip(kept, skip_end)) choices.push_back({Choice::Kind::skip, skip_end});
            for (const Choice choice : choices)
                if (!same(states_[kept].machine, dropped, choice)) return false;
        }
        return true;
    }

private:
    struct Machine {
        Protocol protocol;
        Tick now;
    };
    struct State {
        Machine machine;
        std::vector<std::uint32_t> taken;  // Effects, by letter.
        std::unordered_map<std::uint32_t, std::uint32_t> taken_two;
        std::uint32_t took_over = unknown;
        std::uint32_t asked_again = unknown;
        std::uint32_t skipped = unknown;
        std::vector<StateId> leads_to;
        std::vector<MessageId> classes;                    // By letter.
        std::vector<std::pair<MessageId, Bag>> forgotten;  // By the letter kept instead.
    };

    /// In that state, that choice led to a state that counts as `kept`.
    struct Audit {
        StateId from;
        Choice choice;
        StateId kept;
    };

    Bag& forgotten_for(StateId id, MessageId kept) {
        auto& all = states_[id].forgotten;
        for (auto& [known, letters] : all)
            if (known == kept) return letters;
        all.push_back({kept, {}});
        return all.back().second;
    }
    /// A letter dropped in a state stays dropped in the next. True if that was new there.
    bool hand_on(StateId id, StateId next) {
        bool news = false;
        if (id == next) return false;
        for (const auto& [kept, letters] : states_[id].forgotten) {
            Bag& there = forgotten_for(next, kept);
            for (std::size_t word = 0; word < letters.words.size(); ++word) {
                news |= (letters.words[word] & ~there.words[word]) != 0;
                there.words[word] |= letters.words[word];
            }
        }
        return news;
    }

    /// Only the two timers that are choices ever expire. No node is a designated proposer, so every
    /// proposer has taken over.
    [[nodiscard]] Options options() const {
        constexpr Tick never = Tick{1} << 62;
        Options options;
        options.self = self_;
        options.nodes = scope_.nodes;
        options.proposers = 0;
        options.first_counter = scope_.first_counter;
        options.timing = Timing{.retransmit_min_ns = asks_again_ns,
                                .retransmit_max_ns = asks_again_ns,
                                .catch_up_ns = never,
                                .give_up_ns = never,
                                .heartbeat_ns = never,
                                .contact_ns = never,
                                .silence_ns = never,
                                .progress_gap_ns = never,
                                .hold_back_ns = never,
                                .takeover_ns = takes_over_ns,
                                .takeover_step_ns = 0,
                                .backoff_min_ns = 0,
                                .backoff_max_ns = 0};
        return options;
    }

    /// In a ring of two, all peers report at the start that they have learned everything, so that
    /// none holds a proposer back.
    [[nodiscard]] std::span<const Arrival> first_headers() {
        if (!scope_.ring_of_two) return {};
        std::size_t count = 0;
        for (NodeId peer = 0; peer < scope_.nodes; ++peer)
            if (peer != self_)
                headers_[count++] = {
                    .from = peer, .learned = scope_.slots, .retained_from = 0, .messages = {}};
        return {headers_.data(), count};
    }
    void step(Machine& machine, std::span<const Arrival> arrivals) {
        machine.protocol.step({.now = machine.now,
                               .arrivals = arrivals,
                               .proposals = {.end = scope_.slots,
                                             .values = values_.data(),
                                             .mask = values_.size() - 1,
                                             .window = static_cast<std::uint32_t>(std::min<Slot>(
                                                 scope_.slots, Limits::window_max))}},
                              output_);
    }

    void act(Machine& machine, Choice choice, Effect& effect) {
        std::array<Arrival, 2> arrivals;
        std::size_t count = 0;
        const auto take = [&](MessageId id) {
            const Message& message = letters_.at(id).message;
            arrivals[count++] = {message.from, 0, 0, {&message, 1}};
        };
        switch (choice.kind) {
            case Choice::Kind::take: take(choice.first); break;
            case Choice::Kind::take_two:
                take(choice.first);
                take(choice.second);
                break;
            case Choice::Kind::take_over: machine.now += 2 * takes_over_ns; break;
            case Choice::Kind::ask_again: machine.now += 2 * asks_again_ns; break;
            case Choice::Kind::skip: return skip(machine, choice.first, effect);
        }
        step(machine, {arrivals.data(), count});
        gather(machine, effect);
    }
    /// Not a step: the learner gives up slots and sends nothing. Slots already learned above are
    /// delivered.
    void skip(Machine& machine, Slot to, Effect& effect) {
        CanonicalState::skip(machine.protocol, to, machine.now);
        Message skipped{};
        skipped.slot = to;
        skipped.slot_count = 1;
        note(effect, Action::Kind::skipped, skipped);
        for (Slot slot = to; slot < machine.protocol.learned(); ++slot)
            note_learned(machine, slot, effect);
    }
    /// What the node did, in order.
    void gather(const Machine& machine, Effect& effect) {
        for (std::size_t i = 0; i < output_.event_count; ++i) {
            const Event& event = events_[i];
            if (event.kind == EventKind::took_over) {
                effect.began = true;
                note(effect, Action::Kind::began, event.message);
            }
            if (event.kind == EventKind::majority_accepted)
                note(effect, Action::Kind::claimed, event.message);
            if (event.kind != EventKind::sent) continue;
            note(effect, Action::Kind::sent, event.message);
            for (NodeId to = 0; to < scope_.nodes; ++to)
                if (event.mask.bits() >> to & 1)
                    effect.sent.push_back(letters_.of(to, event.message));
        }
        for (Slot slot = output_.decisions.first; slot < output_.decisions.end; ++slot)
            note_learned(machine, slot, effect);
    }
    void note_learned(const Machine& machine, Slot slot, Effect& effect) {
        Message learned{};
        learned.slot = slot;
        learned.slot_count = 1;
        learned.value = machine.protocol.value_of(slot);
        note(effect, Action::Kind::learned, learned);
    }
    void note(Effect& effect, Action::Kind kind, const Message& message) {
        effect.actions.push_back(
            {kind, message, numbers_.of(message.ballot),
             message.kind == MessageKind::nack ? numbers_.of(message.promised()) : std::uint8_t{0},
             numbers_.of(message.value)});
    }

    [[nodiscard]] Fingerprint canonical_state_of(const Machine& machine) const {
        return CanonicalState::of(machine.protocol, self_ < scope_.proposers);
    }
    StateId keep(Machine&& machine) {
        const auto id = static_cast<StateId>(states_.size());
        by_state_.emplace(canonical_state_of(machine).low, id);
        states_.push_back({std::move(machine), {}, {}, unknown, unknown, unknown, {}, {}, {}});
        return id;
    }
    std::uint32_t& memory(StateId id, Choice choice) {
        State& state = states_[id];
        switch (choice.kind) {
            case Choice::Kind::take: break;
            case Choice::Kind::take_two:
                return state.taken_two
                    .try_emplace(static_cast<std::uint32_t>(choice.first) << 16 | choice.second,
                                 unknown)
                    .first->second;
            case Choice::Kind::take_over: return state.took_over;
            case Choice::Kind::ask_again: return state.asked_again;
            case Choice::Kind::skip: return state.skipped;
        }
        if (state.taken.size() <= choice.first) state.taken.resize(choice.first + 1U, unknown);
        return state.taken[choice.first];
    }

    [[nodiscard]] bool same(const Machine& kept, const Machine& dropped, Choice choice) {
        Machine one = kept, other = dropped;
        Effect of_one, of_other;
        act(one, choice, of_one);
        act(other, choice, of_other);
        return canonical_state_of(one) == canonical_state_of(other) &&
               of_one.sent == of_other.sent && of_one.actions == of_other.actions;
    }

    /// The end of the slots that a peer can forget: with three slots in a ring of two, only slot 0.
    static constexpr std::uint16_t skip_end = SearchBooks::slots_max - 2;
    static constexpr Tick takes_over_ns = 1'000'000'000;
    static constexpr Tick asks_again_ns = 1'000'000'000'000;

    NodeId self_;
    SearchScope scope_;
    Letters& letters_;
    Numbers& numbers_;
    std::array<Value, 8> values_{};
    std::array<Event, 256> events_{};
    std::array<Arrival, 8> headers_{};
    std::unique_ptr<std::byte, decltype(&std::free)> pool_;
    Output<Limits> output_;
    std::deque<State> states_;
    std::deque<Effect> effects_;
    std::unordered_map<std::uint64_t, StateId> by_state_;
    std::uint64_t met_again_ = 0;
    std::vector<Audit> audits_;
};

}  // namespace paxos::sim
