#include "sim/oracle.h"

#include <algorithm>

#include "sim/names.h"

namespace paxos::sim {
namespace {

std::string at(Slot slot, Ballot ballot) {
    return " slot " + std::to_string(slot) + " ballot " + to_text(ballot);
}

}  // namespace

std::string to_text(Ballot ballot) {
    return std::to_string(ballot.counter()) + ".n" + std::to_string(ballot.node());
}

Oracle::Oracle(std::size_t nodes, bool whole_log, const ValueSource& values)
    : nodes_(nodes), whole_log_(whole_log), values_(values), quorum_(nodes) {
    books_.begin(nodes);
}

void Oracle::begin(std::size_t nodes, bool whole_log, const ValueSource& values) {
    nodes_ = nodes;
    whole_log_ = whole_log;
    values_ = values;
    quorum_ = Quorum{nodes};
    books_.begin(nodes);
    seen_.fill({});
    chosen_count_ = 0;
    failure_.clear();
}

void Oracle::fail(const std::string& what) {
    if (failure_.empty()) failure_ = what;
}

std::optional<Value> Oracle::chosen(Slot slot) const {
    const Book* book = books_.find(slot);
    if (!book || book->chosen == 0) return std::nullopt;
    return books_.proposal(book->chosen).value;
}

Book* Oracle::book_of(NodeId node, Slot slot) {
    if (books_.has(slot)) [[likely]]
        return &books_.open(slot);
    fail(slot >= Books::slots_max ? "a slot beyond the world: " + std::to_string(slot)
                                  : "S20: " + name(node) + " sends something about slot " +
                                        std::to_string(slot) + ", which no node retains");
    return nullptr;
}

Ballot Oracle::promised_by(NodeId node, const Book& book) const {
    return whole_log_ ? seen_[node].promised : books_.votes(book, node).promised;
}

Proposal* Oracle::find(const Book& book, Ballot ballot) {
    for (std::uint32_t index = book.newest; index != 0; index = books_.proposal(index).next)
        if (books_.proposal(index).ballot == ballot) return &books_.proposal(index);
    return nullptr;
}

/// The highest proposal below `ballot` that `node` has accepted, or null.
const Proposal* Oracle::accepted_below(const Book& book, NodeId node, Ballot ballot) const {
    const std::uint32_t last = books_.votes(book, node).accepted;
    if (last == 0) return nullptr;
    const Proposal* highest = &books_.proposal(last);
    if (highest->ballot < ballot) return highest;
    highest = nullptr;
    for (std::uint32_t index = book.newest; index != 0; index = books_.proposal(index).next) {
        const Proposal& proposal = books_.proposal(index);
        if (proposal.by.has(node) && proposal.ballot < ballot &&
            (!highest || highest->ballot < proposal.ballot))
            highest = &proposal;
    }
    return highest;
}

void Oracle::on_sent(NodeId node, const Message& message, Slot retained_from) {
    if (!failure_.empty()) return;
    const bool votes = message.kind == MessageKind::accepted ||
                       (message.kind == MessageKind::promise && message.slot_count != 0);
    if (votes && message.slot < retained_from)
        return fail("S20: " + name(node) +
                    " votes below what it retains:" + at(message.slot, message.ballot));
    switch (message.kind) {
        case MessageKind::prepare: return on_prepare(node, message);
        case MessageKind::promise: return on_promise(node, message);
        case MessageKind::accept: return on_accept(node, message);
        case MessageKind::accepted: return on_accepted(node, message);
        case MessageKind::decide: return on_decide(node, message);
        case MessageKind::nack:
            if (message.promised() <= message.ballot)
                return fail("S07: " + name(node) + " refuses for " + to_text(message.promised()) +
                            at(message.slot, message.ballot));
            // It may have promised a higher ballot, but had no space left to send the PROMISE.
            return promise(node, message.slot, message.promised());
        case MessageKind::learn:
        case MessageKind::none: return;
    }
}

void Oracle::promise(NodeId node, Slot slot, Ballot ballot) {
    if (whole_log_) return raise(node, slot, ballot, seen_[node].promised);
    if (Book* book = book_of(node, slot))
        raise(node, slot, ballot, books_.votes(*book, node).promised);
}

void Oracle::raise(NodeId node, Slot slot, Ballot ballot, Ballot& promised) {
    if (ballot < promised)
        return fail("S01 S02 S05: " + name(node) + " promised " + to_text(promised) +
                    " and goes back to" + at(slot, ballot));
    promised = ballot;
}

void Oracle::vote(NodeId node, Slot slot, Ballot ballot, Book& book, Proposal* proposal) {
    Votes& votes = books_.votes(book, node);
    raise(node, slot, ballot, whole_log_ ? seen_[node].promised : votes.promised);
    if (!proposal) return fail("S11: a vote for a value that was not proposed:" + at(slot, ballot));
    proposal->by.add(node);
    const auto index = static_cast<std::uint32_t>(proposal - &books_.proposal(0));
    if (votes.accepted == 0 || books_.proposal(votes.accepted).ballot < ballot)
        votes.accepted = index;
    seen_[node].accepted_end = std::max(seen_[node].accepted_end, slot + 1);
    if (!quorum_.is_met(proposal->by)) return;
    if (book.chosen == 0) {
        book.chosen = index;
        ++chosen_count_;
    } else if (books_.proposal(book.chosen).value != proposal->value) {
        fail("S18: two values chosen:" + at(slot, ballot));
    }
}

void Oracle::on_prepare(NodeId node, const Message& prepare) {
    if (prepare.ballot.node() != node)
        return fail("S11: the ballot of another node:" + at(prepare.slot, prepare.ballot));
    Ballot& last = seen_[node].last_prepared;
    if (prepare.ballot < last)
        return fail("S12: back to an old ballot:" + at(prepare.slot, prepare.ballot));
    bool is_new = prepare.ballot != last;
    last = prepare.ballot;
    if (!whole_log_) {
        Book* book = book_of(node, prepare.slot);
        if (!book) return;
        Ballot& asked = books_.votes(*book, node).prepared;
        is_new = asked != prepare.ballot;
        asked = prepare.ballot;
    }
    if (is_new)
        promise(node, prepare.slot, prepare.ballot);  // S14: its own acceptor promises, too.
}

void Oracle::on_promise(NodeId node, const Message& message) {
    promise(node, message.slot, message.ballot);
    if (message.slot_count == 0) {
        if (seen_[node].accepted_end > message.slot)
            fail("S16: " + name(node) + " has accepted something above" +
                 at(message.slot, message.ballot));
        return;
    }
    const Book* book = book_of(node, message.slot);
    if (!book) return;
    const Proposal* last = accepted_below(*book, node, Ballot::from_bits(~std::uint64_t{0}));
    if (message.accepted() != (last ? last->ballot : Ballot{}) ||
        message.value != (last ? last->value : Value{}))
        fail("S01: " + name(node) +
             " does not report what it has accepted:" + at(message.slot, message.ballot));
}

void Oracle::on_accept(NodeId node, const Message& accept) {
    if (accept.ballot.node() != node)
        return fail("S11: the ballot of another node:" + at(accept.slot, accept.ballot));
    Book* book = book_of(node, accept.slot);
    if (!book) return;
    if (const Proposal* known = find(*book, accept.ballot)) {
        if (known->value != accept.value)
            fail("S11: a second value:" + at(accept.slot, accept.ballot));
        return;
    }
    if (!(whole_log_ && accept.value.is_no_op()) && !values_.is_proposed(accept.value, accept.slot))
        return fail("S22: a value that was not proposed:" + at(accept.slot, accept.ballot));
    check_safe_at(*book, accept);
    books_.add(*book, accept.ballot, accept.value);
    vote(node, accept.slot, accept.ballot, *book, &books_.proposal(book->newest));
}

/// Phase 2(a): a majority promised this ballot, and the value is that of the highest-numbered
/// proposal that this majority accepted, if it accepted any (S09, S10, S16).
void Oracle::check_safe_at(const Book& book, const Message& accept) {
    std::array<const Proposal*, limits::nodes_max> reports;
    std::size_t count = 0;
    for (NodeId node = 0; node < nodes_; ++node)
        if (promised_by(node, book) >= accept.ballot || (nodes_ == 1 && node == accept.from))
            reports[count++] = accepted_below(book, node, accept.ballot);
    if (count < quorum_.size())
        return fail("S09: no majority has promised:" + at(accept.slot, accept.ballot));
    if (book.newest == 0) [[likely]]
        return;  // No proposal in this slot before.
    std::sort(reports.begin(), reports.begin() + static_cast<std::ptrdiff_t>(count),
              [](const Proposal* a, const Proposal* b) {
                  return (a ? a->ballot : Ballot{}) < (b ? b->ballot : Ballot{});
              });
    for (std::size_t i = quorum_.size() - 1; i < count; ++i)
        if (!reports[i] || reports[i]->value == accept.value) return;
    fail("S10: another value than the highest accepted one is proposed:" +
         at(accept.slot, accept.ballot));
}

void Oracle::on_accepted(NodeId node, const Message& accepted) {
    Book* book = book_of(node, accepted.slot);
    if (!book) return;
    Proposal* proposal = find(*book, accepted.ballot);
    if (proposal && proposal->value != accepted.value)
        return fail("S11: another value accepted:" + at(accepted.slot, accepted.ballot));
    vote(node, accepted.slot, accepted.ballot, *book, proposal);
}

void Oracle::on_majority(NodeId node, NodeMask by, const Message& message) {
    if (!failure_.empty()) return;
    if (nodes_ == 1) {
        const Book* book = book_of(node, message.slot);
        // A single node sends no ACCEPT.
        if (book && !find(*book, message.ballot)) on_accept(node, message);
    }
    check_chosen(node, message.slot, message.ballot, by, &message.value);
}

void Oracle::on_decide(NodeId node, const Message& decide) {
    for (Slot slot = decide.slot; slot < decide.slot + decide.slot_count && failure_.empty();
         ++slot)
        check_chosen(node, slot, decide.ballot, decide.quorum(),
                     decide.slot_count == 1 ? &decide.value : nullptr);
}

/// A decision names its quorum. All its nodes accepted that value at that ballot (S08, S13, S18).
void Oracle::check_chosen(NodeId node, Slot slot, Ballot ballot, NodeMask by, const Value* value) {
    const Book* book = book_of(node, slot);
    if (!book) return;
    const Proposal* proposal = find(*book, ballot);
    if (!quorum_.is_met(by)) return fail("S08: decided without a quorum:" + at(slot, ballot));
    if (!proposal || !(by - proposal->by).empty())
        return fail("S08 S13: decided by nodes that did not accept it:" + at(slot, ballot));
    if (value && proposal->value != *value)
        fail("S18: decided what was not accepted:" + at(slot, ballot));
}

void Oracle::on_skipped(NodeId node, SlotRange skipped) {
    if (skipped.size() == 0) return;
    Slot& learned = seen_[node].learned;
    if (skipped.first != learned || skipped.end < skipped.first)
        return fail("S21: " + name(node) + " skips other slots than the next");
    for (Slot slot = skipped.first; slot < skipped.end; ++slot)
        if (!chosen(slot))
            return fail("S19: " + name(node) + " skips slot " + std::to_string(slot) +
                        ", which is not decided");
    if (std::none_of(seen_.begin(), seen_.begin() + static_cast<std::ptrdiff_t>(nodes_),
                     [&](const Witnessed& seen) { return seen.retained_from >= skipped.end; }))
        return fail("S21: " + name(node) + " gives up slot " + std::to_string(skipped.end - 1) +
                    ", which no node has forgotten");
    learned = skipped.end;
}

void Oracle::on_order(NodeId node, SlotRange decisions) {
    Slot& learned = seen_[node].learned;
    if (decisions.first != learned || decisions.end < decisions.first)
        return fail("S21: " + name(node) + " delivers slot " + std::to_string(decisions.first) +
                    " instead of " + std::to_string(learned));
    learned = decisions.end;
}

void Oracle::on_value(NodeId node, Slot slot, const Value& value) {
    const Book* book = books_.find(slot);
    if (!book || book->chosen == 0)
        return fail("S19: " + name(node) + " has learned slot " + std::to_string(slot) +
                    ", which is not decided");
    if (books_.proposal(book->chosen).value != value)
        fail("S18: " + name(node) + " has learned another value in slot " + std::to_string(slot));
}

void Oracle::on_watermarks(NodeId node, Slot learned, Slot retained_from) {
    if (!failure_.empty()) return;
    Witnessed& seen = seen_[node];
    if (learned != seen.learned || retained_from > learned || retained_from < seen.retained_from)
        fail("S20: watermarks of " + name(node) + " are " + std::to_string(retained_from) + ".." +
             std::to_string(learned));
    seen.retained_from = retained_from;
}

}  // namespace paxos::sim
