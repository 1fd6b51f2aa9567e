// What every node is whatever the variant of the protocol: acceptor and learner over one log, a proposer's window and
// campaign, the answers that do not depend on the variant, and the timers. A variant derives from it and adds how
// slots get their value: see classic.h and multi.h.
//
// One thread; time and chance come in from outside; nothing is called but what stands in this folder.
#pragma once

#include <new>

#include "paxos/acceptor.h"
#include "paxos/answers.h"
#include "paxos/campaign.h"
#include "paxos/heartbeat.h"
#include "paxos/learner.h"
#include "paxos/peers.h"
#include "paxos/plants.h"
#include "paxos/resend.h"
#include "paxos/runs.h"
#include "paxos/targets.h"
#include "paxos/window.h"

namespace paxos {

template <class Limits, PromiseScope scope>
class Replica {
public:
    /// Every slot below is learned, or was given up when this node was left behind.
    [[nodiscard]] Slot learned() const { return log_.learned(); }
    [[nodiscard]] Slot retained_from() const { return log_.retained_from(); }
    /// What was decided in `slot`. REQUIRES: learned here and retained.
    [[nodiscard]] const Value& value_of(Slot slot) const { return log_.find(slot)->value; }
    [[nodiscard]] Ballot ballot_of(Slot slot) const { return log_.find(slot)->promised; }
    /// The places of [first, end) in the log, as many as stand there in one piece. REQUIRES: as above, of all of them.
    [[nodiscard]] std::span<const LogSlot> places_of(Slot first, Slot end) const {
        return log_.find_all(first, end);
    }
    [[nodiscard]] const Counters& counters() const { return counters_; }
    [[nodiscard]] bool is_proposing() const { return campaign_.is_active(); }
    /// The next slot that this node's proposer would open, and how many it has in flight.
    [[nodiscard]] Slot next_slot() const { return window_.next(); }
    [[nodiscard]] std::uint64_t in_flight() const { return window_.next() - window_.first(); }
    /// Slots for which a value may be wanted in the next step: [next_slot(), proposable_end()).
    [[nodiscard]] Slot proposable_end() const {
        return std::max(window_.first(), log_.learned()) + Limits::window_max;
    }

protected:
    friend struct Essence;  // Reads what a search tells two states apart by.
    using Out = Output<Limits>;

    Replica(const Options& options, bool duels)
        : options_(options),
          quorum_(options.nodes),
          learner_(options),
          peers_(options),
          campaign_(options, duels),
          targets_(options),
          round_trip_(options.timing),
          heartbeat_(options.timing.heartbeat_ns) {}

    void begin_step(const Input& input, Out& output) {
        output.begin();
        const Tick pause = input.now - now_;
        now_ = input.now;
        now_us_ = microseconds(now_);
        peers_.end(input.ended);
        campaign_.end(input.ended);
        answers_left_ = Limits::answers_per_step;
        targets_.begin_step();
        learned_before_ = log_.learned();
        log_.begin_step();
        if (!begun_) {
            begun_ = true;
            peers_.begin(now_);
            campaign_.begin(now_);
            catch_up_at_ = now_ + options_.timing.catch_up_ns;
            heartbeat_.begin(now_);
        } else if (pause > options_.timing.heartbeat_ns) {
            // Who was not running has heard nobody: that is no silence of theirs. A heartbeat of it counts, or a node
            // whose turns are always far apart would never find anybody silent.
            const Tick forgiven = pause - options_.timing.heartbeat_ns;
            peers_.forgive(forgiven);
            campaign_.forgive(forgiven);
            learner_.forgive(forgiven);
        }
    }
    /// What has arrived goes to the handler of its kind, run by run: the variant's own, or the one all share.
    template <class OfVariant>
    void take(OfVariant& variant, std::span<const Arrival> arrivals, Out& output) {
        for (const Arrival& arrival : arrivals) {
            peers_.hear(arrival, now_);
            campaign_.hear(arrival.from, now_);
            targets_.hear(arrival.from);
            for_each_run(arrival, [&](std::span<const Message> run) {
                const MessageKind kind = run.front().kind;
                counters_.received[static_cast<std::size_t>(kind)] += run.size();
                handle(variant, run, output);
                resend_.note(arrival.from, kind, run.back().slot);
            });
        }
    }
    template <class OfVariant>
    void handle(OfVariant& variant, std::span<const Message> run, Out& output) {
        switch (run.front().kind) {
            case MessageKind::prepare: return variant.on_prepare(run, output);
            case MessageKind::promise: return variant.on_promise(run, output);
            case MessageKind::accept: return on_accept(run, output);
            case MessageKind::accepted: return variant.on_accepted(run, output);
            case MessageKind::decide: return on_decide(run, output);
            case MessageKind::nack:
                for (const Message& nack : run) on_nack(nack, output);
                return;
            case MessageKind::learn:
                for (const Message& learn : run) on_learn(learn, output);
                return;
            case MessageKind::none: PAXOS_UNREACHABLE("wire lets only known kinds pass");
        }
    }
    /// Timers, watermarks, what this step decided. Call it last.
    void end_step(Out& output) {
        if (now_ >= catch_up_at_) {
            catch_up_at_ = now_ + options_.timing.catch_up_ns;
            learner_.catch_up(log_, peers_, now_, output,
                              [&](NodeId holder, Slot first, std::uint32_t count) {
                                  say(output, NodeMask::of(holder),
                                      [&] { return question_of(first, count, options_.self); });
                              });
            // Left behind concerns the learner: promises stay, votes go on. But who does not know the log proposes nothing.
            if (output.skipped.size() != 0) {
                if constexpr (mutant == Mutant::S05_being_left_behind_resets_promises)
                    acceptor_.forget_promises(log_);
                counters_.skipped += output.skipped.size();
                campaign_.step_down(now_);
                window_.restart(log_.learned());
            }
        }
        Slot first = output.skipped.size() != 0 ? output.skipped.end : learned_before_;
        if (mutant == Mutant::S21_given_out_twice && first > log_.retained_from()) --first;
        output.decisions = SlotRange{first, log_.learned()};
        heartbeat_.beat(output.outbox, campaign_.audience(), log_.learned(), now_);
    }

    /// Puts the message that `make` returns into the outbox for `to`; for nobody if `to` is empty. It is made where it is
    /// sent from: made elsewhere, field by field, its copy as a whole would wait for the last of these stores.
    template <class Make>
    void say(Out& output, NodeMask to, Make&& make) {
        if (to.empty()) return;
        const Message& said = *::new (&output.outbox.add(to)) Message(make());
        counters_.sent[static_cast<std::size_t>(said.kind)] += to.count();
        output.note(EventKind::sent, to, said);
    }
    /// Those who catch up get a bounded number of answers a step; whoever gets none asks again.
    [[nodiscard]] bool take_answer() {
        if (answers_left_ == 0) {
            ++counters_.unanswered;
            return false;
        }
        --answers_left_;
        return true;
    }
    [[gnu::noinline]] void say_decided(Out& output, NodeMask to, const LogSlot& place) {
        if (!take_answer()) return;
        say(output, to, [&] { return Learner<Limits>::decide_of(place, options_.self); });
    }
    [[gnu::noinline]] void refuse(Out& output, const Message& request, Ballot promised) {
        say(output, NodeMask::of(request.from),
            [&] { return refusal_of(request, promised, options_.self); });
    }
    /// An answer nobody waits for: another ballot's, another phase's, a decided slot's (S09).
    void ignore_late(Out& output, const Message& message) {
        ++counters_.late;
        output.note(EventKind::late, NodeMask{}, message);
    }
    [[gnu::noinline]] void ignore_outside(Out& output, const Message& message) {
        ++counters_.outside_ring;
        output.note(EventKind::stale, NodeMask{}, message);
    }

    void on_accept(std::span<const Message> run, Out& output) {
        const Ballot ballot = run.front().ballot;
        bool has_voted = false;
        for (const Message& accept : run) {
            LogSlot* place = nullptr;
            switch (acceptor_.accept(log_, accept.slot, ballot, accept.value, place)) {
                case Answer::yes: break;
                case Answer::refused: refuse(output, accept, acceptor_.promised(*place)); continue;
                case Answer::decided:
                    say_decided(output, NodeMask::of(accept.from), *place);
                    continue;
                case Answer::outside: ignore_outside(output, accept); continue;
                case Answer::two_values:
                    return Learner<Limits>::violate(output, ViolationKind::two_values_at_a_ballot,
                                                    accept, place);
            }
            has_voted = true;
            if constexpr (mutant == Mutant::S19_accepted_is_shown_as_decided)
                log_.learn(*place, ballot, quorum_.everyone(), accept.value);
            say(output, NodeMask::of(accept.from),
                [&] { return yes_to(accept, MessageKind::accepted, options_.self); });
        }
        if (has_voted) campaign_.vote_for(ballot, now_);
    }
    void on_decide(std::span<const Message> run, Out& output) {
        const Message& first = run.front();
        if (!learner_.is_quorum(first.quorum()))
            return Learner<Limits>::violate(output, ViolationKind::decided_without_quorum, first, nullptr);
        if (first.slot < log_.end() && first.ballot.node() == first.from)
            campaign_.follow(first.ballot, now_);
        for (const Message& decide : run) {
            if (decide.slot >= log_.end()) {
                ignore_outside(output, decide);
            } else if (decide.slot_count > 1) {
                learn_range(decide, output);
            } else {
                learner_.on_decide(log_, decide, output);
                window_.finish(decide.slot);
            }
        }
        if constexpr (mutant == Mutant::S05_a_decision_resets_promises)
            acceptor_.forget_promises(log_);
    }
    [[gnu::noinline]] void learn_range(const Message& decide, Out& output) {
        learner_.on_decide_range(log_, decide, output);
        if (window_.empty()) return;
        for (Slot slot = decide.slot; slot < decide.slot + decide.slot_count; ++slot)
            if (log_.has_learned(slot)) window_.finish(slot);
    }
    [[gnu::noinline]] void on_learn(const Message& learn, Out& output) {
        const Slot end = std::min(learn.slot + learn.slot_count, log_.end());
        for (Slot slot = std::max(learn.slot, log_.retained_from()); slot < end; ++slot) {
            const LogSlot* place = log_.find(slot);
            if (!place || !place->is_learned()) continue;
            if (!take_answer()) return;
            say(output, NodeMask::of(learn.from),
                [&] { return Learner<Limits>::decide_of(*place, options_.self); });
        }
    }
    [[gnu::noinline]] void on_nack(const Message& nack, Out& output) {
        if (!campaign_.is_active() || nack.ballot != campaign_.ballot() ||
            mutant == Mutant::S17_deposed_leader_goes_on)
            return ignore_late(output, nack);  // S09
        give_way(nack.promised(), output);
    }

    /// Somebody has a higher ballot: the whole window is given up (S17: and with it every answer still on its way).
    void give_way(Ballot to, Out& output) {
        if (campaign_.is_active())
            output.note_at(EventKind::preempted, window_.first(), campaign_.ballot(), to);
        if constexpr (mutant == Mutant::S05_being_preempted_resets_promises)
            acceptor_.forget_promises(log_);
        campaign_.preempt(to, now_, counters_);
        window_.restart(log_.learned());
    }

    /// Begins proposing under a new ballot, if it is time to. True at that moment.
    bool begin_campaign(Out& output) {
        bool took_over = false;
        if (peers_.has_forgotten(log_.learned(), now_)) return false;
        if (!campaign_.wants_to_begin(now_, counters_, took_over)) return false;
        window_.restart(log_.learned());
        decided_under_ballot_ = 0;
        output.note_at(took_over ? EventKind::took_over : EventKind::resumed, window_.first(),
                       campaign_.ballot());
        return true;
    }
    /// No slot at or above this one is to be opened in this step: the caller's wish, everyone's ring.
    [[nodiscard]] Slot open_end(const Proposals& proposals) const {
        const Slot slowest = std::min(peers_.learned_min(now_), limits::slot_max);
        return std::min({proposals.end, slowest + Limits::ring_slots, log_.end(), limits::slot_max});
    }

    /// Phase 2(a): "If the proposer receives a response to its prepare requests from a majority of acceptors, then it
    /// sends an accept request to each of those acceptors for a proposal numbered n with a value v". To all targets
    /// here: who has not promised may accept as well (S03). False if this node's own acceptor refuses.
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
        say(output, targets_.get(), [&] { return message_of(MessageKind::accept, asked); });
        return true;
    }
    [[nodiscard]] Answer accept_own(const ProposerSlot& asked, LogSlot*& place) {
        if constexpr (mutant == Mutant::S14_own_vote_is_not_recorded) return Answer::yes;
        const Answer own = acceptor_.accept(log_, asked.slot, campaign_.ballot(), asked.value, place);
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
    /// "... has been chosen": a quorum has accepted one proposal. Returns who made it.
    NodeMask decide(ProposerSlot& chosen, Out& output) {
        LogSlot* place = log_.open(chosen.slot);
        PAXOS_ASSERT(place && !place->is_learned());
        const NodeMask by = chosen.votes;
        learner_.learn_own(log_, *place, campaign_.ballot(), by, chosen.value);
        output.add_quorum(chosen.slot);
        ++counters_.decided;
        counters_.decided_first += campaign_.is_first_ballot();
        if (++decided_under_ballot_ >= Limits::window_max) campaign_.succeed();
        if (!output.events.empty())
            output.note(EventKind::majority_accepted, by,
                        message_of(MessageKind::decide, chosen, by.bits()));
        window_.finish(chosen.slot);
        return by;
    }
    /// The slot in flight that `answer` is for: of this ballot and of this phase, or null (S09).
    [[nodiscard]] ProposerSlot* asked_by(const Message& answer, ProposerPhase phase) {
        if (!is_of_this_ballot(answer) || !campaign_.is_active()) return nullptr;
        return window_.find(answer.slot, phase);
    }
    [[nodiscard]] bool is_of_this_ballot(const Message& answer) const {
        if (mutant == Mutant::S09_promise_of_another_ballot_counts && answer.kind == MessageKind::promise)
            return true;
        if (mutant == Mutant::S13_accepted_of_another_ballot_counts && answer.kind == MessageKind::accepted)
            return true;
        return answer.ballot == campaign_.ballot();
    }
    /// Counts an ACCEPTED. Returns its slot if a quorum has accepted it now, else null. Another value than was asked for
    /// (S11) has come from outside, so it is no assert's; the acceptor looks, too, so it is a costly truth.
    [[nodiscard]] ProposerSlot* chosen_by(const Message& accepted, Out& output) {
        ProposerSlot* asked = asked_by(accepted, ProposerPhase::accept);
        if (!asked) {
            ignore_late(output, accepted);
            return nullptr;
        }
        if (verifies && asked->value != accepted.value) {
            Learner<Limits>::violate(output, ViolationKind::two_values_at_a_ballot, accepted,
                                     log_.find(accepted.slot));
            return nullptr;
        }
        asked->votes.add(accepted.from);
        if (!quorum_.is_met(asked->votes) && !plants::minority) return nullptr;
        sample_round_trip(*asked);
        return asked;
    }
    /// An answer has completed a quorum: how long did it take? Only of what was asked once, or it means nothing.
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
                if (mutant == Mutant::S11_retry_sends_another_value && request.kind == MessageKind::accept)
                    ++request.value.words[0];
                return request;
            });
        };
        resend_.look(window_, round_trip_, options_.others(), log_.learned(), now_, targets_, say_again);
    }

    Options options_;
    Quorum quorum_;
    Tick now_ = 0;
    std::uint32_t now_us_ = 0;
    Log<Limits> log_;
    Acceptor<Limits, scope> acceptor_;
    Learner<Limits> learner_;
    Peers peers_;
    Campaign campaign_;
    Window<Limits> window_;
    Targets targets_;
    RoundTrip round_trip_;
    Resend<Limits> resend_;
    Heartbeat<Limits> heartbeat_;
    Counters counters_;

private:
    bool begun_ = false;
    std::size_t answers_left_ = 0;
    Slot learned_before_ = 0;
    Tick catch_up_at_ = 0;
    std::uint64_t decided_under_ballot_ = 0;
};

}  // namespace paxos
