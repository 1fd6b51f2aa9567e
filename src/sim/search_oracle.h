// The promises and votes in a state of the exhaustive search, derived only from the ballots that
// the nodes began, the messages that they sent and the records that they flushed. The promises and
// votes are part of the state and therefore stored compactly. Each ballot or value is stored as a
// number of one byte.
//
// The oracle compares ballots by their bits and counts the nodes of a quorum itself, because the
// code for ballots and quorums may be broken in a mutant (tests/mutants).
#pragma once

#include <array>
#include <bit>
#include <vector>

#include "paxos/step.h"

namespace paxos::sim {

/// The ballots and values of a search, numbered in order of appearance; 0 is none.
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

/// Something that a node did or sent, as the input of the oracle.
struct Action {
    enum class Kind : std::uint8_t {
        began,
        sent,
        claimed,
        learned,
        skipped,
        flushed,
        restarted
    } kind;
    Message message;        ///< began: has the ballot. claimed (a quorum accepted): has the fields
                            ///< of a DECIDE. learned: has slot and value. skipped, restarted: has
                            ///< the next slot. flushed: an ACCEPT or PROMISE of a slot, or a
                            ///< PROMISE of all slots.
    std::uint8_t ballot;    ///< Number of the message's ballot.
    std::uint8_t promised;  ///< NACK: number of the higher ballot that it names.
    std::uint8_t value;     ///< Number of the message's value.
    bool operator==(const Action&) const = default;
};

/// Constants of a search.
struct SearchRules {
    std::size_t nodes;
    Slot slots;
    bool whole_log;  ///< A promise covers every slot (`multi`).
    bool opens_all;  ///< A new proposer sends PREPARE for all slots at once; false: one by one.
    /// The entries [s * proposers, (s + 1) * proposers) may be proposed in slot s. With `multi`,
    /// also the no-op.
    std::vector<Value> proposable;
    std::size_t proposers;
    std::size_t accept_quorum;  ///< Number of nodes in a quorum of phase 2.
    /// A promise or vote counts only once its record is flushed. This is also true of the promises
    /// and votes of a proposer's own acceptor.
    bool durable;
};

class SearchOracle {
public:
    static constexpr std::size_t nodes_max = 5, slots_max = 3, ballots_max = 8;

    /// Records `action` of `node`. Returns the rule that it broke, or null.
    const char* record(NodeId node, const Action& action, const SearchRules& rules,
                       const Numbers& numbers) {
        const Message& message = action.message;
        if (numbers.ballots() > ballots_max) return "S12: more ballots than ballots_max";
        if (message.slot >= rules.slots && message.slot_count == 1)
            return "S22: a slot beyond the last one proposed";
        switch (action.kind) {
            case Action::Kind::began: return begin(node, action.ballot, rules, numbers);
            case Action::Kind::claimed: return check_chosen(action, rules);
            case Action::Kind::learned: return check_learned(node, action, rules);
            case Action::Kind::skipped: return skip(node, message.slot, rules);
            case Action::Kind::restarted: return restart(node, message.slot);
            case Action::Kind::flushed:
            case Action::Kind::sent: break;
        }
        std::uint8_t& promised = promised_[node][rules.whole_log ? 0 : message.slot];
        if (action.kind == Action::Kind::flushed) {
            if (message.kind == MessageKind::promise)
                return raise(promised, action.ballot, numbers);
            if (const char* broken = propose_unsent(node, action, rules, numbers)) return broken;
            return accept(node, action, rules, numbers);
        }
        if (rules.durable) return enter_sent(node, action, promised, rules, numbers);
        switch (message.kind) {
            case MessageKind::prepare:
                // The proposer's own acceptor promises, too. A retransmission at an old ballot
                // promises nothing.
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
    /// In a world with disks, checks that the promise or vote that a message states is durable
    /// (S06).
    const char* enter_sent(NodeId node, const Action& action, std::uint8_t promised,
                           const SearchRules& rules, const Numbers& numbers) {
        const Message& message = action.message;
        switch (message.kind) {
            case MessageKind::promise:
                return numbers.bits(promised) < message.ballot.bits()
                           ? "S06: promises before the record is durable"
                           : nullptr;
            case MessageKind::accept: return propose(node, action, rules, numbers);
            case MessageKind::accepted: {
                const std::uint8_t votes = votes_[message.slot][action.ballot - 1U];
                return (votes >> node & 1) == 0 ? "S06: answers before the record is durable"
                                                : nullptr;
            }
            case MessageKind::decide: return check_chosen(action, rules);
            case MessageKind::nack:
                return message.detail <= message.ballot.bits()
                           ? "S07: a refusal that names no higher ballot"
                           : nullptr;
            default: return nullptr;
        }
    }
    /// A proposer that is a quorum by itself sends no ACCEPT. Only its records show what it
    /// proposed.
    const char* propose_unsent(NodeId node, const Action& flushed, const SearchRules& rules,
                               const Numbers& numbers) {
        const Message& message = flushed.message;
        if (message.ballot.node() != node || value_[message.slot][flushed.ballot - 1U] != 0)
            return nullptr;
        return propose(node, flushed, rules, numbers);
    }
    /// Checks that a restarted node, which knows the slots below `learned`, knows no more than
    /// before.
    const char* restart(NodeId node, Slot learned) {
        if (learned > learned_[node]) return "S23: restored slots that it had not learned";
        learned_[node] = static_cast<std::uint8_t>(learned);
        begun_[node] = 0;
        return nullptr;
    }
    /// When a proposer begins, its own acceptor promises its ballot in all slots that it opens.
    const char* begin(NodeId node, std::uint8_t ballot, const SearchRules& rules,
                      const Numbers& numbers) {
        if (numbers.bits(ballot) <= numbers.bits(begun_[node]))
            return "S12: a ballot is used again";
        begun_[node] = ballot;
        if (rules.durable) {
            if ((used_ >> (ballot - 1U) & 1) != 0) return "S12: a ballot of an earlier incarnation";
            used_ = static_cast<std::uint8_t>(used_ | 1U << (ballot - 1U));
            return nullptr;
        }
        if (!rules.whole_log && !rules.opens_all) return nullptr;
        for (Slot slot = 0; slot < (rules.whole_log ? 1 : rules.slots); ++slot)
            if (const char* broken = raise(promised_[node][slot], ballot, numbers)) return broken;
        return nullptr;
    }
    static const char* raise(std::uint8_t& promised, std::uint8_t ballot, const Numbers& numbers) {
        if (numbers.bits(ballot) < numbers.bits(promised))
            return "S01 S02 S05: a promise is broken";
        promised = ballot;
        return nullptr;
    }
    const char* propose(NodeId node, const Action& accept, const SearchRules& rules,
                        const Numbers& numbers) {
        const Message& message = accept.message;
        if (message.ballot.node() != node) return "S11: an ACCEPT at another node's ballot";
        std::uint8_t& value = value_[message.slot][accept.ballot - 1U];
        if (value == accept.value) return nullptr;
        if (value != 0) return "S11: a second value at a ballot";
        bool valid = rules.whole_log && message.value.is_no_op();
        for (std::size_t i = 0; i < rules.proposers; ++i)
            valid |= message.value == rules.proposable[message.slot * rules.proposers + i];
        if (!valid) return "S22: a value that was not proposed";
        value = accept.value;
        if (rules.durable) return nullptr;  // The vote counts only when its record is flushed.
        // The vote of the proposer's own acceptor (S14).
        return vote(node, message.slot, accept.ballot, rules, numbers);
    }
    const char* accept(NodeId node, const Action& accepted, const SearchRules& rules,
                       const Numbers& numbers) {
        if (value_[accepted.message.slot][accepted.ballot - 1U] != accepted.value)
            return "S11: accepted a value that was not proposed";
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
        return static_cast<std::size_t>(std::popcount(votes_[slot][ballot])) >= rules.accept_quorum;
    }
    /// Checks that the nodes that a decision names are a quorum, and that each of them accepted the
    /// decided value at the ballot of the decision (S08, S13, S18).
    const char* check_chosen(const Action& action, const SearchRules& rules) const {
        const Message& decide = action.message;
        if (action.ballot == 0 ||
            static_cast<std::size_t>(std::popcount(decide.detail)) < rules.accept_quorum)
            return "S08: decided without a quorum";
        if (decide.slot + decide.slot_count > rules.slots)
            return "S22: decided beyond the last slot proposed";
        for (Slot slot = decide.slot; slot < decide.slot + decide.slot_count; ++slot) {
            if ((decide.detail & ~std::uint64_t{votes_[slot][action.ballot - 1U]}) != 0)
                return "S08 S13: the decision names nodes that did not accept the value";
            if (decide.slot_count == 1 && value_[slot][action.ballot - 1U] != action.value)
                return "S18: the decided value is not the accepted value";
        }
        return nullptr;
    }
    const char* check_learned(NodeId node, const Action& action, const SearchRules& rules) {
        const Slot slot = action.message.slot;
        if (slot != learned_[node]) return "S21: delivers a slot other than the next";
        ++learned_[node];
        for (std::size_t ballot = 0; ballot < ballots_max; ++ballot)
            if (is_chosen(slot, ballot, rules))
                return value_[slot][ballot] == action.value
                           ? nullptr
                           : "S18: learned a value other than the chosen one";
        return "S19: learned a slot that is not decided";
    }

    /// Checks that every skipped slot is decided (S19).
    const char* skip(NodeId node, Slot to, const SearchRules& rules) {
        for (; learned_[node] < to; ++learned_[node]) {
            bool chosen = false;
            for (std::size_t ballot = 0; ballot < ballots_max; ++ballot)
                chosen |= is_chosen(learned_[node], ballot, rules);
            if (!chosen) return "S19: skipped a slot that is not decided";
        }
        return nullptr;
    }

    std::array<std::array<std::uint8_t, slots_max>, nodes_max> promised_{};  // `multi`: only [0].
    std::array<std::array<std::uint8_t, ballots_max>, slots_max> votes_{};
    std::array<std::array<std::uint8_t, ballots_max>, slots_max> value_{};
    std::array<std::uint8_t, nodes_max> begun_{};
    std::array<std::uint8_t, nodes_max> learned_{};
    std::uint8_t used_ = 0;  // With disks, has a bit for each ballot begun.
    // The state is hashed as bytes, so it must have no padding.
    [[maybe_unused]] std::array<std::uint8_t, 6> spare_{};
};

}  // namespace paxos::sim
