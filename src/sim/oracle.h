// Checks a world, a simulated cluster of nodes that run the real protocol code. The oracle keeps
// its own account of what every acceptor promised and accepted, based only on the messages that the
// nodes send and, in a world with disks, on the records that have become durable. It checks every
// decision against this account.
//
// 1. It never reads promises or acceptances from the code under test. A proposer sends no message
//    to itself, so the oracle infers the promise and the acceptance of the proposer's own acceptor
//    from the PREPARE and the ACCEPT that the proposer sends to others.
// 2. It reports only the first broken rule, with its number, because later violations may be
//    consequences.
// 3. It expects the messages of a node in the order in which the node made them (EventKind::sent),
//    not in the order of the outbox.
// 4. In a world with disks, a promise or acceptance counts once the disk has reported its record as
//    durable. An acceptor that answers earlier breaks S06. A proposer that counts the answer of its
//    own acceptor earlier breaks S14.
// 5. It can be reused for the next world. Once its memory suffices for a world, it allocates
//    nothing more.
#pragma once

#include <optional>
#include <string>

#include "paxos/step.h"
#include "paxos/value_source.h"
#include "sim/oracle_records.h"

namespace paxos::sim {

class Oracle {
public:
    /// `whole_log` is true if a promise covers every slot (`multi`).
    Oracle(Quorums quorums, bool whole_log, const ValueSource& values, bool durable = false);
    /// Clears everything for another world.
    void begin(Quorums quorums, bool whole_log, const ValueSource& values, bool durable = false);

    /// `node` has written `record` in a step. Before that step, `node` retained the slots from
    /// `retained_from` on.
    void on_record(NodeId node, const Message& record, Slot retained_from);
    /// `record` of `node` has become durable: it survives every crash of the node (S23).
    void on_durable(NodeId node, const Message& record);
    /// `node` restarts. `value_of(slot)` is the value of a slot that the node has restored.
    template <class ValueOf>
    void on_restart(NodeId node, Slot learned, Slot retained_from, ValueOf&& value_of) {
        forget_incarnation(node, learned, retained_from);
        for (Slot slot = retained_from; slot < learned && failure_.empty(); ++slot)
            on_value(node, slot, value_of(slot));
    }

    /// `node` sent `message` in a step. Before that step, `node` retained the slots from
    /// `retained_from` on.
    void on_sent(NodeId node, const Message& message, Slot retained_from);
    /// The proposer of `node` reports that the nodes `by` accepted the value of `message`, in the
    /// slot and at the ballot of `message`.
    void on_quorum(NodeId node, NodeMask by, const Message& message);
    /// A step of `node` skipped the slots `skipped` and delivered the decisions of the slots
    /// `decisions`. `value_of(slot)` is the value in the log of `node`.
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

    /// Retires the slots below `slot`. A node that sends a message about a retired slot breaks S20.
    void retire_below(Slot slot) { records_.retire_below(slot); }

    /// The first broken rule; empty: none.
    [[nodiscard]] const std::string& failure() const { return failure_; }
    /// The value that a quorum accepted in `slot`, even if no node has learned it yet. REQUIRES:
    /// `slot` is not retired.
    [[nodiscard]] std::optional<Value> chosen(Slot slot) const;
    [[nodiscard]] std::size_t chosen_count() const { return chosen_count_; }

private:
    /// The record of `slot`. Makes the record if there is none. If the slot is retired, or beyond
    /// any slot that a world opens, reports a failure and returns null.
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
    struct Witnessed {    // What the messages of a node have shown.
        Ballot promised;  // Used only if a promise covers the whole log.
        Ballot last_prepared;
        Slot accepted_end;
        Slot learned;
        Slot retained_from;
        Slot learned_max;   // Maximum of `learned` over the earlier incarnations.
        Slot retained_max;  // Maximum of `retained_from` over all incarnations.
    };
    std::array<Witnessed, limits::nodes_max> seen_{};
    // Ballots that a node has used: `used_` since its last start, `used_before_` in earlier
    // incarnations.
    std::array<std::vector<Ballot>, limits::nodes_max> used_, used_before_;
    std::size_t chosen_count_ = 0;
    std::string failure_;
};

[[nodiscard]] std::string to_text(Ballot ballot);

}  // namespace paxos::sim
