// `classic`, slot by slot. The sentences are those of "Paxos Made Simple" (Lamport, 2001).
#include "paxos/classic.h"

namespace paxos {

// Phase 1(b): the acceptor "responds to the request with a promise not to accept any more proposals
// numbered less than n and with the highest-numbered proposal (if any) that it has accepted."
template <class Limits>
void Classic<Limits>::on_prepare(std::span<const Message> run, Own& own, Node& node, Out& output) {
    const Ballot ballot = run.front().ballot;
    bool has_voted = false;
    for (const Message& prepare : run) {
        if (prepare.slot_count != 1) {
            node.ignore_outside(output, prepare);
            continue;
        }
        const Answered answered = node.acceptor.prepare(node.log, prepare.slot, ballot);
        const LogSlot* place = answered.place;
        switch (answered.answer) {
            case Answer::yes: break;
            case Answer::refused: node.refuse(output, prepare, place->promised); continue;
            case Answer::decided:
                node.send_decided(output, NodeMask::of(prepare.from), *place);
                continue;
            case Answer::outside: node.ignore_outside(output, prepare); continue;
            case Answer::two_values: PAXOS_UNREACHABLE("a PREPARE has no value");
        }
        has_voted = true;
        node.template answer<MessageKind::promise>(output, NodeMask::of(prepare.from), [&] {
            Message promise = yes_to(prepare, MessageKind::promise, node.options.self);
            if (!place->accepted.is_none())
                [[unlikely]] {  // Otherwise both are zero, as in PREPARE.
                promise.detail = place->accepted.bits();
                promise.value = place->value;
            }
            return promise;
        });
    }
    if (has_voted) own.election.vote_for(ballot, node.peers, node.now);
}

// Phase 2(a): "... with a value v, where v is the value of the highest-numbered proposal among the
// responses, or is any value if the responses reported no proposals." S10, in every order of
// arrival.
template <class Limits>
void Classic<Limits>::on_promise(std::span<const Message> run, Own& own, Node& node, Out& output) {
    for (const Message& promise : run) {
        ProposerSlot* asked = own.asked_by(promise, ProposerPhase::prepare);
        if (!asked || promise.slot_count != 1) {
            node.ignore_late(output, promise);
            continue;
        }
        asked->votes.add(promise.from);
        if (outranks(promise.accepted(), asked->reported)) {
            asked->reported = promise.accepted();
            asked->value = promise.value;
        }
        // If this node's own acceptor refuses, the rest of the run is late.
        if (node.quorums.prepare.is_met(asked->votes)) on_majority(own, *asked, node, output);
    }
}

template <class Limits>
bool Classic<Limits>::on_majority(Own& own, ProposerSlot& asked, Node& node, Out& output) {
    own.sample_round_trip(asked, node.now_us);
    if (!output.events.empty())
        output.note(EventKind::majority_promised, asked.votes,
                    own.message_of(node, MessageKind::accept, asked, asked.reported.bits()));
    return own.begin_accept(asked, node, output);
}

// One send to the nodes that are asked next, so that the DECIDE shares datagrams with the next
// requests, and one to the others.
template <class Limits>
void Classic<Limits>::announce(Own& own, SlotRange chosen, NodeMask by, Node& node, Out& output) {
    const NodeMask asked = own.targets.get();
    own.send_decisions(chosen, by, asked, node, output);
    own.send_decisions(chosen, by, node.others - asked, node, output);
}

template <class Limits>
Message Classic<Limits>::request_of(const Own& own, const ProposerSlot& asked,
                                    const Node& node) const {
    if (asked.phase == ProposerPhase::accept)
        return own.message_of(node, MessageKind::accept, asked);
    return {.kind = MessageKind::prepare,
            .from = node.options.self,
            .slot_count = 1,
            .slot = asked.slot,
            .ballot = own.election.ballot(),
            .detail = 0,
            .value = {}};
}

// Phase 1(a): "A proposer selects a proposal number n and sends a prepare request with number n to
// a majority of acceptors." To all of them unless thrifty; the proposer's own acceptor is one of
// them (S14).
template <class Limits>
[[gnu::always_inline]] inline bool Classic<Limits>::open(Own& own, ProposerSlot& asked, Node& node,
                                                         Out& output) {
    const auto [answer, place] = node.acceptor.prepare(node.log, asked.slot, own.election.ballot());
    if (answer == Answer::refused) {
        own.give_way(node, place->promised, output);
        return false;
    }
    PAXOS_ASSERT(answer == Answer::yes);
    asked.votes = asked.votes | output.answers.own_vote(node.options.self);  // S14
    // S10: this node's own report is one of the quorum's.
    if (!place->accepted.is_none()) {
        asked.reported = place->accepted;
        asked.value = place->value;
    }
    asked.team = own.targets.ask();
    node.template send<MessageKind::prepare>(output, own.targets.get(),
                                             [&] { return request_of(own, asked, node); });
    return !node.quorums.prepare.is_met(asked.votes) || on_majority(own, asked, node, output);
}

template class Replica<limits::Standard, Classic>;
template class Replica<limits::Small, Classic>;
template class Replica<limits::Tiny, Classic>;
template class Replica<limits::Pair, Classic>;

}  // namespace paxos
