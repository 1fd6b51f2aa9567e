// Class Witness: checks one node whose peers may send anything. These rules hold whatever the peers
// send:
//
// 1. The promised ballot never decreases (S01, S02, S05), and a NACK names a higher ballot than the
//    refused message has (S07).
// 2. A PROMISE reports what the node accepted last (S01).
// 3. The node proposes only at its own ballots, one value for each slot and ballot (S11), and never
//    returns to a lower ballot (S12).
// 4. The node accepts one value for each slot and ballot (S11). It neither promises nor accepts in
//    a slot that it no longer retains (S20).
// 5. The node learns or skips each slot once, in order (S21). A learned value never changes, and a
//    DECIDE for its slot carries the same value (S18).
//
// The check uses only the messages that the node sent, in the order in which it sent them
// (EventKind::sent), the ranges in its output, and the slots and values that it retains.
#pragma once

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "fuzz/fuzz.h"
#include "paxos/step.h"

namespace paxos::fuzz {

class Witness {
public:
    Witness(NodeId self, std::size_t nodes, bool whole_log)
        : self_(self), quorum_(nodes), whole_log_(whole_log) {}

    /// Checks what `node` sent and learned in a step.
    template <class Node, class Output>
    void observe(const Node& node, const Output& output) {
        demand(output.events_lost == 0, "more events than space");
        for (std::size_t i = 0; i < output.event_count; ++i)
            if (output.events[i].kind == EventKind::sent) on_sent(output.events[i].message);
        on_learned(node, output);
        for (const Message& decide : decides_) check_decide(decide);
        decides_.clear();
        retained_from_ = node.retained_from();
    }

    /// Returns the highest ballot at which the node has sent a PREPARE or an ACCEPT.
    [[nodiscard]] Ballot own_ballot() const { return own_ballot_; }

private:
    using At = std::pair<Slot, Ballot>;
    struct Accepted {
        Ballot ballot;
        Value value{};
    };

    void on_sent(const Message& message) {
        demand(message.from == self_, "the node sends in another node's name");
        switch (message.kind) {
            case MessageKind::prepare: return on_prepare(message);
            case MessageKind::promise: return on_promise(message);
            case MessageKind::accept: return on_accept(message);
            case MessageKind::accepted: return vote(message);
            case MessageKind::nack:
                demand(message.promised() > message.ballot, "S07: a NACK names no higher ballot");
                return promise(message.slot, message.promised());
            case MessageKind::decide: return decides_.push_back(message);
            case MessageKind::learn: return;
            case MessageKind::none: break;
        }
        demand(false, "the node sends a message without a kind");
    }

    void propose_under(Ballot ballot) {
        demand(ballot.node() == self_, "S11: the node proposes at another node's ballot");
        demand(ballot >= own_ballot_, "S12: the node returns to an old ballot");
        own_ballot_ = ballot;
    }
    void promise(Slot slot, Ballot ballot) {
        Ballot& promised = whole_log_ ? promised_log_ : promised_[slot];
        demand(ballot >= promised, "S01 S02 S05: a promised ballot decreases");
        promised = ballot;
    }
    void on_prepare(const Message& prepare) {
        propose_under(prepare.ballot);
        // The first PREPARE that a node sends for a ballot, in a slot or for the whole log, is also
        // the node's own promise (S14). A retransmission is not.
        const Slot slot = whole_log_ ? 0 : prepare.slot;
        if (prepared_.emplace(At{slot, prepare.ballot}, true).second)
            promise(prepare.slot, prepare.ballot);
    }
    void on_promise(const Message& message) {
        promise(message.slot, message.ballot);
        if (message.slot_count == 0) {
            const auto above = accepted_.lower_bound(message.slot);
            demand(above == accepted_.end(), "S16: a PROMISE hides an accepted slot");
            return;
        }
        demand(message.slot >= retained_from_,
               "S20: the node promises in a slot that it no longer retains");
        const Accepted last = accepted_.contains(message.slot) ? accepted_[message.slot]
                                                               : Accepted{};
        demand(message.accepted() == last.ballot && message.value == last.value,
               "S01: a PROMISE does not report what was accepted");
    }
    void on_accept(const Message& accept) {
        propose_under(accept.ballot);
        const auto [known, is_new] = proposed_.emplace(At{accept.slot, accept.ballot},
                                                       accept.value);
        demand(known->second == accept.value, "S11: the node proposes a second value");
        if (is_new) vote(accept);
    }
    void vote(const Message& message) {
        promise(message.slot, message.ballot);
        demand(message.slot >= retained_from_,
               "S20: the node votes in a slot that it no longer retains");
        Accepted& last = accepted_[message.slot];
        demand(last.ballot != message.ballot || last.value == message.value,
               "S11: the node accepts a second value");
        last = {message.ballot, message.value};
    }

    template <class Node, class Output>
    void on_learned(const Node& node, const Output& output) {
        const SlotRange skipped = output.skipped, decisions = output.decisions;
        if (skipped.size() != 0) {
            demand(skipped.first == learned_ && skipped.end > learned_,
                   "S21: the node skips slots that are not next");
            learned_ = skipped.end;
        }
        demand(decisions.first == learned_ && decisions.end >= learned_,
               "S21: the node delivers slots that are not next");
        demand(node.learned() == decisions.end, "S21: a learned slot is not delivered");
        demand(node.retained_from() >= retained_from_ && node.retained_from() <= node.learned(),
               "S20: the node's watermarks are inconsistent");
        for (Slot slot = std::max(node.retained_from(), learned_); slot < decisions.end; ++slot)
            values_.emplace(slot, node.value_of(slot));
        learned_ = decisions.end;
        for (auto known = values_.lower_bound(node.retained_from()); known != values_.end();
             ++known)
            demand(node.value_of(known->first) == known->second,
                   "S18: a learned value has changed");
    }
    void check_decide(const Message& decide) const {
        demand(quorum_.is_met(decide.quorum()), "S18: the node sends a DECIDE without a quorum");
        if (decide.slot_count != 1) return;
        const auto known = values_.find(decide.slot);
        demand(known == values_.end() || known->second == decide.value,
               "S18: a DECIDE has another value than was learned");
    }

    NodeId self_;
    Quorum quorum_;
    bool whole_log_;
    Slot learned_ = 0;
    Slot retained_from_ = 0;
    Ballot own_ballot_;
    Ballot promised_log_;
    std::map<Slot, Ballot> promised_;
    std::map<Slot, Accepted> accepted_;
    std::map<At, bool> prepared_;
    std::map<At, Value> proposed_;
    std::map<Slot, Value> values_;  // Learned by the node.
    std::vector<Message> decides_;
};

}  // namespace paxos::fuzz
