// An all-seeing witness for small worlds of real protocol code. It keeps its own books of what every acceptor has
// promised and accepted, from nothing but what the nodes say, and holds every decision against them.
//
// 1. It asks the code under test for no truth about votes: its own vote is taken from the request that says it.
// 2. The first broken rule is kept, with its number; all that follows from it is not.
// 3. It expects what a node says in the order in which the node did it (EventKind::sent), not in the outbox's order.
#pragma once

#include <functional>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "paxos/step.h"
#include "paxos/value_source.h"

namespace paxos::sim {

class Oracle {
public:
    /// `whole_log`: a promise is for every slot at once (`multi`).
    Oracle(std::size_t nodes, bool whole_log, const ValueSource& values);

    /// `node` has said `message`; before the step it retained what was decided from `retained_from` on.
    void on_sent(NodeId node, const Message& message, Slot retained_from);
    /// `node`'s proposer says that `by` accepted the message's value in its slot at its ballot.
    void on_majority(NodeId node, NodeMask by, const Message& message);
    /// What a step of `node` gave out.
    void on_learned(NodeId node, SlotRange skipped, SlotRange decisions,
                    const std::function<Value(Slot)>& value_of);
    void on_watermarks(NodeId node, Slot learned, Slot retained_from);
    void fail(const std::string& what);

    /// Empty as long as every rule holds.
    [[nodiscard]] const std::string& failure() const { return failure_; }
    [[nodiscard]] std::optional<Value> chosen(Slot slot) const;
    [[nodiscard]] std::size_t chosen_count() const { return chosen_count_; }

private:
    struct Proposal {
        Ballot ballot;
        Value value;
        NodeMask by;
    };
    struct Book {
        std::vector<Proposal> proposals;
        std::vector<Ballot> promised;  // By node; `classic`.
        std::set<std::uint64_t> prepared;
        std::optional<Value> chosen;
    };

    Book& book_of(Slot slot);
    Ballot& promised_by(NodeId node, Slot slot);
    Proposal* find(Slot slot, Ballot ballot);
    const Proposal* accepted_below(const Book& book, NodeId node, Ballot ballot) const;
    void promise(NodeId node, Slot slot, Ballot ballot);
    void vote(NodeId node, Slot slot, Ballot ballot);
    void on_prepare(NodeId node, const Message& prepare);
    void on_promise(NodeId node, const Message& promise);
    void on_accept(NodeId node, const Message& accept);
    void on_accepted(NodeId node, const Message& accepted);
    void on_decide(const Message& decide);
    void check_safe_at(Slot slot, const Message& accept);
    void check_chosen(Slot slot, Ballot ballot, NodeMask by, const Value* value);

    std::size_t nodes_;
    bool whole_log_;
    ValueSource values_;
    Quorum quorum_;
    std::vector<Book> books_;
    std::vector<Ballot> promised_log_;
    std::vector<Slot> accepted_end_;
    std::vector<Ballot> last_prepared_;
    std::vector<Slot> learned_;
    std::vector<Slot> retained_from_;
    std::size_t chosen_count_ = 0;
    std::string failure_;
};

[[nodiscard]] std::string to_text(Ballot ballot);

}  // namespace paxos::sim
