// What a node's own proposer does in every variant: begins under a ballot, asks acceptors to
// accept, counts votes, decides, retransmits, and gives up when it is preempted. How a slot gets
// its value is the variant's: see classic.h.
//
// Invariants
// 1. Nothing is in flight unless the proposer is active (S17).
// 2. A slot is decided only by a quorum of distinct acceptors that accepted its one value under the
//    current ballot (S08, S11, S13).
#pragma once

#include "paxos/election.h"
#include "paxos/retransmitter.h"
#include "paxos/shared.h"
#include "paxos/targets.h"
#include "paxos/window.h"

namespace paxos {

template <class Limits, template <class> class Variant>
class Proposer {
public:
    using Node = Shared<Limits, Variant<Limits>::scope>;
    using Out = Output<Limits>;

    explicit Proposer(const Options& options)
        : election(options, Variant<Limits>::duels),
          targets(options),
          round_trip(options.timing),
          variant(options) {}

    /// The proposer's part of a step, after the arrivals: begins if it is time to, opens slots,
    /// retransmits.
    void step(Node& node, const Proposals& proposals, Out& output) {
        variant.flush(node, output);
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

    [[gnu::noinline]] void on_nack(const Message& nack, Node& node, Out& output) {
        if (!is_for_this_ballot(nack)) return node.ignore_late(output, nack);  // S09
        give_way(node, nack.promised(), output);
    }

    /// Another node has a higher ballot: abandons the whole window, and with it every answer in
    /// flight (S17).
    void give_way(Node& node, Ballot to, Out& output) {
        if (election.is_active())
            output.note_at(EventKind::preempted, window.first(), election.ballot(), to);
        election.preempt(to, node.now, node.counters);
        window.restart(node.log.learned());
    }

    /// Begins proposing under a new ballot, if it is time to; returns true if it did. A proposer
    /// that has lost its majority stops first: it can decide nothing and would only keep others
    /// from taking over.
    [[nodiscard]] bool try_begin(Node& node, Out& output) {
        if (election.is_active()) {
            if (!node.peers.has_majority()) lose_majority(node, output);  // S42
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
    [[gnu::noinline]] void lose_majority(Node& node, Out& output) {
        output.note_at(EventKind::lost_majority, window.first(), election.ballot());
        election.lose_majority(node.now);
        window.restart(node.log.learned());
    }
    /// The end of the slots that may be opened in this step: bounded by the caller's limit and by
    /// the ring of every peer that the proposer waits for (S42: the wait for a peer that learns
    /// nothing is bounded).
    [[nodiscard]] Slot update_open_end(Node& node, const Proposals& proposals) {
        const Slot end = std::min({proposals.end, node.log.end(), limits::slot_max});
        const Slot slowest = std::min(node.peers.learned_min(), limits::slot_max) +
                             Limits::ring_slots;
        if (window.next() < slowest || window.next() >= end) {
            node.peers.stop_waiting(
                window.next() - std::min<Slot>(window.next(), Limits::ring_slots / 2), node.now);
            return std::min(end, slowest);
        }
        node.peers.wait_for(window.next() + 1 - Limits::ring_slots, node.now);
        return slowest;
    }

    /// Opens as many slots as may be opened. A lone node decides as it opens; the window then
    /// bounds the step.
    void propose(Node& node, const Proposals& proposals, Out& output) {
        const Slot end = update_open_end(node, proposals);
        std::size_t left = proposals.window;
        for (; left > 0 && window.next() < end && window.has_room(proposals.window); --left) {
            const Slot slot = window.next();
            output.proposed.end = slot + 1;
            if (node.log.has_learned(slot)) {
                window.pass();
                continue;
            }
            ProposerSlot& asked = window.open(ProposerPhase::prepare, node.now_us,
                                              proposals.of(slot));
            if (!variant.open(*this, asked, node, output)) break;
        }
    }
    /// Phase 2(a): "If the proposer receives a response to its prepare requests from a majority of
    /// acceptors, then it sends an accept request to each of those acceptors for a proposal
    /// numbered n with a value v". Here to all targets: an acceptor that has not promised may
    /// accept as well (S03). False if this node's own acceptor refuses.
    [[nodiscard]] bool ask_to_accept(ProposerSlot& asked, Node& node, Out& output) {
        asked.begin(ProposerPhase::accept, node.now_us);
        asked.team = targets.ask();
        const Answered own = node.acceptor.accept(node.log, asked.slot, election.ballot(),
                                                  asked.value);
        switch (own.answer) {
            case Answer::yes:
                asked.votes.add(node.options.self);
                break;  // S14: a vote like any other.
            case Answer::refused:
                give_way(node, node.acceptor.promised(*own.place), output);
                return false;
            case Answer::decided: window.finish(asked.slot); return true;
            case Answer::outside:
            case Answer::two_values: PAXOS_UNREACHABLE("an own slot has its place and one value");
        }
        node.template send<MessageKind::accept>(
            output, targets.get(), [&] { return message_of(node, MessageKind::accept, asked); });
        return true;
    }
    /// Asks to accept; a lone node decides at once. False: this proposer was preempted.
    bool begin_accept(ProposerSlot& asked, Node& node, Out& output) {
        const Slot slot = asked.slot;
        if (!ask_to_accept(asked, node, output)) return false;
        if (asked.phase == ProposerPhase::accept && is_chosen(asked, node))
            decide({slot, slot + 1}, asked.votes, node, output);
        return true;
    }
    /// Whether the votes counted in `asked` are a quorum, so that its value is chosen.
    [[nodiscard]] bool is_chosen(const ProposerSlot& asked, const Node& node) const {
        return node.quorums.accept.is_met(asked.votes);
    }
    /// An ACCEPT or a DECIDE of a slot and its value.
    [[nodiscard]] Message message_of(const Node& node, MessageKind kind, const ProposerSlot& asked,
                                     std::uint64_t detail = 0) const {
        return {.kind = kind,
                .from = node.options.self,
                .slot_count = 1,
                .slot = asked.slot,
                .ballot = election.ballot(),
                .detail = detail,
                .value = asked.value};
    }
    /// "... has been chosen": the quorum `by` has accepted a proposal in each slot of `chosen`, in
    /// flight until now.
    void decide(SlotRange chosen, NodeMask by, Node& node, Out& output) {
        PAXOS_ASSERT(node.quorums.accept.is_met(by));  // S13: one mask, one ballot.
        const Ballot ballot = election.ballot();
        for (Slot slot = chosen.first; slot < chosen.end; ++slot) {
            LogSlot* place = node.log.open(slot);
            PAXOS_ASSERT(place);
            const ProposerSlot& asked = window.at(slot);
            node.log.learn(*place, ballot, by, asked.value);
            if (!output.events.empty()) [[unlikely]]
                output.note(EventKind::majority_accepted, by,
                            message_of(node, MessageKind::decide, asked, by.bits()));
        }
        node.log.advance();
        window.finish(chosen.first, chosen.end);
        output.add_quorum(chosen);
        node.counters.decided += chosen.size();
        if (election.is_first_ballot()) node.counters.decided_first += chosen.size();
        decided_under_ballot_ += chosen.size();
        if (decided_under_ballot_ >= Limits::window_max) election.succeed();
        variant.announce(*this, chosen, by, node, output);
    }
    /// Sends one DECIDE with its value for each slot of `chosen`.
    void send_decisions(SlotRange chosen, NodeMask by, NodeMask to, Node& node, Out& output) {
        if (to.empty()) return;
        for (Slot slot = chosen.first; slot < chosen.end; ++slot)
            node.template send<MessageKind::decide>(output, to, [&] {
                return message_of(node, MessageKind::decide, window.at(slot), by.bits());
            });
    }
    /// The slot in flight that `answer` is for: of this ballot and of this phase, or null (S09).
    [[nodiscard]] ProposerSlot* asked_by(const Message& answer, ProposerPhase phase) {
        return is_for_this_ballot(answer) ? window.find(answer.slot, phase) : nullptr;
    }
    [[nodiscard]] bool is_for_this_ballot(const Message& answer) const {
        return answer.ballot == election.ballot() && election.is_active();
    }
    /// Counts a run of ACCEPTEDs. Neighbours in flight that one quorum has accepted now, all asked
    /// of one team, are decided together. S13: an answer counts only for the ballot it names.
    void on_accepted(std::span<const Message> run, Node& node, Out& output) {
        SlotRange chosen;
        NodeMask by;
        Targets::Team team{};
        const auto decide_chosen = [&] {
            if (chosen.size() != 0) decide(chosen, by, node, output);
            chosen = SlotRange{};
        };
        const bool is_awaited = is_for_this_ballot(run.front());
        for (const Message& accepted : run) {
            if (accepted.slot != chosen.end)
                decide_chosen();  // Or its slot might still be found in flight.
            ProposerSlot* asked = is_awaited ? window.find(accepted.slot, ProposerPhase::accept)
                                             : nullptr;
            if (!asked) {
                node.ignore_late(output, accepted);
                continue;
            }
            if (!count_vote(accepted, *asked, node, output)) continue;
            if (asked->votes != by || asked->team != team) decide_chosen();
            if (chosen.size() == 0) {
                chosen.first = asked->slot;
                by = asked->votes;
                team = asked->team;
            }
            chosen.end = asked->slot + 1;
        }
        decide_chosen();
    }
    /// Counts the vote in `accepted`. True: a quorum has accepted now. Another value than was asked
    /// for (S11) comes from outside, so it is reported, not asserted; the acceptor checks it too,
    /// so it is checked here only where costly checks are on.
    [[nodiscard]] bool count_vote(const Message& accepted, ProposerSlot& asked, Node& node,
                                  Out& output) {
        if (verifies && asked.value != accepted.value) {
            Learner<Limits>::violate(output, ViolationKind::two_values_at_a_ballot, accepted,
                                     node.log.find(accepted.slot));
            return false;
        }
        asked.votes.add(accepted.from);
        if (!is_chosen(asked, node)) return false;
        sample_round_trip(asked, node.now_us);
        return true;
    }
    /// An answer has completed a quorum: takes a round-trip sample. Karn's algorithm (RFC 6298): a
    /// retransmitted request gives no sample.
    void sample_round_trip(const ProposerSlot& asked, std::uint32_t now_us) {
        if (asked.resent == 0 && !asked.fast_retransmitted)
            round_trip.sample(now_us - asked.sent_us);
    }

    /// Retransmits requests that are overdue or overtaken.
    void retransmit(Node& node, Out& output) {
        const auto send_again = [&](const ProposerSlot& asked, NodeMask missing) {
            node.counters.resent += missing.count();
            const auto request_again = [&] { return variant.request_of(*this, asked, node); };
            if (asked.phase == ProposerPhase::prepare)
                node.template send<MessageKind::prepare>(output, missing, request_again);
            else
                node.template send<MessageKind::accept>(output, missing, request_again);
        };
        retransmitter.scan(window, round_trip, node.others, node.log.learned(), node.now, targets,
                           send_again);
    }

    /// Asserts invariant 1, and that slots in flight are neither learned nor outside the ring.
    /// Called at the end of a step.
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
};

}  // namespace paxos
