// The `multi` variant: one phase 1 for the whole log, then phase 2 for each slot ("Paxos Made
// Simple", section 3).
#include "paxos/multi.h"

namespace paxos {

namespace {
constexpr Slot not_known = ~Slot{0};
}

// "A newly chosen leader executes phase 1 for infinitely many instances of the consensus algorithm
// ... Using the same proposal number for all instances, it can do this by sending a single
// reasonably short message to the other servers." A repeated PREPARE gets a new answer, which
// reports what is accepted by then (S01).
template <class Limits>
void Multi<Limits>::on_prepare(const Run& run, Own& own, Node& node, Out& output) {
    const Message& prepare = *run.message;
    if (!run.slots.empty()) return node.ignore_outside(output, run, run.slots);
    if (node.answerable({prepare.slot, prepare.slot + 1}).empty()) return;
    const bool is_repeat = prepare.ballot == node.acceptor.promised_for_log();
    if (is_repeat && !node.is_durable(node.acceptor.promise_recorded())) [[unlikely]]
        return;  // The first answer is still held.
    if (!node.acceptor.prepare_log(prepare.ballot, output.records))
        return node.refuse(output, prepare, node.acceptor.promised_for_log());
    own.election.vote_for(prepare.ballot, node.peers, node.now);
    report(prepare, node, output);
}

// "Thus, a server (acting as acceptor) can respond for all instances with a single reasonably short
// message." Here the response is one message for each slot up to the highest accepted one, then one
// PROMISE for all higher slots. The message for a slot is a DECIDE if the slot is learned,
// otherwise a PROMISE, even if nothing was accepted in the slot. Messages beyond the limit of a
// step are left out, even the last PROMISE. The candidate then asks again, from its first slot
// without a quorum.
template <class Limits>
void Multi<Limits>::report(const Message& prepare, Node& node, Out& output) {
    const NodeMask asker = NodeMask::of(prepare.from);
    // The PROMISEs of the first answer are held until the promise is durable. By then all that they
    // report is durable too, because it was recorded before the promise. The answer to a repeated
    // PREPARE is not held, so it leaves out what is not durable yet.
    const Sequence recorded = node.acceptor.promise_recorded();
    const bool is_repeat = node.is_durable(recorded);
    const Slot end = node.acceptor.accepted_end();
    Message promise{.kind = MessageKind::promise,
                    .from = node.options.self,
                    .slot_count = 1,
                    .slot = 0,
                    .ballot = prepare.ballot,
                    .detail = 0,
                    .value = {}};
    for (Slot slot = std::max(prepare.slot, node.log.retained_from()); slot < end; ++slot) {
        if (!node.take_report()) return;
        const LogSlot here = node.log.at(slot);
        if (here.state.is_learned()) {
            node.send_decisions(output, asker, {slot, slot + 1});
            continue;
        }
        PAXOS_ASSERT(here.state.accepted <= prepare.ballot);  // S02: the ballot is promised.
        if (is_repeat && !node.is_durable(here.state.recorded())) [[unlikely]]
            continue;
        promise.slot = slot;
        promise.detail = here.state.accepted.bits();
        promise.value = here.value;
        node.template answer<MessageKind::promise>(output, asker, recorded, promise);
    }
    node.take_reply_cells(1);
    promise.slot = std::max(prepare.slot, end);
    promise.slot_count = 0;
    promise.detail = 0;
    promise.value = {};
    node.template answer<MessageKind::promise>(output, asker, recorded, promise);
}

template <class Limits>
void Multi<Limits>::on_promise(const Run& run, Own& own, Node& node, Out& output) {
    const bool is_awaited = own.election.lead() == Lead::preparing &&
                            own.is_for_this_ballot(*run.message);
    if (!is_awaited) return node.ignore_late(output, run);  // S09
    run.for_each([&](const Message& promise) { take_promise(promise, own, node, output); });
}

template <class Limits>
void Multi<Limits>::take_promise(const Message& promise, Own& own, Node& node, Out& output) {
    if (promise.slot_count == 0) {
        Slot& silent = accepted_end_of_[promise.from];
        silent = std::min(silent, promise.slot);
        return;
    }
    if (promise.slot < own.window.next()) return node.ignore_late(output, promise);
    if (promise.slot >= own.window.first() + Limits::window_max)
        return node.ignore_outside(output, promise);
    Report& known = report_of(promise.slot);
    if (known.slot != promise.slot) known = Report{promise.slot, {}, {}, {}};
    known.votes.add(promise.from);
    if (outranks(promise.accepted(), known.accepted)) {
        known.accepted = promise.accepted();
        known.value = promise.value;
    }
}

template <class Limits>
void Multi<Limits>::begin(Own& own, Node& node, Out& output) {
    PAXOS_ASSERT(own.window.empty() && own.election.is_active());
    accepted_end_of_.fill(not_known);
    for (Report& known : reports_) known.slot = not_known;
    if (!node.acceptor.prepare_log(own.election.ballot(), output.records))
        return own.give_way(node, node.acceptor.promised_for_log(), output);
    accepted_end_of_[node.options.self] = std::max(node.acceptor.accepted_end(),
                                                   node.log.learned());
    ask_to_promise(own, node, output);
}

template <class Limits>
void Multi<Limits>::ask_to_promise(Own& own, Node& node, Out& output) {
    prepared_at_ = node.now;
    node.template send<MessageKind::prepare>(output, node.others, [&] {
        return Message{.kind = MessageKind::prepare,
                       .from = node.options.self,
                       .slot_count = 0,
                       .slot = own.window.next(),
                       .ballot = own.election.ballot(),
                       .detail = 0,
                       .value = {}};
    });
}

/// The acceptors that have promised and reported that they accepted nothing in `slot` and above.
template <class Limits>
NodeMask Multi<Limits>::accepted_nothing_from(Slot slot, const Node& node) const {
    NodeMask silent;
    for (NodeId peer = 0; peer < node.options.nodes; ++peer)
        if (accepted_end_of_[peer] <= slot) silent.add(peer);
    return silent;
}

// Recovers slots in order as promises arrive. If a peer no longer retains slots that the candidate
// must recover, the candidate steps down (S16).
template <class Limits>
void Multi<Limits>::prepare(Own& own, Node& node, Out& output) {
    if (node.peers.has_forgotten(node.log.learned())) {
        output.note_at(EventKind::stepped_down, node.log.learned(), own.election.ballot());
        own.election.step_down(node.now);
        return own.window.restart(node.log.learned());
    }
    const Slot before = own.window.next();
    while (own.election.lead() == Lead::preparing && recover_next(own, node, output)) {}
    if (own.election.lead() != Lead::preparing) return;
    const bool is_waiting = node.now < prepared_at_ + own.round_trip.retransmit_timeout_ns();
    if (own.window.next() != before || !is_waiting)
        ask_to_promise(own, node, output);  // Asks for the next part, or again for lost answers.
}

/// Recovers the next slot. Returns false if that is not possible yet. Passes over a learned slot.
/// If a quorum has answered for the slot, begins its phase 2. If there is nothing to recover in the
/// slot or in any higher slot, ends phase 1 for the log instead.
template <class Limits>
bool Multi<Limits>::recover_next(Own& own, Node& node, Out& output) {
    const Slot slot = own.window.next();
    if (slot >= own.window.first() + Limits::window_max || slot >= node.log.end()) return false;
    if (node.log.has_learned(slot)) {
        own.window.pass(slot + 1);
        return true;
    }
    Report known = report_of(slot);
    if (known.slot != slot) known = Report{slot, {}, {}, {}};
    const NodeMask silent = accepted_nothing_from(slot, node);
    const LogSlot here = node.log.at(slot);
    // S10: what this node has accepted itself counts as a report.
    if (outranks(here.state.accepted, known.accepted)) {
        known.accepted = here.state.accepted;
        known.value = here.value;
    }
    const NodeMask others = (known.votes | silent) - NodeMask::of(node.options.self);
    const NodeMask answered = others | node.own_vote(node.acceptor.promise_recorded());
    if (!node.quorums.prepare.is_met(answered)) return false;
    if (known.accepted.is_none() && known.votes.empty() &&
        accepted_end_of_[node.options.self] <= slot) {
        // No acceptor of this quorum has accepted anything in this slot or above, so phase 1 is
        // complete for all these slots.
        own.election.lead_log();
        output.note_at(EventKind::quorum_promised, slot, own.election.ballot(), {}, answered);
        return true;
    }
    open_recovered(own, known, answered, node, output);
    return true;
}

/// Begins phase 2 of a slot. In a gap, the leader proposes "a special 'noop' command that leaves
/// the state unchanged". A gap is a slot in which no acceptor of the quorum has accepted anything.
template <class Limits>
void Multi<Limits>::open_recovered(Own& own, const Report& known, NodeMask promised, Node& node,
                                   Out& output) {
    PAXOS_ASSERT(known.slot == own.window.next());
    PAXOS_ASSERT(node.quorums.prepare.is_met(promised));  // S16
    const SlotRange slots{known.slot, known.slot + 1};
    own.window.open(slots.end, node.now_us, [&](Slot) -> const Value& { return known.value; });
    output.proposed.end = slots.end;
    if (!output.events.empty())
        output.note(EventKind::quorum_promised, promised,
                    own.message_of(node, MessageKind::accept, known.slot, known.accepted.bits()));
    // If this node's own acceptor refuses, the proposer is passive from here on.
    own.begin_accept(slots, node, output);
}

/// Adjacent slots that were decided by one quorum, and in which the same nodes were asked, share
/// one DECIDE. Nodes that were not asked to accept get DECIDEs with the values.
template <class Limits>
void Multi<Limits>::announce(Own& own, const Piece& chosen, Node& node, Out& output) {
    const auto& [slots, state] = chosen;
    for (Slot slot = slots.first; slot < slots.end; ++slot)
        node.counters.no_ops += own.window.value_of(slot).is_no_op();
    const NodeMask asked = own.targets.of(state.team);
    own.send_decided_values(chosen, node.others - asked, node, output);
    const bool is_adjacent = unsent_.slot_count != 0 &&
                             slots.first == unsent_.slot + unsent_.slot_count &&
                             state.votes == unsent_.quorum() && asked == unsent_to_;
    if (!is_adjacent) {
        flush(node, output);
        unsent_ = own.decide_of(chosen, slots.first, node);
        unsent_.slot_count = 0;
        unsent_to_ = asked;
    }
    unsent_.slot_count += static_cast<std::uint32_t>(slots.size());
    if (unsent_.slot_count > 1) unsent_.value = Value{};
}

template <class Limits>
void Multi<Limits>::flush(Node& node, Out& output) {
    if (unsent_.slot_count == 0) return;
    node.template send<MessageKind::decide>(output, unsent_to_, [&] { return unsent_; });
    unsent_ = Message{};
}

template class Replica<limits::Standard, Multi>;
template class Replica<limits::Small, Multi>;
template class Replica<limits::Tiny, Multi>;
template class Replica<limits::Pair, Multi>;

}  // namespace paxos
