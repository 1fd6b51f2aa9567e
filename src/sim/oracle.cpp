#include "sim/oracle.h"

#include <algorithm>

#include "paxos/runs.h"
#include "sim/names.h"

namespace paxos::sim {
namespace {

std::string at(Slot slot, Ballot ballot) {
    return " slot " + std::to_string(slot) + " ballot " + to_text(ballot);
}

}  // namespace

std::string to_text(Ballot ballot) {
    const Incarnation incarnation = ballot.incarnation();
    return std::to_string(ballot.counter()) + ".n" + std::to_string(ballot.node()) +
           (incarnation == 0 ? "" : "." + std::to_string(incarnation));
}

Oracle::Oracle(Quorums quorums, bool whole_log, const ValueSource& values, bool durable)
    : nodes_(quorums.accept.nodes()),
      whole_log_(whole_log),
      durable_(durable),
      values_(values),
      quorums_(quorums) {
    records_.begin(nodes_);
}

void Oracle::begin(Quorums quorums, bool whole_log, const ValueSource& values, bool durable) {
    nodes_ = quorums.accept.nodes();
    whole_log_ = whole_log;
    durable_ = durable;
    values_ = values;
    quorums_ = quorums;
    records_.begin(nodes_);
    seen_.fill({});
    for (auto& used : used_) used.clear();
    for (auto& used : used_before_) used.clear();
    chosen_count_ = 0;
    failure_.clear();
}

void Oracle::fail(const std::string& what) {
    if (failure_.empty()) failure_ = what;
}

std::optional<Value> Oracle::chosen(Slot slot) const {
    const SlotRecord* record = records_.find(slot);
    if (!record || record->chosen == 0) return std::nullopt;
    return records_.proposal(record->chosen).value;
}

SlotRecord* Oracle::record_of(NodeId node, Slot slot) {
    if (records_.has(slot)) [[likely]]
        return &records_.open(slot);
    fail(slot >= OracleRecords::slots_max ? "no world has slot " + std::to_string(slot)
                                          : "S20: " + name(node) + " sends a message about slot " +
                                                std::to_string(slot) + ", which no node retains");
    return nullptr;
}

Ballot Oracle::promised_by(NodeId node, const SlotRecord& record) const {
    return whole_log_ ? seen_[node].promised : records_.votes(record, node).promised;
}

Proposal* Oracle::find(const SlotRecord& record, Ballot ballot) {
    for (std::uint32_t i = record.newest; i != 0; i = records_.proposal(i).previous)
        if (records_.proposal(i).ballot == ballot) return &records_.proposal(i);
    return nullptr;
}

/// The highest proposal below `ballot` that `node` has accepted, or null.
const Proposal* Oracle::accepted_below(const SlotRecord& record, NodeId node, Ballot ballot) const {
    const std::uint32_t last = records_.votes(record, node).accepted;
    if (last == 0) return nullptr;
    const Proposal* highest = &records_.proposal(last);
    if (highest->ballot < ballot) return highest;
    highest = nullptr;
    for (std::uint32_t i = record.newest; i != 0; i = records_.proposal(i).previous) {
        const Proposal& proposal = records_.proposal(i);
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
    if (votes && message.slot < retained_from && !durable_)
        return fail("S20: " + name(node) + " votes in a slot that it no longer retains:" +
                    at(message.slot, message.ballot));
    switch (message.kind) {
        case MessageKind::prepare: return on_prepare(node, message);
        case MessageKind::promise: return on_promise(node, message);
        case MessageKind::accept: return on_accept(node, message);
        case MessageKind::accepted: return on_accepted(node, message);
        case MessageKind::decide: return on_decide(node, message);
        case MessageKind::nack:
            if (message.promised() <= message.ballot)
                return fail("S07: " + name(node) + " promised only " + to_text(message.promised()) +
                            " but refuses" + at(message.slot, message.ballot));
            if (durable_) return;  // A NACK may be sent before the promise is durable.
            return promise(node, message.slot, message.promised());
        case MessageKind::learn:
        case MessageKind::none: return;
    }
}

void Oracle::promise(NodeId node, Slot slot, Ballot ballot) {
    if (whole_log_) return raise(node, slot, ballot, seen_[node].promised);
    if (SlotRecord* record = record_of(node, slot))
        raise(node, slot, ballot, records_.votes(*record, node).promised);
}

void Oracle::raise(NodeId node, Slot slot, Ballot ballot, Ballot& promised) {
    if (ballot < promised)
        return fail("S01 S02 S05: " + name(node) + " promised " + to_text(promised) +
                    " and breaks this promise:" + at(slot, ballot));
    promised = ballot;
}

void Oracle::vote(NodeId node, Slot slot, Ballot ballot, SlotRecord& record, Proposal* proposal) {
    Votes& votes = records_.votes(record, node);
    raise(node, slot, ballot, whole_log_ ? seen_[node].promised : votes.promised);
    if (!proposal) return fail("S11: a vote for a value that was not proposed:" + at(slot, ballot));
    proposal->by.add(node);
    const auto index = static_cast<std::uint32_t>(proposal - &records_.proposal(0));
    if (votes.accepted == 0 || records_.proposal(votes.accepted).ballot < ballot)
        votes.accepted = index;
    seen_[node].accepted_end = std::max(seen_[node].accepted_end, slot + 1);
    if (!quorums_.accept.is_met(proposal->by)) return;
    if (record.chosen == 0) {
        record.chosen = index;
        ++chosen_count_;
    } else if (records_.proposal(record.chosen).value != proposal->value) {
        fail("S18: two values chosen:" + at(slot, ballot));
    }
}

void Oracle::on_prepare(NodeId node, const Message& prepare) {
    if (prepare.ballot.node() != node)
        return fail("S11: a PREPARE at another node's ballot:" + at(prepare.slot, prepare.ballot));
    const auto& before = used_before_[node];
    if (std::find(before.begin(), before.end(), prepare.ballot) != before.end())
        return fail("S12: a ballot of an earlier incarnation:" + at(prepare.slot, prepare.ballot));
    Ballot& last = seen_[node].last_prepared;
    if (prepare.ballot < last)
        return fail("S12: a PREPARE at an old ballot:" + at(prepare.slot, prepare.ballot));
    bool is_new = prepare.ballot != last;
    last = prepare.ballot;
    if (durable_) {
        if (is_new) used_[node].push_back(prepare.ballot);
        return;
    }
    if (!whole_log_) {
        SlotRecord* record = record_of(node, prepare.slot);
        if (!record) return;
        Ballot& asked = records_.votes(*record, node).prepared;
        is_new = asked != prepare.ballot;
        asked = prepare.ballot;
    }
    // The proposer's own acceptor promises, too (S14).
    if (is_new) promise(node, prepare.slot, prepare.ballot);
}

/// Checks that the promise was durable when the PROMISE was sent, and that the PROMISE reports what
/// the node had accepted when it promised.
void Oracle::check_report(NodeId node, const Message& message) {
    Slot end = message.slot + message.slot_count;
    if (message.slot_count == 0) end = std::max(message.slot, seen_[node].accepted_end);
    if (whole_log_ && seen_[node].promised < message.ballot)
        return fail("S06: " + name(node) +
                    " promises before the record is durable:" + at(message.slot, message.ballot));
    for (Slot slot = message.slot; slot < end; ++slot) {
        const SlotRecord* record = record_of(node, slot);
        if (!record) return;
        if (promised_by(node, *record) < message.ballot)
            return fail("S06: " + name(node) +
                        " promises before the record is durable:" + at(slot, message.ballot));
        const Proposal* least = accepted_below(*record, node, message.ballot);
        const Proposal* reported = find(*record, message.accepted());
        const bool is_true = message.accepted().is_none()
                                 ? !least
                                 : reported && reported->by.has(node) &&
                                       reported->value == message.value &&
                                       (!least || least->ballot <= reported->ballot);
        if (!is_true)
            return fail("S01 S16: " + name(node) +
                        " does not report what it has accepted:" + at(slot, message.ballot));
    }
}

void Oracle::on_promise(NodeId node, const Message& message) {
    if (durable_) return check_report(node, message);
    promise(node, message.slot, message.ballot);
    if (message.slot_count == 0) {
        if (seen_[node].accepted_end > message.slot)
            fail("S16: " + name(node) +
                 " reports nothing accepted in this slot or later, but has accepted something:" +
                 at(message.slot, message.ballot));
        return;
    }
    const SlotRecord* record = record_of(node, message.slot);
    if (!record) return;
    const Proposal* last = accepted_below(*record, node, Ballot::from_bits(~std::uint64_t{0}));
    if (message.accepted() != (last ? last->ballot : Ballot{}) ||
        message.value != (last ? last->value : Value{}))
        fail("S01: " + name(node) +
             " does not report what it has accepted:" + at(message.slot, message.ballot));
}

void Oracle::on_accept(NodeId node, const Message& accept) {
    if (accept.ballot.node() != node)
        return fail("S11: an ACCEPT at another node's ballot:" + at(accept.slot, accept.ballot));
    SlotRecord* record = record_of(node, accept.slot);
    if (!record) return;
    if (const Proposal* known = find(*record, accept.ballot)) {
        if (known->value != accept.value)
            fail("S11: a second value:" + at(accept.slot, accept.ballot));
        return;
    }
    if (!(whole_log_ && accept.value.is_no_op()) && !values_.is_proposed(accept.value, accept.slot))
        return fail("S22: a value that was not proposed:" + at(accept.slot, accept.ballot));
    check_safe_at(*record, accept);
    records_.add(*record, accept.ballot, accept.value);
    if (durable_) return;  // The vote counts when its record is durable.
    vote(node, accept.slot, accept.ballot, *record, &records_.proposal(record->newest));
}

/// Checks phase 2(a): a quorum promised this ballot or a higher one, and the value is that of the
/// highest-numbered earlier proposal that nodes of this quorum accepted, if any (S09, S10, S16).
void Oracle::check_safe_at(const SlotRecord& record, const Message& accept) {
    std::array<const Proposal*, limits::nodes_max> reports;
    std::size_t count = 0;
    for (NodeId node = 0; node < nodes_; ++node)
        if (promised_by(node, record) >= accept.ballot || (nodes_ == 1 && node == accept.from))
            reports[count++] = accepted_below(record, node, accept.ballot);
    if (count < quorums_.prepare.size())
        return fail("S09: no quorum has promised:" + at(accept.slot, accept.ballot));
    if (record.newest == 0) [[likely]]
        return;  // There was no earlier proposal in this slot.
    std::sort(reports.begin(), reports.begin() + static_cast<std::ptrdiff_t>(count),
              [](const Proposal* a, const Proposal* b) {
                  return (a ? a->ballot : Ballot{}) < (b ? b->ballot : Ballot{});
              });
    for (std::size_t i = quorums_.prepare.size() - 1; i < count; ++i)
        if (!reports[i] || reports[i]->value == accept.value) return;
    // With storage, a proposer may use the value that its own acceptor has accepted even before the
    // record of that acceptance is durable. The ballot of that acceptance may then be higher than
    // all reported ballots. The value is safe nevertheless, because the proposal at that ballot was
    // checked, and the quorum that promised has accepted nothing at a higher ballot.
    if (durable_ && records_.has_between(record, reports[quorums_.prepare.size() - 1]->ballot,
                                         accept.ballot, accept.value))
        return;
    fail("S10: a proposal does not have the value of the highest accepted ballot:" +
         at(accept.slot, accept.ballot));
}

void Oracle::on_accepted(NodeId node, const Message& accepted) {
    SlotRecord* record = record_of(node, accepted.slot);
    if (!record) return;
    Proposal* proposal = find(*record, accepted.ballot);
    // With storage, a held ACCEPTED (held_answers.h) may be part of a run, which carries no values.
    if (proposal && proposal->value != accepted.value && !(durable_ && accepted.value.is_zero()))
        return fail("S11: another value accepted:" + at(accepted.slot, accepted.ballot));
    if (durable_ && proposal && !proposal->by.has(node))
        return fail("S06: " + name(node) +
                    " answers before the record is durable:" + at(accepted.slot, accepted.ballot));
    if (durable_ && proposal) return;
    vote(node, accepted.slot, accepted.ballot, *record, proposal);
}

void Oracle::on_quorum(NodeId node, NodeMask by, const Message& message) {
    if (!failure_.empty()) return;
    if (nodes_ == 1) {
        const SlotRecord* record = record_of(node, message.slot);
        // A proposer that is a quorum by itself sends no ACCEPT.
        if (record && !find(*record, message.ballot)) on_accept(node, message);
    }
    check_chosen(node, message.slot, message.ballot, by, &message.value);
}

void Oracle::on_decide(NodeId node, const Message& decide) {
    for (Slot slot = decide.slot; slot < decide.slot + decide.slot_count && failure_.empty();
         ++slot)
        check_chosen(node, slot, decide.ballot, decide.quorum(),
                     decide.slot_count == 1 ? &decide.value : nullptr);
}

/// Checks that the nodes `by`, which a decision names, are a quorum, and that each of them accepted
/// the decided value at `ballot` (S08, S13, S18).
void Oracle::check_chosen(NodeId node, Slot slot, Ballot ballot, NodeMask by, const Value* value) {
    const SlotRecord* record = record_of(node, slot);
    if (!record) return;
    const Proposal* proposal = find(*record, ballot);
    if (!quorums_.accept.is_met(by))
        return fail("S08: decided without a quorum:" + at(slot, ballot));
    if (!proposal || !(by - proposal->by).empty())
        return fail("S08 S13: the decision names nodes that did not accept the value:" +
                    at(slot, ballot));
    if (value && proposal->value != *value)
        fail("S18: the decided value is not the accepted value:" + at(slot, ballot));
}

void Oracle::on_skipped(NodeId node, SlotRange skipped) {
    if (skipped.size() == 0) return;
    Slot& learned = seen_[node].learned;
    if (skipped.first != learned || skipped.end < skipped.first)
        return fail("S21: " + name(node) + " does not begin to skip at its next slot");
    for (Slot slot = skipped.first; slot < skipped.end; ++slot)
        if (!chosen(slot))
            return fail("S19: " + name(node) + " skips slot " + std::to_string(slot) +
                        ", which is not decided");
    if (std::none_of(seen_.begin(), seen_.begin() + static_cast<std::ptrdiff_t>(nodes_),
                     [&](const Witnessed& seen) { return seen.retained_max >= skipped.end; }))
        return fail("S21: " + name(node) + " skips slot " + std::to_string(skipped.end - 1) +
                    ", which every node still retains");
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
    const SlotRecord* record = records_.find(slot);
    if (!record || record->chosen == 0)
        return fail("S19: " + name(node) + " has learned slot " + std::to_string(slot) +
                    ", which is not decided");
    if (records_.proposal(record->chosen).value != value)
        fail("S18: " + name(node) + " has learned another value in slot " + std::to_string(slot));
}

void Oracle::on_watermarks(NodeId node, Slot learned, Slot retained_from) {
    if (!failure_.empty()) return;
    Witnessed& seen = seen_[node];
    if (learned != seen.learned || retained_from > learned || retained_from < seen.retained_from)
        fail("S20: watermarks of " + name(node) + " are " + std::to_string(retained_from) + ".." +
             std::to_string(learned));
    seen.retained_from = retained_from;
    seen.retained_max = std::max(seen.retained_max, retained_from);
}

void Oracle::on_record(NodeId node, const Message& record, Slot retained_from) {
    const bool votes = record.kind == MessageKind::accept ||
                       (record.kind == MessageKind::promise && record.slot_count != 0);
    if (failure_.empty() && votes && record.slot < retained_from)
        fail("S20: " + name(node) +
             " votes in a slot that it no longer retains:" + at(record.slot, record.ballot));
}

void Oracle::on_durable(NodeId node, const Message& record) {
    if (!failure_.empty()) return;
    if (record.kind == MessageKind::promise && record.slot_count == 0)
        return promise(node, record.slot, record.ballot);
    const Slot end = record.slot + record.slot_count;
    if (record.kind == MessageKind::promise)
        for (Slot slot = record.slot; slot < end; ++slot) promise(node, slot, record.ballot);
    if (record.kind != MessageKind::accept) return;
    for (Slot slot = record.slot; slot < end && failure_.empty(); ++slot) {
        const Message accepted = Run::of(record).at(slot);
        SlotRecord* entry = record_of(node, slot);
        if (!entry) return;
        // A proposer that is a quorum by itself sends no ACCEPT.
        if (!find(*entry, accepted.ballot) && accepted.ballot.node() == node)
            on_accept(node, accepted);
        Proposal* proposal = find(*entry, accepted.ballot);
        if (proposal && proposal->value != accepted.value)
            return fail("S11: another value recorded:" + at(slot, accepted.ballot));
        vote(node, slot, accepted.ballot, *entry, proposal);
    }
}

/// A restarted node may know less than before, but not more. All its ballots must be new.
void Oracle::forget_incarnation(NodeId node, Slot learned, Slot retained_from) {
    if (!failure_.empty()) return;
    Witnessed& seen = seen_[node];
    seen.learned_max = std::max(seen.learned_max, seen.learned);
    if (learned > seen.learned_max || retained_from > learned)
        return fail("S23: " + name(node) + " starts with watermarks " +
                    std::to_string(retained_from) + ".." + std::to_string(learned));
    seen.learned = learned;
    seen.retained_from = retained_from;
    seen.last_prepared = {};
    auto& before = used_before_[node];
    before.insert(before.end(), used_[node].begin(), used_[node].end());
    used_[node].clear();
}

}  // namespace paxos::sim
