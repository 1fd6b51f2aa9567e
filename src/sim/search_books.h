// What happened in a world of the search so far: promises and votes, only from the messages that
// the nodes sent. This is part of a world's state and therefore small: bytes, with numbers for
// ballots and values.
//
// It compares ballots by their bits and counts nodes itself, because a mutant's ballots and quorums
// cannot be trusted.
#pragma once

#include <array>
#include <bit>
#include <vector>

#include "paxos/step.h"

namespace paxos::sim {

/// The ballots and values of a world, numbered in order of appearance; 0 is none.
class Numbers {
public:
    std::uint8_t of(Ballot ballot) {
        if (ballot.is_none()) return 0;
        for (std::size_t i = 0; i < ballots_.size(); ++i)
            if (ballots_[i] == ballot.bits()) return static_cast<std::uint8_t>(i + 1);
        ballots_.push_back(ballot.bits());
        return static_cast<std::uint8_t>(ballots_.size());
    }
    std::uint8_t of(const Value& value) {
        for (std::size_t i = 0; i < values_.size(); ++i)
            if (values_[i] == value) return static_cast<std::uint8_t>(i + 1);
        values_.push_back(value);
        return static_cast<std::uint8_t>(values_.size());
    }
    [[nodiscard]] std::uint64_t bits(std::uint8_t ballot) const {
        return ballot == 0 ? 0 : ballots_[ballot - 1U];
    }
    [[nodiscard]] std::size_t ballots() const { return ballots_.size(); }

private:
    std::vector<std::uint64_t> ballots_;
    std::vector<Value> values_;
};

/// Something that a node did or sent and that the record must note.
struct Action {
    enum class Kind : std::uint8_t { began, sent, claimed, learned, skipped } kind;
    Message message;        ///< began: the ballot. claimed: as the DECIDE. learned: slot and value.
                            ///< skipped: up to this slot.
    std::uint8_t ballot;    ///< Of the message, by its number; so are
    std::uint8_t promised;  ///< the ballot that a NACK names,
    std::uint8_t value;     ///< and the value.
    bool operator==(const Action&) const = default;
};

/// Constants of a search.
struct SearchRules {
    std::size_t nodes;
    Slot slots;
    bool whole_log;  ///< A promise is for every slot at once (`multi`).
    bool opens_all;  ///< A new proposer sends PREPARE for all slots at once; false: one by one.
    /// In slot s: [s * proposers, (s + 1) * proposers); in `multi` the no-op as well.
    std::vector<Value> proposable;
    std::size_t proposers;
};

class SearchBooks {
public:
    static constexpr std::size_t nodes_max = 3, slots_max = 3, ballots_max = 8;

    /// The rule that `node` broke, or null.
    const char* enter(NodeId node, const Action& action, const SearchRules& rules,
                      const Numbers& numbers) {
        const Message& message = action.message;
        if (numbers.ballots() > ballots_max) return "S12: more ballots than were begun";
        if (message.slot >= rules.slots && message.slot_count == 1)
            return "S22: a slot beyond the last one proposed";
        switch (action.kind) {
            case Action::Kind::began: return begin(node, action.ballot, rules, numbers);
            case Action::Kind::claimed: return check_chosen(action, rules);
            case Action::Kind::learned: return check_learned(node, action, rules);
            case Action::Kind::skipped: return skip(node, message.slot, rules);
            case Action::Kind::sent: break;
        }
        std::uint8_t& promised = promised_[node][rules.whole_log ? 0 : message.slot];
        switch (message.kind) {
            case MessageKind::prepare:
                // The promise of its own acceptor. A retransmission at an old ballot promises
                // nothing.
                if (!rules.whole_log && numbers.bits(action.ballot) > numbers.bits(promised))
                    promised = action.ballot;
                return nullptr;
            case MessageKind::promise: return raise(promised, action.ballot, numbers);
            case MessageKind::accept: return propose(node, action, rules, numbers);
            case MessageKind::accepted: return accept(node, action, rules, numbers);
            case MessageKind::decide: return check_chosen(action, rules);
            case MessageKind::nack:
                if (message.detail <= message.ballot.bits())
                    return "S07: a refusal that names no higher ballot";
                return raise(promised, action.promised, numbers);
            default: return nullptr;
        }
    }

private:
    /// When a proposer begins, its own acceptor promises the slots that it opens at once.
    const char* begin(NodeId node, std::uint8_t ballot, const SearchRules& rules,
                      const Numbers& numbers) {
        if (numbers.bits(ballot) <= numbers.bits(begun_[node]))
            return "S12: a ballot is used again";
        begun_[node] = ballot;
        if (!rules.whole_log && !rules.opens_all) return nullptr;
        for (Slot slot = 0; slot < (rules.whole_log ? 1 : rules.slots); ++slot)
            if (const char* broken = raise(promised_[node][slot], ballot, numbers)) return broken;
        return nullptr;
    }
    static const char* raise(std::uint8_t& promised, std::uint8_t ballot, const Numbers& numbers) {
        if (numbers.bits(ballot) < numbers.bits(promised))
            return "S01 S02 S05: a promise goes back";
        promised = ballot;
        return nullptr;
    }
    const char* propose(NodeId node, const Action& accept, const SearchRules& rules,
                        const Numbers& numbers) {
        const Message& message = accept.message;
        if (message.ballot.node() != node) return "S11: the ballot of another node";
        std::uint8_t& value = value_[message.slot][accept.ballot - 1U];
        if (value == accept.value) return nullptr;
        if (value != 0) return "S11: a second value at a ballot";
        bool valid = rules.whole_log && message.value.is_no_op();
        for (std::size_t i = 0; i < rules.proposers; ++i)
            valid |= message.value == rules.proposable[message.slot * rules.proposers + i];
        if (!valid) return "S22: a value that was not proposed";
        value = accept.value;
        return vote(node, message.slot, accept.ballot, rules, numbers);  // S14: its own acceptor's.
    }
    const char* accept(NodeId node, const Action& accepted, const SearchRules& rules,
                       const Numbers& numbers) {
        if (value_[accepted.message.slot][accepted.ballot - 1U] != accepted.value)
            return "S11: accepted what was not proposed";
        return vote(node, accepted.message.slot, accepted.ballot, rules, numbers);
    }
    const char* vote(NodeId node, Slot slot, std::uint8_t ballot, const SearchRules& rules,
                     const Numbers& numbers) {
        std::uint8_t& promised = promised_[node][rules.whole_log ? 0 : slot];
        if (const char* broken = raise(promised, ballot, numbers)) return broken;
        votes_[slot][ballot - 1U] |= static_cast<std::uint8_t>(1U << node);
        if (!is_chosen(slot, ballot - 1U, rules)) return nullptr;
        for (std::size_t other = 0; other < ballots_max; ++other)
            if (is_chosen(slot, other, rules) && value_[slot][other] != value_[slot][ballot - 1U])
                return "S18: two values are chosen";
        return nullptr;
    }
    [[nodiscard]] bool is_chosen(Slot slot, std::size_t ballot, const SearchRules& rules) const {
        return 2 * static_cast<std::size_t>(std::popcount(votes_[slot][ballot])) > rules.nodes;
    }
    /// A decision names its quorum. All its nodes accepted that value at that ballot (S08, S13,
    /// S18).
    const char* check_chosen(const Action& action, const SearchRules& rules) const {
        const Message& decide = action.message;
        if (action.ballot == 0 ||
            2 * static_cast<std::size_t>(std::popcount(decide.detail)) <= rules.nodes)
            return "S08: decided without a quorum";
        if (decide.slot + decide.slot_count > rules.slots)
            return "S22: decided beyond the last slot proposed";
        for (Slot slot = decide.slot; slot < decide.slot + decide.slot_count; ++slot) {
            if ((decide.detail & ~std::uint64_t{votes_[slot][action.ballot - 1U]}) != 0)
                return "S08 S13: decided by nodes that did not accept it";
            if (decide.slot_count == 1 && value_[slot][action.ballot - 1U] != action.value)
                return "S18: decided what was not accepted";
        }
        return nullptr;
    }
    const char* check_learned(NodeId node, const Action& action, const SearchRules& rules) {
        const Slot slot = action.message.slot;
        if (slot != learned_[node]) return "S21: delivers another slot than the next";
        ++learned_[node];
        for (std::size_t ballot = 0; ballot < ballots_max; ++ballot)
            if (is_chosen(slot, ballot, rules))
                return value_[slot][ballot] == action.value
                           ? nullptr
                           : "S18: another value is learned than was chosen";
        return "S19: learned what is not decided";
    }

    /// Every skipped slot must be decided (S20).
    const char* skip(NodeId node, Slot to, const SearchRules& rules) {
        for (; learned_[node] < to; ++learned_[node]) {
            bool chosen = false;
            for (std::size_t ballot = 0; ballot < ballots_max; ++ballot)
                chosen |= is_chosen(learned_[node], ballot, rules);
            if (!chosen) return "S19: skipped what is not decided";
        }
        return nullptr;
    }

    std::array<std::array<std::uint8_t, slots_max>, nodes_max> promised_{};  // `multi`: slot 0's.
    std::array<std::array<std::uint8_t, ballots_max>, slots_max> votes_{};
    std::array<std::array<std::uint8_t, ballots_max>, slots_max> value_{};
    std::array<std::uint8_t, nodes_max> begun_{};
    std::array<std::uint8_t, nodes_max> learned_{};
    std::uint8_t spare_ = 0;
};

}  // namespace paxos::sim
