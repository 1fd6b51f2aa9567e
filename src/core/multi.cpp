// `multi`: one phase 1 for the log, then phase 2 a slot ("Paxos Made Simple", section 3).
#include "paxos/multi.h"

namespace paxos {

namespace {
constexpr Slot not_known = ~Slot{0};
}

template <class Limits>
Multi<Limits>::Multi(const Options& options) : Base(options, false) {}

template <class Limits>
void Multi<Limits>::step(const Input& input, Output<Limits>& output) {
    this->begin_step(input, output);
    this->take(*this, input.arrivals, output);
    tell_decided(output);
    if (this->campaign_.is_active() &&
        this->acceptor_.promised_for_log() > this->campaign_.ballot() &&
        mutant != Mutant::S17_deposed_leader_goes_on)
        this->give_way(this->acceptor_.promised_for_log(), output);  // S17
    if (this->begin_campaign(output)) begin_phase_1(output);
    if (this->campaign_.is_active()) {
        output.proposed = {this->window_.next(), this->window_.next()};
        if (!leading_) recover(output);
        if (leading_) propose(input.proposals, output);
        this->resend_overdue(output, [this](const ProposerSlot& asked) {
            return this->message_of(MessageKind::accept, asked);
        });
        tell_decided(output);
    }
    this->end_step(output);
}

// "A newly chosen leader executes phase 1 for infinitely many instances ... using a single proposal
// number for all instances". A repeat is answered again, with what is accepted now (S01).
template <class Limits>
void Multi<Limits>::on_prepare(std::span<const Message> run, Out& output) {
    for (const Message& prepare : run) {
        if (prepare.slot_count != 0) {
            this->ignore_outside(output, prepare);
        } else if (!this->acceptor_.prepare_log(prepare.ballot)) {
            this->refuse(output, prepare, this->acceptor_.promised_for_log());
        } else {
            this->campaign_.vote_for(prepare.ballot, this->peers_, this->now_);
            report(prepare, output);
        }
    }
}

// "... an acceptor can respond for all of them with a single reasonably short message": one PROMISE
// a slot up to the highest accepted, empties included, then one that speaks for all the rest. What
// does not fit into this step is left out, the last one with it; the candidate asks again from
// where it stands.
template <class Limits>
void Multi<Limits>::report(const Message& prepare, Out& output) {
    const NodeMask asker = NodeMask::of(prepare.from);
    const Slot end = this->acceptor_.accepted_end();
    Message promise{.kind = MessageKind::promise,
                    .from = this->options_.self,
                    .slot_count = 1,
                    .slot = 0,
                    .ballot = prepare.ballot,
                    .detail = 0,
                    .value = {}};
    for (Slot slot = std::max(prepare.slot, this->log_.retained_from()); slot < end; ++slot) {
        if (!this->take_answer()) return;
        const LogSlot* place = this->log_.find(slot);
        if (mutant == Mutant::S16_learned_is_reported_as_empty && place && place->is_learned())
            place = nullptr;
        if (place && place->is_learned()) {
            this->say(output, asker,
                      [&] { return Learner<Limits>::decide_of(*place, this->options_.self); });
            continue;
        }
        promise.slot = slot;
        promise.detail = place ? place->accepted.bits() : 0;
        promise.value = place ? place->value : Value{};
        this->say(output, asker, [&] { return promise; });
    }
    promise.slot = std::max(prepare.slot, end);
    if constexpr (mutant == Mutant::S16_rest_covers_what_was_accepted) promise.slot = prepare.slot;
    promise.slot_count = 0;
    promise.detail = 0;
    promise.value = {};
    this->say(output, asker, [&] { return promise; });
}

template <class Limits>
void Multi<Limits>::on_promise(std::span<const Message> run, Out& output) {
    for (const Message& promise : run) take_promise(promise, output);
}

template <class Limits>
void Multi<Limits>::take_promise(const Message& promise, Out& output) {
    const bool waited_for = this->campaign_.is_active() && !leading_ &&
                            this->is_of_this_ballot(promise);
    if (!waited_for) return this->ignore_late(output, promise);  // S09
    if (promise.slot_count == 0) {
        Slot& silent = silent_from_[promise.from];
        silent = std::min(silent, promise.slot);
        return;
    }
    if (promise.slot < this->window_.next()) return this->ignore_late(output, promise);
    if (promise.slot >= this->window_.first() + Limits::window_max)
        return this->ignore_outside(output, promise);
    Report& known = report_of(promise.slot);
    if (known.slot != promise.slot) known = Report{promise.slot, {}, {}, {}};
    known.votes.add(promise.from);
    if (outranks(promise.accepted(), known.accepted)) {
        known.accepted = promise.accepted();
        known.value = promise.value;
    }
}

template <class Limits>
void Multi<Limits>::begin_phase_1(Out& output) {
    leading_ = false;
    silent_from_.fill(not_known);
    for (Report& known : reports_) known.slot = not_known;
    if (!this->acceptor_.prepare_log(this->campaign_.ballot()))
        return this->give_way(this->acceptor_.promised_for_log(), output);
    silent_from_[this->options_.self] = std::max(this->acceptor_.accepted_end(),
                                                 this->log_.learned());
    prepare_again(output);
}

template <class Limits>
void Multi<Limits>::prepare_again(Out& output) {
    prepared_at_ = this->now_;
    this->say(output, this->others_, [&] {
        return Message{.kind = MessageKind::prepare,
                       .from = this->options_.self,
                       .slot_count = 0,
                       .slot = this->window_.next(),
                       .ballot = this->campaign_.ballot(),
                       .detail = 0,
                       .value = {}};
    });
}

/// Who has promised to have accepted nothing in `slot` and above.
template <class Limits>
NodeMask Multi<Limits>::silent_from(Slot slot) const {
    NodeMask silent;
    for (NodeId node = 0; node < this->options_.nodes; ++node)
        if (silent_from_[node] <= slot) silent.add(node);
    return silent;
}

// Phase 1's answers, slot by slot in order. A candidate that a peer's ring has overtaken cannot
// recover what that peer forgot: it steps down (S16).
template <class Limits>
void Multi<Limits>::recover(Out& output) {
    if (this->peers_.has_forgotten(this->log_.learned())) {
        output.note_at(EventKind::stepped_down, this->log_.learned(), this->campaign_.ballot());
        this->campaign_.step_down(this->now_);
        return this->window_.restart(this->log_.learned());
    }
    const Slot before = this->window_.next();
    while (this->campaign_.is_active() && !leading_ && recover_next(output)) {}
    if (leading_ || !this->campaign_.is_active()) return;
    const bool is_waiting = this->now_ < prepared_at_ + this->round_trip_.patience_ns();
    if (this->window_.next() != before || !is_waiting)
        prepare_again(output);  // The next part, or a lost one.
}

/// Takes the next slot into phase 2 if a quorum has spoken for it. False: not yet.
template <class Limits>
bool Multi<Limits>::recover_next(Out& output) {
    const Slot slot = this->window_.next();
    if (slot >= this->window_.first() + Limits::window_max || slot >= this->log_.end())
        return false;
    if (this->log_.has_learned(slot)) {
        this->window_.pass();
        return true;
    }
    Report known = report_of(slot);
    if (known.slot != slot) known = Report{slot, {}, {}, {}};
    const NodeMask silent = silent_from(slot);
    const LogSlot* own = this->log_.find(slot);
    // S14: this node's own acceptor is one of the quorum.
    if (own && outranks(own->accepted, known.accepted) &&
        mutant != Mutant::S10_own_report_is_forgotten) {
        known.accepted = own->accepted;
        known.value = own->value;
    }
    NodeMask spoken = known.votes | silent;
    if constexpr (mutant == Mutant::S16_one_quorum_for_all_slots)
        spoken = spoken | silent_from(not_known - 1);
    spoken.add(this->options_.self);
    if (!this->quorum_.is_met(spoken)) return false;
    if (known.accepted.is_none() && known.votes.empty() &&
        silent_from_[this->options_.self] <= slot) {
        // Nobody of this quorum has accepted anything here or above: the same one speaks for all
        // the rest.
        leading_ = true;
        output.note_at(EventKind::majority_promised, slot, this->campaign_.ballot(), {}, spoken);
        return true;
    }
    if (mutant == Mutant::S16_first_gap_ends_the_log && known.accepted.is_none())
        return leading_ = true;
    if (mutant == Mutant::S16_gap_is_passed_over && known.accepted.is_none()) {
        this->window_.pass();
        return true;
    }
    // "... the leader proposes a special no-op command" where nobody has accepted anything: a gap.
    ProposerSlot& asked = this->window_.open(ProposerPhase::prepare, this->now_us_, known.value);
    asked.reported = known.accepted;
    output.proposed.end = slot + 1;
    if (!output.events.empty())
        output.note(EventKind::majority_promised, spoken,
                    this->message_of(MessageKind::accept, asked, known.accepted.bits()));
    if (!this->ask_to_accept(asked, output)) return false;
    if (asked.phase == ProposerPhase::accept && this->is_chosen(asked))
        decided({slot, slot + 1}, asked.votes, output);
    return true;
}

template <class Limits>
void Multi<Limits>::propose(const Proposals& proposals, Out& output) {
    const Slot end = this->open_end(proposals);
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
        if (!this->ask_to_accept(asked, output)) break;
        if (asked.phase == ProposerPhase::accept && this->is_chosen(asked))
            decided({slot, slot + 1}, asked.votes, output);
    }
}

template <class Limits>
void Multi<Limits>::on_accepted(std::span<const Message> run, Out& output) {
    this->count(run, output, [&](SlotRange chosen, NodeMask by) { decided(chosen, by, output); });
}

/// Neighbours decided by one quorum are told in one DECIDE; who was not asked to accept gets each
/// with its value.
template <class Limits>
void Multi<Limits>::decided(SlotRange chosen, NodeMask by, Out& output) {
    for (Slot slot = chosen.first; slot < chosen.end; ++slot)
        this->counters_.no_ops += this->window_.at(slot).value.is_no_op();
    this->decide(chosen, by, output);
    const ProposerSlot& first = this->window_.at(chosen.first);
    const NodeMask asked = this->targets_.of(first.team);
    this->tell(chosen, by, this->others_ - asked, output);
    const bool is_neighbour = untold_.slot_count != 0 &&
                              chosen.first == untold_.slot + untold_.slot_count &&
                              by == untold_.quorum() && asked == untold_to_;
    if (!is_neighbour) {
        tell_decided(output);
        untold_ = this->message_of(MessageKind::decide, first, by.bits());
        untold_.slot_count = 0;
        untold_to_ = asked;
    }
    untold_.slot_count += static_cast<std::uint32_t>(chosen.size());
    if (untold_.slot_count > 1) untold_.value = Value{};
}

template <class Limits>
void Multi<Limits>::tell_decided(Out& output) {
    if (untold_.slot_count == 0) return;
    this->say(output, untold_to_, [&] { return untold_; });
    untold_ = Message{};
}

// A mutant goes on trial in tiny worlds alone; these take as long again to compile.
#ifndef PAXOS_MUTANT
template class Multi<limits::Standard>;
template class Multi<limits::Small>;
#endif
template class Multi<limits::Tiny>;
template class Multi<limits::Pair>;

}  // namespace paxos
