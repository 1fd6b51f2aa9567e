// What a node's own proposer does whatever the variant: begins under a ballot, asks to accept,
// counts votes, decides, asks again, gives way. Its window and campaign stand in the replica: what
// others say changes them, too. A variant derives from this and adds how slots get their value: see
// classic.h and multi.h.
#pragma once

#include "paxos/plants.h"
#include "paxos/replica.h"

namespace paxos {

template <class Limits, PromiseScope scope>
class Proposer : public Replica<Limits, scope> {
protected:
    using Base = Replica<Limits, scope>;
    using typename Base::Out;
    friend Base;  // Which calls on_nack.
    using Base::Base;

    [[gnu::noinline]] void on_nack(const Message& nack, Out& output) {
        if (!campaign_.is_active() || nack.ballot != campaign_.ballot() ||
            mutant == Mutant::S17_deposed_leader_goes_on)
            return ignore_late(output, nack);  // S09
        give_way(nack.promised(), output);
    }

    /// Somebody has a higher ballot: the whole window is given up (S17: and with it every answer
    /// still on its way).
    void give_way(Ballot to, Out& output) {
        if (campaign_.is_active())
            output.note_at(EventKind::preempted, window_.first(), campaign_.ballot(), to);
        if constexpr (mutant == Mutant::S05_being_preempted_resets_promises)
            acceptor_.forget_promises(log_);
        campaign_.preempt(to, now_, counters_);
        window_.restart(log_.learned());
    }

    /// Begins proposing under a new ballot, if it is time to; returns true if it did. A proposer
    /// that has lost its majority stops first: it can decide nothing and would only keep others
    /// from taking over.
    bool begin_campaign(Out& output) {
        if (campaign_.is_active()) {
            if (!peers_.has_majority() && mutant != Mutant::S42_cut_off_leader_stays)
                lose_majority(output);
            return false;
        }
        const Campaign::Begun begun = campaign_.try_begin(peers_, log_.learned(), now_, counters_);
        if (begun == Campaign::Begun::no) return false;
        window_.restart(log_.learned());
        decided_under_ballot_ = 0;
        output.note_at(
            begun == Campaign::Begun::took_over ? EventKind::took_over : EventKind::resumed,
            window_.first(), campaign_.ballot());
        return true;
    }
    [[gnu::noinline]] void lose_majority(Out& output) {
        output.note_at(EventKind::lost_majority, window_.first(), campaign_.ballot());
        campaign_.lose_majority(now_);
        window_.restart(log_.learned());
    }
    /// The end of the slots that may be opened in this step: bounded by the caller's limit and by
    /// the ring of every peer that the proposer waits for (S42: the wait for a peer that learns
    /// nothing is bounded).
    [[nodiscard]] Slot open_end(const Proposals& proposals) {
        const Slot end = std::min({proposals.end, log_.end(), limits::slot_max});
        const Slot slowest = std::min(peers_.learned_min(), limits::slot_max) + Limits::ring_slots;
        if (window_.next() < slowest || window_.next() >= end) {
            peers_.have_room(
                window_.next() - std::min<Slot>(window_.next(), Limits::ring_slots / 2), now_);
            return std::min(end, slowest);
        }
        peers_.wait_for(window_.next() + 1 - Limits::ring_slots, now_);
        return slowest;
    }

    /// Phase 2(a): "If the proposer receives a response to its prepare requests from a majority of
    /// acceptors, then it sends an accept request to each of those acceptors for a proposal
    /// numbered n with a value v". To all targets here: who has not promised may accept as well
    /// (S03). False if this node's own acceptor refuses.
    [[nodiscard]] bool ask_to_accept(ProposerSlot& asked, Out& output) {
        asked.begin(ProposerPhase::accept, now_us_);
        asked.team = targets_.ask();
        if (mutant == Mutant::S22_a_value_is_invented && asked.reported.is_none())
            ++asked.value.words[0];
        LogSlot* place = nullptr;
        switch (accept_own(asked, place)) {
            case Answer::yes: asked.votes.add(options_.self); break;  // S14: a vote like any other.
            case Answer::refused: give_way(acceptor_.promised(*place), output); return false;
            case Answer::decided: window_.finish(asked.slot); return true;
            case Answer::outside:
            case Answer::two_values: PAXOS_UNREACHABLE("an own slot has its place and one value");
        }
        if constexpr (plants::forged_quorum) {
            asked.votes = asked.votes | NodeMask::first(quorum_.size());
            return true;
        }
        say(output, targets_.get(), [&] { return message_of(MessageKind::accept, asked); });
        return true;
    }
    /// Whether the votes counted in `asked` are a quorum, so that its value is chosen.
    [[nodiscard]] bool is_chosen(const ProposerSlot& asked) const {
        return quorum_.is_met(asked.votes) || plants::minority;
    }
    [[nodiscard]] Answer accept_own(const ProposerSlot& asked, LogSlot*& place) {
        if constexpr (mutant == Mutant::S14_own_vote_is_not_recorded) return Answer::yes;
        const Answer own = acceptor_.accept(log_, asked.slot, campaign_.ballot(), asked.value,
                                            place);
        if (own == Answer::refused && (mutant == Mutant::S14_own_vote_counts_though_refused ||
                                       mutant == Mutant::S17_deposed_leader_goes_on))
            return Answer::yes;
        return own;
    }
    /// What this node's proposer says of a slot and its value: an ACCEPT or a DECIDE.
    [[nodiscard]] Message message_of(MessageKind kind, const ProposerSlot& asked,
                                     std::uint64_t detail = 0) const {
        return {.kind = kind,
                .from = options_.self,
                .slot_count = 1,
                .slot = asked.slot,
                .ballot = campaign_.ballot(),
                .detail = detail,
                .value = asked.value};
    }
    /// "... has been chosen": the quorum `by` has accepted a proposal in each slot of `chosen`, in
    /// flight until now.
    void decide(SlotRange chosen, NodeMask by, Out& output) {
        PAXOS_ASSERT(quorum_.is_met(by) || plants::minority);  // S13: one mask, one ballot.
        const Ballot ballot = campaign_.ballot();
        for (Slot slot = chosen.first; slot < chosen.end; ++slot) {
            LogSlot* place = log_.open(slot);
            PAXOS_ASSERT(place);
            const ProposerSlot& asked = window_.at(slot);
            log_.learn(*place, ballot, by, asked.value);
            if (!output.events.empty()) [[unlikely]]
                output.note(EventKind::majority_accepted, by,
                            message_of(MessageKind::decide, asked, by.bits()));
        }
        log_.advance();
        window_.finish(chosen.first, chosen.end);
        output.add_quorum(chosen);
        counters_.decided += chosen.size();
        if (campaign_.is_first_ballot()) counters_.decided_first += chosen.size();
        decided_under_ballot_ += chosen.size();
        if (decided_under_ballot_ >= Limits::window_max) campaign_.succeed();
    }
    /// Says that the slots of `chosen` are decided, each with its value.
    void tell(SlotRange chosen, NodeMask by, NodeMask to, Out& output) {
        if (to.empty()) return;
        for (Slot slot = chosen.first; slot < chosen.end; ++slot)
            say(output, to,
                [&] { return message_of(MessageKind::decide, window_.at(slot), by.bits()); });
    }
    /// The slot in flight that `answer` is for: of this ballot and of this phase, or null (S09).
    [[nodiscard]] ProposerSlot* asked_by(const Message& answer, ProposerPhase phase) {
        return is_for_this_ballot(answer) ? window_.find(answer.slot, phase) : nullptr;
    }
    [[nodiscard]] bool is_for_this_ballot(const Message& answer) const {
        return is_of_this_ballot(answer) && campaign_.is_active();
    }
    [[nodiscard]] bool is_of_this_ballot(const Message& answer) const {
        if (mutant == Mutant::S09_promise_of_another_ballot_counts &&
            answer.kind == MessageKind::promise)
            return true;
        if (mutant == Mutant::S13_accepted_of_another_ballot_counts &&
            answer.kind == MessageKind::accepted)
            return true;
        return answer.ballot == campaign_.ballot();
    }
    /// Counts a run of ACCEPTEDs. Calls `decided(slots, by)` for slots that the quorum `by` has
    /// accepted now: neighbours in flight, all asked of one team.
    template <class Decided>
    void count(std::span<const Message> run, Out& output, Decided&& decided) {
        SlotRange chosen;
        NodeMask by;
        Targets::Team team{};
        const auto decide_chosen = [&] {
            if (chosen.size() != 0) decided(chosen, by);
            chosen = SlotRange{};
        };
        const bool is_awaited = is_for_this_ballot(run.front());
        for (const Message& accepted : run) {
            if (accepted.slot != chosen.end)
                decide_chosen();  // Or its slot might still be found in flight.
            ProposerSlot* asked = is_awaited ? window_.find(accepted.slot, ProposerPhase::accept)
                                             : nullptr;
            if (!asked) {
                ignore_late(output, accepted);
                continue;
            }
            if (!is_chosen_by(accepted, *asked, output)) continue;
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
    /// Counts the vote in `accepted`: has a quorum accepted now? Another value than was asked for
    /// (S11) has come from outside, so it is no assert's; the acceptor looks, too, so it is a
    /// costly truth.
    [[nodiscard]] bool is_chosen_by(const Message& accepted, ProposerSlot& asked, Out& output) {
        if (verifies && asked.value != accepted.value) {
            Learner<Limits>::violate(output, ViolationKind::two_values_at_a_ballot, accepted,
                                     log_.find(accepted.slot));
            return false;
        }
        asked.votes.add(accepted.from);
        if (!is_chosen(asked)) return false;
        sample_round_trip(asked);
        return true;
    }
    /// An answer has completed a quorum: how long did it take? Only of what was asked once, or it
    /// means nothing.
    void sample_round_trip(const ProposerSlot& asked) {
        if (asked.resent == 0 && !asked.hurried) round_trip_.sample(now_us_ - asked.sent_us);
    }

    /// Says again what is missing. `request_of` gives a slot's request.
    template <class RequestOf>
    void resend_overdue(Out& output, RequestOf&& request_of) {
        const auto say_again = [&](const ProposerSlot& asked, NodeMask missing) {
            counters_.resent += missing.count();
            say(output, missing, [&] {
                Message request = request_of(asked);
                if (mutant == Mutant::S11_retry_sends_another_value &&
                    request.kind == MessageKind::accept)
                    ++request.value.words[0];
                return request;
            });
        };
        this->resend_.look(window_, round_trip_, this->others_, log_.learned(), now_, targets_,
                           say_again);
    }

    using Base::acceptor_;
    using Base::campaign_;
    using Base::counters_;
    using Base::ignore_late;
    using Base::log_;
    using Base::now_;
    using Base::now_us_;
    using Base::options_;
    using Base::peers_;
    using Base::quorum_;
    using Base::round_trip_;
    using Base::say;
    using Base::targets_;
    using Base::window_;

private:
    std::uint64_t decided_under_ballot_ = 0;
};

}  // namespace paxos
