// An all-seeing witness of a world of real protocol code. It keeps its own books of what every
// acceptor has promised and accepted, from nothing but what the nodes say, and holds every decision
// against them.
//
// 1. It asks the code under test for no truth about votes: its own vote is taken from the request
//    that says it.
// 2. The first broken rule is kept, with its number; all that follows from it is not.
// 3. It expects what a node says in the order in which the node did it (EventKind::sent), not in
//    the outbox's order.
// 4. It allocates nothing once its books have grown to what a world has open at a time, and may be
//    used for one world after the other.
#pragma once

#include <optional>
#include <string>

#include "paxos/step.h"
#include "paxos/value_source.h"
#include "sim/books.h"

namespace paxos::sim {

class Oracle {
public:
    /// `whole_log`: a promise is for every slot at once (`multi`).
    Oracle(std::size_t nodes, bool whole_log, const ValueSource& values);
    /// Forgets everything: another world begins.
    void begin(std::size_t nodes, bool whole_log, const ValueSource& values);

    /// `node` has said `message`; before the step it retained what was decided from `retained_from`
    /// on.
    void on_sent(NodeId node, const Message& message, Slot retained_from);
    /// `node`'s proposer says that `by` accepted the message's value in its slot at its ballot.
    void on_majority(NodeId node, NodeMask by, const Message& message);
    /// What a step of `node` gave out; `value_of(slot)` is what stands in its log.
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

    /// Nobody will speak of a slot below this one any more: its book is closed, and who does all
    /// the same breaks S20.
    void retire_below(Slot slot) { books_.retire_below(slot); }

    /// Empty as long as every rule holds.
    [[nodiscard]] const std::string& failure() const { return failure_; }
    /// What a quorum has accepted in `slot`, whoever knows it. REQUIRES: not retired.
    [[nodiscard]] std::optional<Value> chosen(Slot slot) const;
    [[nodiscard]] std::size_t chosen_count() const { return chosen_count_; }

private:
    /// The book of `slot`, opened if need be; null, and a failure, if there is none any more.
    Book* book_of(NodeId node, Slot slot);
    Ballot promised_by(NodeId node, const Book& book) const;
    Proposal* find(const Book& book, Ballot ballot);
    const Proposal* accepted_below(const Book& book, NodeId node, Ballot ballot) const;
    void promise(NodeId node, Slot slot, Ballot ballot);
    void raise(NodeId node, Slot slot, Ballot ballot, Ballot& promised);
    void vote(NodeId node, Slot slot, Ballot ballot, Book& book, Proposal* proposal);
    void on_prepare(NodeId node, const Message& prepare);
    void on_promise(NodeId node, const Message& promise);
    void on_accept(NodeId node, const Message& accept);
    void on_accepted(NodeId node, const Message& accepted);
    void on_decide(NodeId node, const Message& decide);
    void check_safe_at(const Book& book, const Message& accept);
    void check_chosen(NodeId node, Slot slot, Ballot ballot, NodeMask by, const Value* value);
    void on_skipped(NodeId node, SlotRange skipped);
    void on_order(NodeId node, SlotRange decisions);
    void on_value(NodeId node, Slot slot, const Value& value);

    std::size_t nodes_;
    bool whole_log_;
    ValueSource values_;
    Quorum quorum_;
    Books books_;
    struct Witnessed {    // Of a node.
        Ballot promised;  // For the whole log.
        Ballot last_prepared;
        Slot accepted_end;
        Slot learned;
        Slot retained_from;
    };
    std::array<Witnessed, limits::nodes_max> seen_{};
    std::size_t chosen_count_ = 0;
    std::string failure_;
};

[[nodiscard]] std::string to_text(Ballot ballot);

}  // namespace paxos::sim
