// The proposer: takes a ballot, asks acceptors to accept, counts votes, decides, retransmits, and
// stops when it is preempted. The variant performs phase 1, which determines the value that may be
// proposed in a slot: see classic.h.
//
// Invariants
// 1. Nothing is in flight unless the proposer is active (S17).
// 2. A slot is decided only by a quorum of distinct acceptors that accepted the slot's one value
//    under the current ballot (S08, S11, S13).
#pragma once

#include "paxos/election.h"
#include "paxos/retransmitter.h"
#include "paxos/runs.h"
#include "paxos/shared.h"
#include "paxos/targets.h"
#include "paxos/window.h"

namespace paxos {

template <class Limits, template <class> class Variant>
class Proposer {
public:
    using Node = Shared<Limits, Variant<Limits>::scope>;
    using Out = Output<Limits>;
    /// Adjacent slots in which the same quorum has accepted, and their common state. The `votes` of
    /// this state are the quorum.
    using Chosen = typename Window<Limits>::Piece;

    explicit Proposer(const Options& options)
        : election(options, Variant<Limits>::duels, Variant<Limits>::phases),
          targets(options, options.quorums().of_slot(Variant<Limits>::phases)),
          round_trip(options.timing),
          variant(options) {}

    void begin_step() { offered_from_ = window.next(); }  ///< Called when a step begins.
    /// The proposer's part of a step, after the arrivals: counts own votes that have become
    /// durable, takes a ballot if that is due, opens slots, retransmits.
    void step(Node& node, const Proposals& proposals, Out& output) {
        const bool may_record = output.records.has_space();
        if (node.durable_up_to != counted_up_to_ && may_record) [[unlikely]]
            count_own_votes(node, output);
        variant.flush(node, output);
        if (!may_record) [[unlikely]] {  // Without space, nothing that needs a record is done.
            if (election.is_active()) retransmit(node, output);
            return;
        }
        if constexpr (Variant<Limits>::scope == PromiseScope::whole_log) {
            const Ballot promised = node.acceptor.promised_for_log();
            if (election.is_active() && promised > election.ballot())
                give_way(node, promised, output);  // S17
        }
        if (try_begin(node, output)) variant.begin(*this, node, output);
        if (!election.is_active()) return;
        output.proposed = {window.next(), window.next()};
        if (election.lead() == Lead::preparing) variant.prepare(*this, node, output);
        if (election.lead() == Lead::leading) propose(node, proposals, output);
        retransmit(node, output);
        variant.flush(node, output);
    }

    /// Counts own votes whose records have become durable, like answers that arrive (S14).
    [[gnu::noinline]] void count_own_votes(Node& node, Out& output) {
        counted_up_to_ = node.durable_up_to;
        for (Slot slot = window.first(); election.is_active() && slot < window.next();) {
            auto asked = window.piece({slot, window.next()});
            const auto own = node.log.piece(asked.slots);
            asked.slots.end = std::min(asked.slots.end, own.slots.end);
            slot = asked.slots.end;
            const bool is_accept = asked.state.phase == ProposerPhase::accept;
            const Ballot voted = is_accept ? own.state.accepted : own.state.promised;
            if (asked.state.phase == ProposerPhase::done || own.state.is_learned() ||
                asked.state.votes.has(node.options.self))
                continue;
            // If `voted` is above this proposer's ballot, this node's acceptor has since promised a
            // higher ballot (phase 1) or accepted at one (phase 2). The log keeps only that last
            // vote, so the vote for this proposer can no longer be counted. The peers may not know
            // the higher ballot, and then they send no NACK. So the proposer gives way here.
            // Otherwise it might wait for the lost vote forever (S42).
            if (voted > election.ballot()) return give_way(node, voted, output);
            if (voted != election.ballot() || !node.is_durable(own.state.recorded())) continue;
            Message vote = message_of(
                node, is_accept ? MessageKind::accepted : MessageKind::promise, asked.slots.first);
            vote.slot_count = static_cast<std::uint32_t>(asked.slots.size());
            if (!is_accept || asked.slots.size() != 1) vote.value = Value{};
            if (is_accept)
                on_accepted(Run::of(vote), node, output);
            else
                variant.on_promise(Run::of(vote), *this, node, output);
        }
    }

    /// A single refusal preempts the proposer in every slot, whichever slots the refusal names.
    [[gnu::noinline]] void on_nack(const Run& run, Node& node, Out& output) {
        if (!is_for_this_ballot(*run.message)) return node.ignore_late(output, run);  // S09
        give_way(node, run.message->promised(), output);
    }

    /// Abandons the whole window because another node has the higher ballot `to`. Answers still in
    /// flight no longer count (S17).
    void give_way(Node& node, Ballot to, Out& output) {
        if (election.is_active())
            output.note_at(EventKind::preempted, window.first(), election.ballot(), to);
        election.preempt(to, node.now, node.counters);
        window.restart(node.log.learned());
    }

    /// Begins proposing under a new ballot, if that is due; returns true if it did. An active
    /// proposer that has lost its quorum stops, because it can decide nothing and would only keep
    /// others from taking over.
    [[nodiscard]] bool try_begin(Node& node, Out& output) {
        if (election.is_active()) {
            if (!node.peers.has(election.quorum())) lose_quorum(node, output);  // S42
            return false;
        }
        const Election::Begun begun = election.try_begin(node.peers, node.log.learned(), node.now,
                                                         node.counters);
        if (begun == Election::Begun::no) return false;
        window.restart(node.log.learned());
        decided_under_ballot_ = 0;
        output.note_at(
            begun == Election::Begun::took_over ? EventKind::took_over : EventKind::resumed,
            window.first(), election.ballot());
        return true;
    }
    [[gnu::noinline]] void lose_quorum(Node& node, Out& output) {
        output.note_at(EventKind::lost_quorum, window.first(), election.ballot());
        election.lose_quorum(node.now);
        window.restart(node.log.learned());
    }
    /// Returns the end of the slots that may be opened in this step. It is bounded by
    /// `proposals.end`, the log's ring and Peers::open_end(). Also updates the set of peers for
    /// which the proposer waits, so that the wait for a peer that learns nothing is bounded (S42).
    [[nodiscard]] Slot update_open_end(Node& node, const Proposals& proposals) {
        const Slot end = std::min({proposals.end, node.log.end(), limits::slot_max});
        const Slot slowest = node.peers.open_end(node.log.learned(), Limits::ring_slots,
                                                 node.options.history.size());
        if (window.next() < slowest || window.next() >= end) {
            node.peers.stop_waiting(
                window.next() - std::min<Slot>(window.next(), Limits::ring_slots / 2), node.now);
            return std::min(end, slowest);
        }
        node.peers.wait_for(node.log.learned(), node.now);
        return slowest;
    }

    /// Opens as many slots as may be opened, at most `proposals.window` in a step. A cluster of one
    /// node without storage decides a slot as soon as it opens it. No slot is then in flight, so
    /// without this bound one step could open a whole ring.
    void propose(Node& node, const Proposals& proposals, Out& output) {
        // A preemption in this step has moved next() back to slots for which no values are given.
        if (window.next() < offered_from_) [[unlikely]]
            return;
        const Slot end = update_open_end(node, proposals);
        std::size_t left = proposals.window;
        while (window.next() < end) {
            const Slot first = window.next();
            const std::size_t count = std::min<std::size_t>(
                {left, window.space(proposals.window), end - first});
            if (count == 0) return;
            const auto [slots, are_learned] = alike(node.log, {first, first + count});
            left -= slots.size();
            output.proposed.end = slots.end;
            if (are_learned) {
                window.pass(slots.end);
                continue;
            }
            window.open(slots.end, node.now_us,
                        [&](Slot slot) -> const Value& { return proposals.of(slot); });
            if (!variant.open(*this, slots, node, output)) return;
        }
    }
    struct Alike {
        SlotRange slots;
        bool are_learned;
    };
    /// Returns a prefix of `slots` in which either all slots are learned or none is.
    [[nodiscard]] static Alike alike(const Log<Limits>& log, SlotRange slots) {
        if (slots.first < log.learned())
            return {{slots.first, std::min(slots.end, log.learned())}, true};
        const auto [first, state] = log.piece(slots);
        return {first, state.is_learned()};
    }
    /// Phase 2(a): "If the proposer receives a response to its prepare requests (numbered n) from a
    /// majority of acceptors, then it sends an accept request to each of those acceptors for a
    /// proposal numbered n with a value v". Here the request goes to all nodes of Targets::get(),
    /// even to those that have not promised, because they may accept too (S03). If this node's own
    /// vote is a quorum, as in a cluster of one node, the slots are decided at once.
    /// Returns false if this node's own acceptor refused and thereby preempted the proposer.
    bool begin_accept(SlotRange slots, Node& node, Out& output) {
        while (!slots.empty()) {
            const SlotRange asked_of_own = window.contiguous(slots);
            const Answered own = node.acceptor.accept(node.log, asked_of_own, election.ballot(),
                                                      window.values(asked_of_own), output.records);
            slots.first = own.slots.end;
            switch (own.answer) {
                case Answer::yes: break;
                case Answer::refused:
                    give_way(node, node.acceptor.promised(own.state), output);
                    return false;
                case Answer::decided: window.finish(own.slots); continue;
                case Answer::outside:
                case Answer::two_values:
                    PAXOS_UNREACHABLE("a slot in flight is in the ring and has one value");
            }
            const Asked asked = ask_to_accept(own, node, output);
            if (is_chosen(asked.votes, node)) decide({own.slots, asked}, node, output);
        }
        return true;
    }
    /// Asks Targets::get() to accept in the slots of `own`, in which this node's own acceptor has
    /// accepted. The vote of that acceptor counts like any other (S14).
    Asked ask_to_accept(const Answered& own, Node& node, Out& output) {
        const SlotRange slots = own.slots;
        const Asked asked{.votes = node.own_vote(own.state.recorded()),
                          .reported = {},
                          .sent_us = node.now_us,
                          .phase = ProposerPhase::accept,
                          .team = targets.ask(slots.size())};
        window.set(slots, asked);
        send_accept(slots, targets.get(), node, output);
        return asked;
    }
    void send_accept(SlotRange slots, NodeMask to, Node& node, Out& output) {
        send_with_values<MessageKind::accept>(slots, to, node, output, [&](Slot slot) {
            return message_of(node, MessageKind::accept, slot);
        });
    }
    void send_prepare(SlotRange slots, NodeMask to, Node& node, Out& output) {
        node.template send_run<MessageKind::prepare>(output, to, slots, [&](Slot slot) {
            return Message{.kind = MessageKind::prepare,
                           .from = node.options.self,
                           .slot_count = 1,
                           .slot = slot,
                           .ballot = election.ballot()};
        });
    }
    /// Whether `votes` are a quorum, so that the accepted value is chosen.
    [[nodiscard]] bool is_chosen(NodeMask votes, const Node& node) const {
        return node.quorums.accept.is_met(votes);
    }
    /// A message of `kind` about a slot in the window, with the slot's value.
    [[nodiscard]] Message message_of(const Node& node, MessageKind kind, Slot slot,
                                     std::uint64_t detail = 0) const {
        return {.kind = kind,
                .from = node.options.self,
                .slot_count = 1,
                .slot = slot,
                .ballot = election.ballot(),
                .detail = detail,
                .value = window.value_of(slot)};
    }
    /// Decides the slots of `chosen`, because a quorum has accepted the value of each at the
    /// current ballot. The slots are then no longer in flight.
    void decide(const Chosen& chosen, Node& node, Out& output) {
        const auto& [slots, asked] = chosen;
        PAXOS_ASSERT(node.quorums.accept.is_met(asked.votes));  // S13: votes of one ballot.
        const Ballot ballot = election.ballot();
        for (SlotRange rest = slots; !rest.empty();) {
            const auto alike = node.log.open(window.contiguous(rest));
            rest.first = alike.slots.end;
            // If this node has accepted at a higher ballot since it sent the request, the log may
            // have another value.
            if (alike.state.accepted != ballot) [[unlikely]]
                node.log.store(alike.slots, window.values(alike.slots));
            output.records.learned(alike.slots, ballot, asked.votes, alike.state.accepted,
                                   window.values(alike.slots), node.options.self);
            node.log.learn(alike, ballot, asked.votes);
        }
        if (!output.events.empty()) [[unlikely]]
            for (Slot slot = slots.first; slot < slots.end; ++slot)
                output.note(EventKind::quorum_accepted, asked.votes,
                            message_of(node, MessageKind::decide, slot, asked.votes.bits()));
        node.log.advance();
        window.finish(slots);
        output.add_quorum(slots);
        node.counters.decided += slots.size();
        if (election.is_first_ballot()) node.counters.decided_first += slots.size();
        decided_under_ballot_ += slots.size();
        if (decided_under_ballot_ >= Limits::window_max) election.succeed();
        variant.announce(*this, chosen, node, output);
    }
    /// Sends a DECIDE of the slots of `chosen`, with their values.
    void send_decided_values(const Chosen& chosen, NodeMask to, Node& node, Out& output) {
        send_with_values<MessageKind::decide>(chosen.slots, to, node, output, [&](Slot slot) {
            return decide_of(chosen, slot, node);
        });
    }
    /// For each of `slots`, which are in the window, sends `make(slot)` with the slot's value.
    template <MessageKind kind, class Make>
    void send_with_values(SlotRange slots, NodeMask to, Node& node, Out& output, Make&& make) {
        while (!slots.empty()) {
            const SlotRange part = window.contiguous(slots);
            node.template send_with_values<kind>(output, to, part, window.values(part), make);
            slots.first = part.end;
        }
    }
    /// Sends the DECIDE to nodes that were asked to accept. A DECIDE of several slots has no values
    /// here: most of these nodes have accepted the values, and the others request them (S18).
    void send_chosen(const Chosen& chosen, NodeMask to, Node& node, Out& output) {
        node.template send_run<MessageKind::decide>(
            output, to, chosen.slots, [&](Slot slot) { return decide_of(chosen, slot, node); });
    }
    [[nodiscard]] Message decide_of(const Chosen& chosen, Slot slot, const Node& node) const {
        return message_of(node, MessageKind::decide, slot, chosen.state.votes.bits());
    }
    /// What this proposer has asked about `slots`: returns a prefix in which all slots share one
    /// state, and that state. If `answer` is for another ballot, returns all of `slots` with an
    /// empty state, so that the answer does not count (S09).
    [[nodiscard]] typename Window<Limits>::Piece asked_by(const Message& answer,
                                                          SlotRange slots) const {
        if (!is_for_this_ballot(answer)) return {slots, Asked{}};
        return window.piece(slots);
    }
    [[nodiscard]] bool is_for_this_ballot(const Message& answer) const {
        return answer.ballot == election.ballot() && election.is_active();
    }
    /// Counts a run of ACCEPTEDs. S13: an answer counts only for the ballot it names.
    void on_accepted(const Run& run, Node& node, Out& output) {
        const Message& accepted = *run.message;
        for (SlotRange rest = run.slots; !rest.empty();) {
            auto asked = asked_by(accepted, rest);
            rest.first = asked.slots.end;
            if (asked.state.phase != ProposerPhase::accept) {
                node.ignore_late(output, run, asked.slots);
                continue;
            }
            if (!has_the_value(run, asked.slots, node, output)) continue;
            asked.state.votes.add(accepted.from);
            if (!is_chosen(asked.state.votes, node)) {
                window.set(asked.slots, asked.state);
                continue;
            }
            sample_round_trip(asked.state, node.now_us);
            decide(asked, node, output);
        }
    }
    /// Whether `accepted` has the values that this proposer asked to accept in `slots`. A different
    /// value violates S11. It came over the network, so it is reported, not asserted. The acceptors
    /// compare values in any case, so here they are compared only if costly checks are on and
    /// `accepted` carries values.
    [[nodiscard]] bool has_the_value(const Run& accepted, SlotRange slots, Node& node,
                                     Out& output) const {
        if (!verifies || accepted.message->value_count() == 0) return true;
        for (Slot slot = slots.first; slot < slots.end; ++slot) {
            if (window.value_of(slot) == accepted.value_of(slot)) continue;
            Learner<Limits>::violate(output, ViolationKind::two_values_at_a_ballot,
                                     accepted.at(slot), node.log.at(slot));
            return false;
        }
        return true;
    }
    /// Takes a round-trip sample from the answer that completed a quorum. Karn's algorithm (RFC
    /// 6298): a retransmitted request gives no sample.
    void sample_round_trip(const Asked& asked, std::uint32_t now_us) {
        if (asked.resent == 0 && !asked.fast_retransmitted)
            round_trip.sample(now_us - asked.sent_us);
    }

    /// Retransmits requests that are overdue or overtaken (retransmitter.h).
    void retransmit(Node& node, Out& output) {
        const auto send_again = [&](SlotRange slots, NodeMask missing) {
            const std::size_t requests = missing.count() * slots.size();
            node.counters.resent += requests;
            // Congestion also causes timeouts, so only overtaken requests count as lost.
            if (window.at(slots.first).fast_retransmitted) node.losses.note_again(requests);
            if (window.at(slots.first).phase == ProposerPhase::prepare)
                send_prepare(slots, missing, node, output);
            else
                send_accept(slots, missing, node, output);
        };
        retransmitter.scan(window, round_trip, node.others, node.log.learned(), node.now, targets,
                           send_again);
    }

    /// Asserts invariant 1, and that the window begins at or above log.learned() and ends in the
    /// log's ring. Called at the end of a step.
    void check(const Node& node) const {
        election.check();
        window.check();
        targets.check();
        variant.check(*this);
        PAXOS_ASSERT(election.is_active() || window.empty());
        PAXOS_ASSERT(window.empty() ||
                     (window.first() >= node.log.learned() && window.next() <= node.log.end()));
    }

    Election election;
    Window<Limits> window;
    Targets targets;
    RoundTrip round_trip;
    Retransmitter<Limits> retransmitter;
    Variant<Limits> variant;

private:
    std::uint64_t decided_under_ballot_ = 0;
    Slot offered_from_ = 0;       // In this step there are values for slots from this one on.
    Sequence counted_up_to_ = 0;  // Own votes with records up to this number are counted.
};

}  // namespace paxos
