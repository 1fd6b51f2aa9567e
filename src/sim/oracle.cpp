#include "sim/oracle.h"

#include <algorithm>

namespace paxos::sim {
namespace {

constexpr Slot slots_max = 1'000'000;  // More than any world here opens.

std::string at(Slot slot, Ballot ballot) {
    return " slot " + std::to_string(slot) + " ballot " + to_text(ballot);
}

}  // namespace

std::string to_text(Ballot ballot) {
    return std::to_string(ballot.counter()) + ".n" + std::to_string(ballot.node());
}

Oracle::Oracle(std::size_t nodes, bool whole_log, const ValueSource& values)
    : nodes_(nodes),
      whole_log_(whole_log),
      values_(values),
      quorum_(nodes),
      promised_log_(nodes),
      accepted_end_(nodes),
      last_prepared_(nodes),
      learned_(nodes),
      retained_from_(nodes) {}

void Oracle::fail(const std::string& what) {
    if (failure_.empty()) failure_ = what;
}

std::optional<Value> Oracle::chosen(Slot slot) const {
    return slot < books_.size() ? books_[slot].chosen : std::nullopt;
}

Oracle::Book& Oracle::book_of(Slot slot) {
    if (slot >= slots_max) {
        fail("a slot beyond the world: " + std::to_string(slot));
        slot = 0;
    }
    if (slot >= books_.size()) books_.resize(slot + 1);
    Book& book = books_[slot];
    if (book.promised.empty()) book.promised.resize(nodes_);
    return book;
}

Ballot& Oracle::promised_by(NodeId node, Slot slot) {
    return whole_log_ ? promised_log_[node] : book_of(slot).promised[node];
}

Oracle::Proposal* Oracle::find(Slot slot, Ballot ballot) {
    for (Proposal& proposal : book_of(slot).proposals)
        if (proposal.ballot == ballot) return &proposal;
    return nullptr;
}

/// The highest proposal below `ballot` that `node` has accepted, or null.
const Oracle::Proposal* Oracle::accepted_below(const Book& book, NodeId node, Ballot ballot) const {
    const Proposal* highest = nullptr;
    for (const Proposal& proposal : book.proposals)
        if (proposal.by.has(node) && proposal.ballot < ballot &&
            (!highest || highest->ballot < proposal.ballot))
            highest = &proposal;
    return highest;
}

void Oracle::on_sent(NodeId node, const Message& message, Slot retained_from) {
    if (!failure_.empty()) return;
    const bool votes = message.kind == MessageKind::accepted ||
                       (message.kind == MessageKind::promise && message.slot_count != 0);
    if (votes && message.slot < retained_from)
        return fail("S20: n" + std::to_string(node) +
                    " votes below what it retains:" + at(message.slot, message.ballot));
    switch (message.kind) {
        case MessageKind::prepare: return on_prepare(node, message);
        case MessageKind::promise: return on_promise(node, message);
        case MessageKind::accept: return on_accept(node, message);
        case MessageKind::accepted: return on_accepted(node, message);
        case MessageKind::decide: return on_decide(message);
        case MessageKind::nack:
            if (message.promised() <= message.ballot)
                return fail("S07: n" + std::to_string(node) + " refuses for " +
                            to_text(message.promised()) + at(message.slot, message.ballot));
            return promise(node, message.slot, message.promised());  // It may have promised without room to say so.
        case MessageKind::learn:
        case MessageKind::none: return;
    }
}

void Oracle::promise(NodeId node, Slot slot, Ballot ballot) {
    Ballot& promised = promised_by(node, slot);
    if (ballot < promised)
        return fail("S01 S02 S05: n" + std::to_string(node) + " promised " + to_text(promised) +
                    " and goes back to" + at(slot, ballot));
    promised = ballot;
}

void Oracle::vote(NodeId node, Slot slot, Ballot ballot) {
    promise(node, slot, ballot);
    Book& book = book_of(slot);
    Proposal* proposal = find(slot, ballot);
    if (!proposal) return fail("S11: a vote for what nobody proposed:" + at(slot, ballot));
    proposal->by.add(node);
    accepted_end_[node] = std::max(accepted_end_[node], slot + 1);
    if (!quorum_.is_met(proposal->by)) return;
    if (!book.chosen) {
        book.chosen = proposal->value;
        ++chosen_count_;
    } else if (*book.chosen != proposal->value) {
        fail("S18: two values chosen:" + at(slot, ballot));
    }
}

void Oracle::on_prepare(NodeId node, const Message& prepare) {
    if (prepare.ballot.node() != node)
        return fail("S11: a ballot of somebody else:" + at(prepare.slot, prepare.ballot));
    if (prepare.ballot < last_prepared_[node])
        return fail("S12: back to an old ballot:" + at(prepare.slot, prepare.ballot));
    const bool is_new = whole_log_
                            ? prepare.ballot != last_prepared_[node]
                            : book_of(prepare.slot).prepared.insert(prepare.ballot.bits()).second;
    last_prepared_[node] = prepare.ballot;
    if (is_new)
        promise(node, prepare.slot, prepare.ballot);  // S14: its own acceptor promises as it asks.
}

void Oracle::on_promise(NodeId node, const Message& message) {
    promise(node, message.slot, message.ballot);
    if (message.slot_count == 0) {
        if (accepted_end_[node] > message.slot)
            fail("S16: n" + std::to_string(node) + " has accepted something above" +
                 at(message.slot, message.ballot));
        return;
    }
    const Proposal* last = accepted_below(book_of(message.slot), node,
                                          Ballot::from_bits(~std::uint64_t{0}));
    if (message.accepted() != (last ? last->ballot : Ballot{}) ||
        message.value != (last ? last->value : Value{}))
        fail("S01: n" + std::to_string(node) +
             " does not report what it has accepted:" + at(message.slot, message.ballot));
}

void Oracle::on_accept(NodeId node, const Message& accept) {
    if (accept.ballot.node() != node)
        return fail("S11: a ballot of somebody else:" + at(accept.slot, accept.ballot));
    if (const Proposal* known = find(accept.slot, accept.ballot)) {
        if (known->value != accept.value)
            fail("S11: a second value:" + at(accept.slot, accept.ballot));
        return;
    }
    if (!(whole_log_ && accept.value.is_no_op()) && !values_.is_proposed(accept.value, accept.slot))
        return fail("S22: a value of nobody:" + at(accept.slot, accept.ballot));
    check_safe_at(accept.slot, accept);
    book_of(accept.slot).proposals.push_back({accept.ballot, accept.value, {}});
    vote(node, accept.slot, accept.ballot);
}

/// Phase 2(a): there is a majority that promised this ballot, and the value is that of the highest-numbered proposal
/// among what it has accepted, or there is none (S09, S10, S16).
void Oracle::check_safe_at(Slot slot, const Message& accept) {
    const Book& book = book_of(slot);
    std::vector<const Proposal*> reports;
    for (NodeId node = 0; node < nodes_; ++node)
        if (promised_by(node, slot) >= accept.ballot || (nodes_ == 1 && node == accept.from))
            reports.push_back(accepted_below(book, node, accept.ballot));
    if (reports.size() < quorum_.size())
        return fail("S09: no majority has promised:" + at(slot, accept.ballot));
    std::sort(reports.begin(), reports.end(), [](const Proposal* a, const Proposal* b) {
        return (a ? a->ballot : Ballot{}) < (b ? b->ballot : Ballot{});
    });
    for (std::size_t i = quorum_.size() - 1; i < reports.size(); ++i)
        if (!reports[i] || reports[i]->value == accept.value) return;
    fail("S10: another value than the highest accepted one is proposed:" + at(slot, accept.ballot));
}

void Oracle::on_accepted(NodeId node, const Message& accepted) {
    const Proposal* proposal = find(accepted.slot, accepted.ballot);
    if (proposal && proposal->value != accepted.value)
        return fail("S11: another value accepted:" + at(accepted.slot, accepted.ballot));
    vote(node, accepted.slot, accepted.ballot);
}

void Oracle::on_majority(NodeId node, NodeMask by, const Message& message) {
    if (!failure_.empty()) return;
    if (nodes_ == 1 && !find(message.slot, message.ballot))
        on_accept(node, message);  // It asks nobody.
    check_chosen(message.slot, message.ballot, by, &message.value);
}

void Oracle::on_decide(const Message& decide) {
    for (Slot slot = decide.slot; slot < decide.slot + decide.slot_count; ++slot)
        check_chosen(slot, decide.ballot, decide.quorum(),
                     decide.slot_count == 1 ? &decide.value : nullptr);
}

/// A decision names its quorum; all of it has accepted that value at that ballot (S08, S13, S18).
void Oracle::check_chosen(Slot slot, Ballot ballot, NodeMask by, const Value* value) {
    const Proposal* proposal = find(slot, ballot);
    if (!quorum_.is_met(by)) return fail("S08: decided without a quorum:" + at(slot, ballot));
    if (!proposal || !(by - proposal->by).empty())
        return fail("S08 S13: decided by nodes that did not accept it:" + at(slot, ballot));
    if (value && proposal->value != *value)
        fail("S18: decided what was not accepted:" + at(slot, ballot));
}

void Oracle::on_learned(NodeId node, SlotRange skipped, SlotRange decisions,
                        const std::function<Value(Slot)>& value_of) {
    if (!failure_.empty()) return;
    const std::string who = "n" + std::to_string(node);
    Slot& learned = learned_[node];
    if (skipped.size() != 0) {
        if (skipped.first != learned || skipped.end < skipped.first)
            return fail("S21: " + who + " skips other slots than the next");
        for (Slot slot = skipped.first; slot < skipped.end; ++slot)
            if (!chosen(slot))
                return fail("S19: " + who + " skips slot " + std::to_string(slot) +
                            ", which is not decided");
        learned = skipped.end;
    }
    if (decisions.first != learned || decisions.end < decisions.first)
        return fail("S21: " + who + " gives out slot " + std::to_string(decisions.first) +
                    " instead of " + std::to_string(learned));
    for (Slot slot = decisions.first; slot < decisions.end; ++slot) {
        const std::optional<Value> truth = chosen(slot);
        if (!truth)
            return fail("S19: " + who + " has learned slot " + std::to_string(slot) +
                        ", which is not decided");
        if (*truth != value_of(slot))
            return fail("S18: " + who + " has learned another value in slot " + std::to_string(slot));
    }
    learned = decisions.end;
}

void Oracle::on_watermarks(NodeId node, Slot learned, Slot retained_from) {
    if (!failure_.empty()) return;
    if (learned != learned_[node] || retained_from > learned || retained_from < retained_from_[node])
        fail("S20: watermarks of n" + std::to_string(node) + " are " +
             std::to_string(retained_from) + ".." + std::to_string(learned));
    retained_from_[node] = retained_from;
}

}  // namespace paxos::sim
