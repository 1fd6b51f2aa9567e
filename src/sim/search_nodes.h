// The states that a node of a search has reached, and the transitions between them. Each state is
// kept once. A choice is what the node does next (sim/search_choice.h). In most choices it receives
// a letter, which is a message with one recipient (sim/search_letters.h). For each pair of a state
// and a choice, the search takes a step of the real protocol once and stores the effect. Only a few
// steps are needed, because a search with millions of states of the cluster has only some thousands
// of states of its nodes.
//
// Two states are merged if their canonical states (sim/canonical_state.h) have hashes whose lower
// 64 bits are equal. One of the two is kept, and the other is dropped. For some of the dropped
// states (SearchScope::audit_one_in), audit() applies every choice to the dropped state and to the
// state kept instead, and compares the effects.
#pragma once

#include <deque>
#include <memory>
#include <unordered_map>
#include <vector>

#include "sim/canonical_state.h"
#include "sim/search.h"
#include "sim/search_choice.h"
#include "sim/search_disk.h"
#include "sim/search_letters.h"
#include "sim/search_oracle.h"

namespace paxos::sim {

inline constexpr std::uint32_t no_effect = unknown - 1;  ///< The class of letters without effect.

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
        if (scope.durable) space_.resize(Records<Limits>::step_bytes_max / sizeof(Message));
        Machine machine{Protocol(search_options(scope_, self_, 0)), 1'000'000, {}};
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

    /// Whether records wait to be flushed.
    [[nodiscard]] bool may_flush(StateId id) const {
        return !states_[id].machine.disk.waiting.empty();
    }
    /// Whether this node may skip the slots below `to`, which a peer no longer retains.
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
    /// The class of a letter in this state. All letters with the same effect form a class, and the
    /// class has the id of the letter that was classified first. `no_effect` is the class of
    /// letters that change nothing and send nothing.
    MessageId class_of(StateId id, MessageId letter) {
        State& state = states_[id];
        if (letter < state.classes.size() && state.classes[letter] != unknown)
            return state.classes[letter];
        const auto of = [&](MessageId one) -> const Effect& {
            return effect(id, {Choice::Kind::take, static_cast<std::uint16_t>(one), 0});
        };
        const Effect& mine = of(letter);
        MessageId found = mine.does_nothing(id) ? no_effect : letter;
        if (found != no_effect)
            for (MessageId other = 0; other < state.classes.size(); ++other)
                if (state.classes[other] == other && of(other).is_same(mine)) found = other;
        if (state.classes.size() <= letter) state.classes.resize(letter + 1, unknown);
        return state.classes[letter] = found;
    }

    /// Notes that `letter` was dropped in this state because `kept` has the same effect. If `kept`
    /// is `no_effect`, the letter was dropped because it has no effect.
    void forget(StateId id, MessageId letter, MessageId kept) {
        forgotten_for(id, kept).add(letter);
    }
    void forget_nothing() {
        for (State& state : states_) state.forgotten.clear();
    }
    /// Letters that were dropped wrongly. A letter in `has_effect` was dropped because it had no
    /// effect, but in a later state it has an effect. A letter in `differs` was dropped
    /// because another letter had the same effect, but in a later state the two effects differ.
    struct Missed {
        Bag has_effect, differs;
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
                    const MessageId stands_for = kept == no_effect ? no_effect : class_of(id, kept);
                    if (class_of(id, letter) == stands_for) return;
                    (kept == no_effect ? missed.has_effect : missed.differs).add(letter);
                });
        return missed;
    }

    /// Compares the dropped states that were selected for the audit with the states kept instead.
    /// Returns true if every choice has the same effect on both states of each pair.
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
            if (may_flush(kept)) choices.push_back({Choice::Kind::flush});
            if (scope_.crashes != 0) choices.push_back({Choice::Kind::crash});
            for (const Choice choice : choices)
                if (!same(states_[kept].machine, dropped, choice)) return false;
        }
        return true;
    }

private:
    struct Machine {
        Protocol protocol;
        Tick now;
        SearchDisk disk;
    };
    struct State {
        Machine machine;
        std::vector<std::uint32_t> taken;  // By letter: index in effects_.
        std::unordered_map<std::uint32_t, std::uint32_t> taken_two;
        std::uint32_t took_over = unknown;
        std::uint32_t asked_again = unknown;
        std::uint32_t skipped = unknown;
        std::uint32_t flushed = unknown;
        std::uint32_t crashed = unknown;
        std::vector<StateId> leads_to;
        std::vector<MessageId> classes;                    // By letter.
        std::vector<std::pair<MessageId, Bag>> forgotten;  // By the letter kept instead.
    };

    /// `choice` in the state `from` led to a state that was merged into `kept`.
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
    /// Copies the letters dropped in state `id` to state `next`, where they stay dropped. Returns
    /// whether at least one of them was not yet dropped in `next`.
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

    /// With ring_of_two, all peers report at the start that they have learned everything, so that
    /// no proposer waits for a slower node.
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
        machine.protocol.step(
            {.now = machine.now,
             .arrivals = arrivals,
             .proposals = {.end = scope_.slots,
                           .values = values_.data(),
                           .mask = values_.size() - 1,
                           .window = static_cast<std::uint32_t>(
                               std::min<Slot>(scope_.slots, Limits::window_max))},
             .durable_up_to = scope_.durable ? machine.disk.durable_up_to : everything,
             .record_space = std::as_writable_bytes(std::span{space_})},
            output_);
        machine.disk.add(output_.records.bytes());
    }

    void act(Machine& machine, Choice choice, Effect& effect) {
        std::array<Arrival, 2> arrivals;
        std::size_t count = 0;
        const auto take = [&](MessageId id) {
            const Letter& letter = letters_.at(id);
            arrivals[count++] = {letter.message().from, 0, 0, letter.sent()};
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
            case Choice::Kind::flush: flush(machine, effect); break;
            case Choice::Kind::crash: crash(machine, effect); break;
        }
        step(machine, {arrivals.data(), count});
        gather(machine, effect);
    }
    void flush(Machine& machine, Effect& effect) {
        Records<Limits>::for_each(machine.disk.flush(), [&](const Message& record) {
            if (record.kind != MessageKind::promise && record.kind != MessageKind::accept) return;
            Run::of(record).for_each(
                [&](const Message& one) { note(effect, Action::Kind::flushed, one); });
        });
    }
    /// The node crashes and restarts from its flushed records.
    void crash(Machine& machine, Effect& effect) {
        machine.disk.crash();
        machine.protocol = Protocol(search_options(scope_, self_, machine.disk.incarnation));
        machine.protocol.restore(machine.disk.durable);
        effect.crashed = true;
        Message restarted{};
        restarted.slot = machine.protocol.learned();
        restarted.slot_count = 0;
        note(effect, Action::Kind::restarted, restarted);
    }
    /// The learner skips slots and sends nothing; no step is taken. Learned slots that follow the
    /// skipped ones are delivered.
    void skip(Machine& machine, Slot to, Effect& effect) {
        CanonicalState::skip(machine.protocol, to, machine.now);
        Message skipped{};
        skipped.slot = to;
        skipped.slot_count = 1;
        note(effect, Action::Kind::skipped, skipped);
        for (Slot slot = to; slot < machine.protocol.learned(); ++slot)
            note_learned(machine, slot, effect);
    }
    /// Adds to `effect` what the node did in a step, in order.
    void gather(const Machine& machine, Effect& effect) {
        for (std::size_t i = 0; i < output_.event_count; ++i) {
            const Event& event = events_[i];
            if (event.kind == EventKind::took_over) {
                effect.began = true;
                note(effect, Action::Kind::began, event.message);
            }
            if (event.kind == EventKind::quorum_accepted)
                note(effect, Action::Kind::claimed, event.message);
            if (event.kind != EventKind::sent) continue;
            note(effect, Action::Kind::sent, event.message);
        }
        for (const Send& send : output_.outbox.sends())
            for (std::size_t i = 0; i < send.datagram_count(); ++i)
                for_each_message(send.messages(i), [&](std::span<const Message> cells) {
                    send.to.for_each(
                        [&](NodeId to) { effect.sent.push_back(letters_.of({to, cells})); });
                });
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
        return CanonicalState::of(machine.protocol, self_ < scope_.proposers,
                                  scope_.durable ? &machine.disk : nullptr,
                                  [&] { return restored(machine); });
    }
    /// The state that the node would have after a crash and a restart now.
    [[nodiscard]] Fingerprint restored(const Machine& machine) const {
        Protocol protocol(search_options(scope_, self_, 0));
        protocol.restore(machine.disk.durable);
        return CanonicalState::of(protocol, self_ < scope_.proposers);
    }
    StateId keep(Machine&& machine) {
        const auto id = static_cast<StateId>(states_.size());
        by_state_.emplace(canonical_state_of(machine).low, id);
        states_.push_back(
            {std::move(machine), {}, {}, unknown, unknown, unknown, unknown, unknown, {}, {}, {}});
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
            case Choice::Kind::flush: return state.flushed;
            case Choice::Kind::crash: return state.crashed;
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

    /// The slot to which a node skips. With three slots and a ring of two, slot 0 is the only slot
    /// that a peer may no longer retain.
    static constexpr std::uint16_t skip_end = SearchOracle::slots_max - 2;

    NodeId self_;
    SearchScope scope_;
    Letters& letters_;
    Numbers& numbers_;
    std::array<Value, 8> values_{};
    std::array<Event, 256> events_{};
    std::array<Arrival, 8> headers_{};
    std::vector<Message> space_;  // For the records of a step.
    std::unique_ptr<std::byte, decltype(&std::free)> pool_;
    Output<Limits> output_;
    std::deque<State> states_;
    std::deque<Effect> effects_;
    std::unordered_map<std::uint64_t, StateId> by_state_;
    std::uint64_t met_again_ = 0;
    std::vector<Audit> audits_;
};

}  // namespace paxos::sim
