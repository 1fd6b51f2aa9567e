// `classic`, slot by slot. The sentences are those of "Paxos Made Simple" (Lamport, 2001).
#include "paxos/classic.h"

namespace paxos {

template <class Limits>
Classic<Limits>::Classic(const Options& options) : Base(options, true) {}

template <class Limits>
void Classic<Limits>::step(const Input& input, Output<Limits>& output) {
    this->begin_step(input, output);
    this->take(*this, input.arrivals, output);
    this->begin_campaign(output);
    propose(input.proposals, output);
    this->resend_overdue(output, [this](const ProposerSlot& asked) {
        return asked.phase == ProposerPhase::prepare ? prepare_of(asked)
                                                     : this->message_of(MessageKind::accept, asked);
    });
    this->end_step(output);
}

// Phase 1(b): the acceptor "responds to the request with a promise not to accept any more proposals
// numbered less than n and with the highest-numbered proposal (if any) that it has accepted."
template <class Limits>
void Classic<Limits>::on_prepare(std::span<const Message> run, Out& output) {
    const Ballot ballot = run.front().ballot;
    bool has_voted = false;
    for (const Message& prepare : run) {
        if (prepare.slot_count != 1) {
            this->ignore_outside(output, prepare);
            continue;
        }
        LogSlot* place = nullptr;
        switch (this->acceptor_.prepare(this->log_, prepare.slot, ballot, place)) {
            case Answer::yes: break;
            case Answer::refused: this->refuse(output, prepare, place->promised); continue;
            case Answer::decided:
                this->say_decided(output, NodeMask::of(prepare.from), *place);
                continue;
            case Answer::outside:
            case Answer::two_values: this->ignore_outside(output, prepare); continue;
        }
        has_voted = true;
        this->say(output, NodeMask::of(prepare.from), [&] {
            Message promise = yes_to(prepare, MessageKind::promise, this->options_.self);
            if (!place->accepted.is_none()) [[unlikely]] {  // Else the PREPARE's own zeros say so.
                promise.detail = place->accepted.bits();
                promise.value = place->value;
            }
            return promise;
        });
    }
    if (has_voted) this->campaign_.vote_for(ballot, this->peers_, this->now_);
}

// Phase 2(a): "... with a value v, where v is the value of the highest-numbered proposal among the
// responses, or is any value if the responses reported no proposals." S10, in every order of
// arrival.
template <class Limits>
void Classic<Limits>::on_promise(std::span<const Message> run, Out& output) {
    for (const Message& promise : run) {
        ProposerSlot* asked = this->asked_by(promise, ProposerPhase::prepare);
        if (mutant == Mutant::S09_promise_counts_as_accepted && !asked) {
            on_accepted({&promise, 1}, output);
            continue;
        }
        if (mutant == Mutant::S11_late_promise_changes_the_value && !asked) {
            asked = this->asked_by(promise, ProposerPhase::accept);
            if (asked && !promise.accepted().is_none()) asked->value = promise.value;
            continue;
        }
        if (!asked || promise.slot_count != 1) {
            this->ignore_late(output, promise);
            continue;
        }
        asked->votes.add(promise.from);
        if (outranks(promise.accepted(), asked->reported)) {
            asked->reported = promise.accepted();
            asked->value = promise.value;
        }
        if (this->quorum_.is_met(asked->votes)) promised_by_majority(*asked, output);
    }
}

template <class Limits>
void Classic<Limits>::promised_by_majority(ProposerSlot& asked, Out& output) {
    this->sample_round_trip(asked);
    if (!output.events.empty())
        output.note(EventKind::majority_promised, asked.votes,
                    this->message_of(MessageKind::accept, asked, asked.reported.bits()));
    if (!this->ask_to_accept(asked, output)) return;
    if (asked.phase == ProposerPhase::accept && this->is_chosen(asked))
        decide_and_tell({asked.slot, asked.slot + 1}, asked.votes, output);
}

// S13: an answer counts only for the ballot it names; count() compares it.
template <class Limits>
void Classic<Limits>::on_accepted(std::span<const Message> run, Out& output) {
    this->count(run, output,
                [&](SlotRange chosen, NodeMask by) { decide_and_tell(chosen, by, output); });
}

// To those who are asked in one message, to the others in another: what goes to the first rides
// with the next requests.
template <class Limits>
void Classic<Limits>::decide_and_tell(SlotRange chosen, NodeMask by, Out& output) {
    this->decide(chosen, by, output);
    const NodeMask asked = this->targets_.get();
    this->tell(chosen, by, asked, output);
    this->tell(chosen, by, this->others_ - asked, output);
}

template <class Limits>
Message Classic<Limits>::prepare_of(const ProposerSlot& asked) const {
    return {.kind = MessageKind::prepare,
            .from = this->options_.self,
            .slot_count = 1,
            .slot = asked.slot,
            .ballot = this->campaign_.ballot(),
            .detail = 0,
            .value = {}};
}

// Phase 1(a): "A proposer selects a proposal number n and sends a prepare request with number n to
// a majority of acceptors." To all of them unless thrifty; the proposer's own acceptor is one of
// them (S14).
template <class Limits>
void Classic<Limits>::propose(const Proposals& proposals, Out& output) {
    if (!this->campaign_.is_active()) return;
    output.proposed = {this->window_.next(), this->window_.next()};
    const Slot end = this->open_end(proposals);
    // A lone node decides as it opens: the window then bounds the step.
    std::size_t left = proposals.window;
    for (; left > 0 && this->window_.next() < end && this->window_.has_room(proposals.window);
         --left) {
        const Slot slot = this->window_.next();
        output.proposed.end = slot + 1;
        if (this->log_.has_learned(slot)) {
            this->window_.pass();
            continue;
        }
        ProposerSlot& asked = this->window_.open(ProposerPhase::prepare, this->now_us_,
                                                 proposals.of(slot));
        LogSlot* place = nullptr;
        const Answer own = this->acceptor_.prepare(this->log_, slot, this->campaign_.ballot(),
                                                   place);
        if (own == Answer::refused) {
            this->give_way(place->promised, output);
            break;
        }
        PAXOS_ASSERT(own == Answer::yes);
        asked.votes.add(this->options_.self);
        if (!place->accepted.is_none() && mutant != Mutant::S10_own_report_is_forgotten) {
            asked.reported = place->accepted;
            asked.value = place->value;
        }
        asked.team = this->targets_.ask();
        this->say(output, this->targets_.get(), [&] { return prepare_of(asked); });
        if (this->quorum_.is_met(asked.votes)) promised_by_majority(asked, output);
    }
}

// A mutant goes on trial in tiny worlds alone; these take as long again to compile.
#ifndef PAXOS_MUTANT
template class Classic<limits::Standard>;
template class Classic<limits::Small>;
#endif
template class Classic<limits::Tiny>;
template class Classic<limits::Pair>;

}  // namespace paxos
