// The `classic` variant: both phases for each slot. The quotations are from "Paxos Made Simple"
// (Lamport, 2001).
#include "paxos/classic.h"

namespace paxos {

// Phase 1(b): the acceptor "responds to the request with a promise not to accept any more proposals
// numbered less than n and with the highest-numbered proposal (if any) that it has accepted."
template <class Limits>
void Classic<Limits>::on_prepare(const Run& run, Own& own, Node& node, Out& output) {
    const Ballot ballot = run.message->ballot;
    const NodeMask asker = NodeMask::of(run.message->from);
    if (run.slots.empty()) return node.ignore_outside(output, *run.message);
    bool has_voted = false;
    for (SlotRange rest = run.slots; !rest.empty();) {
        const SlotRange asked = node.answerable(rest);
        if (asked.empty()) break;
        const Answered answered = node.acceptor.prepare(node.log, asked, ballot, output.records);
        const auto& [answer, slots, state, is_repeat] = answered;
        rest.first = slots.end;
        switch (answer) {
            case Answer::yes: break;
            case Answer::refused: node.refuse(output, run, slots, state.promised); continue;
            case Answer::decided: node.send_decided(output, asker, slots); continue;
            case Answer::outside: node.ignore_outside(output, run, slots); continue;
            case Answer::two_values: PAXOS_UNREACHABLE("a PREPARE has no value");
        }
        has_voted = true;
        const Ballot accepted = state.accepted;
        node.template answer_run<MessageKind::promise>(output, asker, answered, [&](Slot slot) {
            Message promise = yes_to(*run.message, MessageKind::promise, slot, Value{},
                                     node.options.self);
            if (!accepted.is_none()) [[unlikely]] {
                promise.detail = accepted.bits();
                promise.value = node.log.value_of(slot);
            }
            return promise;
        });
    }
    if (has_voted) own.election.vote_for(ballot, node.peers, node.now);
}

// Phase 2(a): "... with a value v, where v is the value of the highest-numbered proposal among the
// responses, or is any value if the responses reported no proposals." The report with the highest
// ballot replaces the others, so the order in which promises arrive does not matter (S10).
template <class Limits>
void Classic<Limits>::on_promise(const Run& run, Own& own, Node& node, Out& output) {
    const Message& promise = *run.message;
    if (run.slots.empty()) return node.ignore_late(output, promise);
    for (SlotRange rest = run.slots; !rest.empty();) {
        auto asked = own.asked_by(promise, rest);
        rest.first = asked.slots.end;
        if (asked.state.phase != ProposerPhase::prepare) {
            node.ignore_late(output, run, asked.slots);
            continue;
        }
        asked.state.votes.add(promise.from);
        if (outranks(promise.accepted(), asked.state.reported)) {
            asked.state.reported = promise.accepted();
            for (Slot slot = asked.slots.first; slot < asked.slots.end; ++slot)
                own.window.value_of(slot) = run.value_of(slot);
        }
        own.window.set(asked.slots, asked.state);
        // If this node's own acceptor refuses to accept, on_quorum() abandons the whole window. The
        // rest of the run is then ignored as late.
        if (node.quorums.prepare.is_met(asked.state.votes)) on_quorum(own, asked, node, output);
    }
}

template <class Limits>
bool Classic<Limits>::on_quorum(Own& own, const Piece& promised, Node& node, Out& output) {
    const auto& [slots, asked] = promised;
    own.sample_round_trip(asked, node.now_us);
    if (!output.events.empty()) [[unlikely]]
        for (Slot slot = slots.first; slot < slots.end; ++slot)
            output.note(EventKind::quorum_promised, asked.votes,
                        own.message_of(node, MessageKind::accept, slot, asked.reported.bits()));
    return own.begin_accept(slots, node, output);
}

// If `chosen` has several slots, the DECIDE to nodes that were asked to accept has no values: most
// of these nodes have accepted the values, and the others request them (S18). The DECIDE to all
// other nodes carries the values. If all nodes were asked, the DECIDE and the next requests go to
// the same nodes and share datagrams.
template <class Limits>
void Classic<Limits>::announce(Own& own, const Piece& chosen, Node& node, Out& output) {
    const NodeMask asked = own.targets.of(chosen.state.team) & node.others;
    own.send_chosen(chosen, asked, node, output);
    own.send_decided_values(chosen, node.others - asked, node, output);
}

// Phase 1(a): "A proposer selects a proposal number n and sends a prepare request with number n to
// a majority of acceptors." Unless the proposer is thrifty, it sends the request to all acceptors.
// The proposer's own acceptor counts as one of them (S14).
template <class Limits>
bool Classic<Limits>::open(Own& own, SlotRange slots, Node& node, Out& output) {
    while (!slots.empty()) {
        const auto [answer, alike, state, is_repeat] = node.acceptor.prepare(
            node.log, slots, own.election.ballot(), output.records);
        if (answer == Answer::refused) {
            own.give_way(node, state.promised, output);
            return false;
        }
        PAXOS_ASSERT(answer == Answer::yes);
        slots.first = alike.end;
        Piece asked = own.window.piece(alike);
        PAXOS_ASSERT(asked.slots == alike);  // The slots were opened together.
        asked.state.votes = asked.state.votes | node.own_vote(state.recorded());  // S14
        asked.state.team = own.targets.ask(alike.size());
        // S10: what this node has accepted itself counts as a report.
        if (!state.accepted.is_none()) {
            asked.state.reported = state.accepted;
            for (Slot slot = alike.first; slot < alike.end; ++slot)
                own.window.value_of(slot) = node.log.value_of(slot);
        }
        own.window.set(alike, asked.state);
        own.send_prepare(alike, own.targets.get(), node, output);
        if (node.quorums.prepare.is_met(asked.state.votes) && !on_quorum(own, asked, node, output))
            return false;
    }
    return true;
}

template class Replica<limits::Standard, Classic>;
template class Replica<limits::Small, Classic>;
template class Replica<limits::Tiny, Classic>;
template class Replica<limits::Pair, Classic>;

}  // namespace paxos
