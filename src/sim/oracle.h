// Checks a world that runs the real protocol code. The oracle records what every acceptor promised
// and accepted, only from the messages that the nodes send, and checks every decision against it.
//
// 1. It never asks the code under test about votes. It infers a proposer's vote for itself from the
//    proposer's request.
// 2. It reports only the first broken rule, with its number: later ones may be consequences.
// 3. It expects the messages of a node in the order in which the node made them (EventKind::sent),
//    not in the order of the outbox.
// 4. In a world with disks, the disk reports promises and votes to it once their records are
//    durable. An answer sent earlier breaks S06. A proposer that counts its own vote earlier breaks
//    S14.
// 5. It allocates nothing once its records have grown to the open slots of a world, and can be
//    reused for the next world.
#pragma once

#include <optional>
#include <string>

#include "paxos/step.h"
#include "paxos/value_source.h"
#include "sim/oracle_records.h"

namespace paxos::sim {

class Oracle {
public:
    /// `whole_log`: a promise is for every slot at once (`multi`).
    Oracle(Quorums quorums, bool whole_log, const ValueSource& values, bool durable = false);
    /// Clears everything for another world.
    void begin(Quorums quorums, bool whole_log, const ValueSource& values, bool durable = false);

    /// `node` has written `record`. Before the step it retained slots from `retained_from` on.
    void on_record(NodeId node, const Message& record, Slot retained_from);
    /// `record` is durable: it survives every crash of `node` (S23).
    void on_durable(NodeId node, const Message& record);
    /// `node` restarts. `value_of(slot)` is the value of a slot that it has restored.
    template <class ValueOf>
    void on_restart(NodeId node, Slot learned, Slot retained_from, ValueOf&& value_of) {
        forget_incarnation(node, learned, retained_from);
        for (Slot slot = retained_from; slot < learned && failure_.empty(); ++slot)
            on_value(node, slot, value_of(slot));
    }

    /// `node` sent `message`. Before the step it retained slots from `retained_from` on.
    void on_sent(NodeId node, const Message& message, Slot retained_from);
    /// The proposer of `node` reports that `by` accepted the message's value in its slot and
    /// ballot.
    void on_quorum(NodeId node, NodeMask by, const Message& message);
    /// The decisions that a step of `node` delivered. `value_of(slot)` is the value in its log.
    template <class ValueOf>
    void on_learned(NodeId node, SlotRange skipped, SlotRange decisions, ValueOf&& value_of) {
        if (!failure_.empty()) return;
        on_skipped(node, skipped);
        on_order(node, decisions);
        for (Slot slot = decisions.first; slot < decisions.end && failure_.empty(); ++slot)
            on_value(node, slot, value_of(slot));
    }
    void on_watermarks(NodeId node, Slot learned, Slot retained_from);
    void fail(const std::string& what);

    /// Retires the slots below this one. A node that sends anything about them breaks S20.
    void retire_below(Slot slot) { records_.retire_below(slot); }

    /// The first broken rule; empty: none.
    [[nodiscard]] const std::string& failure() const { return failure_; }
    /// The value that a quorum accepted in `slot`, even if no node knows it. REQUIRES: not retired.
    [[nodiscard]] std::optional<Value> chosen(Slot slot) const;
    [[nodiscard]] std::size_t chosen_count() const { return chosen_count_; }

private:
    /// The record of `slot`, opened if necessary. Null, and a failure, if the slot is retired or
    /// beyond any that a world opens.
    SlotRecord* record_of(NodeId node, Slot slot);
    Ballot promised_by(NodeId node, const SlotRecord& record) const;
    Proposal* find(const SlotRecord& record, Ballot ballot);
    const Proposal* accepted_below(const SlotRecord& record, NodeId node, Ballot ballot) const;
    void promise(NodeId node, Slot slot, Ballot ballot);
    void raise(NodeId node, Slot slot, Ballot ballot, Ballot& promised);
    void vote(NodeId node, Slot slot, Ballot ballot, SlotRecord& book, Proposal* proposal);
    void forget_incarnation(NodeId node, Slot learned, Slot retained_from);
    void check_report(NodeId node, const Message& promise);
    void on_prepare(NodeId node, const Message& prepare);
    void on_promise(NodeId node, const Message& promise);
    void on_accept(NodeId node, const Message& accept);
    void on_accepted(NodeId node, const Message& accepted);
    void on_decide(NodeId node, const Message& decide);
    void check_safe_at(const SlotRecord& record, const Message& accept);
    void check_chosen(NodeId node, Slot slot, Ballot ballot, NodeMask by, const Value* value);
    void on_skipped(NodeId node, SlotRange skipped);
    void on_order(NodeId node, SlotRange decisions);
    void on_value(NodeId node, Slot slot, const Value& value);

    std::size_t nodes_;
    bool whole_log_;
    bool durable_;
    ValueSource values_;
    Quorums quorums_;
    OracleRecords records_;
    struct Witnessed {    // What is known of a node.
        Ballot promised;  // If a promise is for the whole log.
        Ballot last_prepared;
        Slot accepted_end;
        Slot learned;
        Slot retained_from;
        Slot retained_max;  // Over all incarnations.
    };
    std::array<Witnessed, limits::nodes_max> seen_{};
    // Ballots that a node has used since its last start, and in earlier incarnations.
    std::array<std::vector<Ballot>, limits::nodes_max> used_, used_before_;
    std::size_t chosen_count_ = 0;
    std::string failure_;
};

[[nodiscard]] std::string to_text(Ballot ballot);

}  // namespace paxos::sim
