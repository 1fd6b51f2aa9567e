// What every node is whatever the variant of the protocol: acceptor and learner over one log, a proposer's window and
// campaign, the answers that do not depend on the variant, and the timers. A variant derives from it and adds how
// slots get their value: see classic.h and multi.h.
//
// One thread; time and chance come in from outside; nothing is called but what stands in this folder.
#pragma once

#include <new>

#include "paxos/acceptor.h"
#include "paxos/campaign.h"
#include "paxos/learner.h"
#include "paxos/peers.h"
#include "paxos/plants.h"
#include "paxos/targets.h"
#include "paxos/window.h"

namespace paxos {

/// Whether costly truths are looked at (PAXOS_VERIFY): where it is the world that may break one, no assert may stand.
#if defined(PAXOS_VERIFY_ENABLED) && !defined(PAXOS_MUTANT)
inline constexpr bool verifies = true;
#else
inline constexpr bool verifies = false;
#endif

template <class Limits, PromiseScope scope>
class Replica {
public:
    /// Every slot below is learned, or was given up when this node was left behind.
    [[nodiscard]] Slot learned() const { return log_.learned(); }
    [[nodiscard]] Slot retained_from() const { return log_.retained_from(); }
    /// What was decided in `slot`. REQUIRES: learned here and retained.
    [[nodiscard]] const Value& value_of(Slot slot) const { return log_.find(slot)->value; }
    [[nodiscard]] Ballot ballot_of(Slot slot) const { return log_.find(slot)->promised; }
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
          learner_(options.self, options.nodes),
          peers_(options),
          campaign_(options, duels),
          targets_(options),
          round_trip_(options.timing) {}

    void begin_step(const Input& input, Out& output) {
        output.begin();
        const Tick pause = input.now - now_;
        now_ = input.now;
        answers_left_ = Limits::answers_per_step;
        learned_before_ = log_.learned();
        log_.begin_step();
        if (!begun_) {
            begun_ = true;
            peers_.begin(now_);
            campaign_.begin(now_);
            catch_up_at_ = heartbeat_at_ = now_ + options_.timing.catch_up_ns;
        } else if (pause > options_.timing.heartbeat_ns) {
            // Who was not running has heard nobody: that is no silence of theirs. A heartbeat of it counts, or a node
            // whose turns are always far apart would never find anybody silent.
            const Tick forgiven = pause - options_.timing.heartbeat_ns;
            peers_.forgive(forgiven);
            campaign_.forgive(forgiven);
        }
    }
    void hear(const Arrival& arrival) {
        peers_.hear(arrival, now_);
        campaign_.hear(arrival.from, now_);
        targets_.hear(arrival.from);
    }
    /// Every message that has arrived goes to the handler of its kind: the variant's own, or the one all share.
    template <class OfVariant>
    void take(OfVariant& variant, std::span<const Arrival> arrivals, Out& output) {
        for (const Arrival& arrival : arrivals) {
            hear(arrival);
            for (const Message& message : arrival.messages) {
                ++counters_.received[static_cast<std::size_t>(message.kind)];
                switch (message.kind) {
                    case MessageKind::prepare: variant.on_prepare(message, output); break;
                    case MessageKind::promise: variant.on_promise(message, output); break;
                    case MessageKind::accept: on_accept(message, output); break;
                    case MessageKind::accepted: variant.on_accepted(message, output); break;
                    case MessageKind::decide: on_decide(message, output); break;
                    case MessageKind::nack: on_nack(message, output); break;
                    case MessageKind::learn: on_learn(message, output); break;
                    case MessageKind::none: PAXOS_UNREACHABLE("wire lets only known kinds pass");
                }
            }
        }
    }
    /// Timers, watermarks, what this step decided. Call it last.
    void end_step(Out& output) {
        if (now_ >= catch_up_at_) {
            catch_up_at_ = now_ + options_.timing.catch_up_ns;
            learner_.catch_up(log_, peers_, now_, output,
                              [&](NodeId holder, Slot first, std::uint32_t count) {
                                  say(output, NodeMask::of(holder), [&] {
                                      return Message{.kind = MessageKind::learn,
                                                     .from = options_.self,
                                                     .reserved = {},
                                                     .slot_count = count,
                                                     .slot = first,
                                                     .ballot = {},
                                                     .detail = 0,
                                                     .value = {}};
                                  });
                              });
            if (output.skipped.size() != 0) leave_behind(output.skipped.size());
        }
        Slot first = output.skipped.size() != 0 ? output.skipped.end : learned_before_;
        if (mutant == Mutant::S21_given_out_twice && first > log_.retained_from()) --first;
        output.decisions = SlotRange{first, log_.learned()};
        speak_up(output);
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
    void say_decided(Out& output, NodeMask to, const LogSlot& place) {
        if (!take_answer()) return;
        say(output, to, [&] { return Learner<Limits>::decide_of(place, options_.self); });
    }
    /// Says no to `request`, in a message of its own that carries the higher ballot (S07).
    void refuse(Out& output, const Message& request, Ballot promised) {
        const bool promises = mutant == Mutant::S07_a_refusal_is_a_promise &&
                              request.kind == MessageKind::prepare;
        if constexpr (mutant == Mutant::S07_a_refusal_names_no_higher_ballot)
            promised = request.ballot;
        say(output, NodeMask::of(request.from), [&] {
            return Message{.kind = promises ? MessageKind::promise : MessageKind::nack,
                           .from = options_.self,
                           .reserved = {},
                           .slot_count = request.slot_count,
                           .slot = request.slot,
                           .ballot = request.ballot,
                           .detail = promises ? 0 : promised.bits(),
                           .value = {}};
        });
    }
    /// An answer nobody waits for: another ballot's, another phase's, a decided slot's (S09).
    void ignore_late(Out& output, const Message& message) {
        ++counters_.late;
        output.note(EventKind::late, NodeMask{}, message);
    }
    void ignore_outside(Out& output, const Message& message) {
        ++counters_.outside_ring;
        output.note(EventKind::stale, NodeMask{}, message);
    }

    void on_accept(const Message& accept, Out& output) {
        LogSlot* place = nullptr;
        switch (acceptor_.accept(log_, accept.slot, accept.ballot, accept.value, place)) {
            case Answer::yes: break;
            case Answer::refused: return refuse(output, accept, acceptor_.promised(*place));
            case Answer::decided: return say_decided(output, NodeMask::of(accept.from), *place);
            case Answer::outside: return ignore_outside(output, accept);
            case Answer::two_values:
                return Learner<Limits>::violate(output, ViolationKind::two_values_at_a_ballot,
                                                accept, place);
        }
        campaign_.vote_for(accept.ballot, now_);
        if constexpr (mutant == Mutant::S19_accepted_is_shown_as_decided)
            log_.learn(*place, accept.ballot, quorum_.everyone(), accept.value);
        say(output, NodeMask::of(accept.from), [&] {
            return Message{.kind = MessageKind::accepted,
                           .from = options_.self,
                           .reserved = {},
                           .slot_count = 1,
                           .slot = accept.slot,
                           .ballot = accept.ballot,
                           .detail = 0,
                           .value = accept.value};
        });
    }
    void on_decide(const Message& decide, Out& output) {
        if (decide.slot >= log_.end()) return ignore_outside(output, decide);
        if (decide.ballot.node() == decide.from) campaign_.follow(decide.ballot, now_);
        if (decide.slot_count > 1) {
            learner_.on_decide_range(log_, decide, output);
            if (window_.empty()) return;
            for (Slot slot = decide.slot; slot < decide.slot + decide.slot_count; ++slot)
                if (log_.has_learned(slot)) window_.finish(slot);
        } else {
            learner_.on_decide(log_, decide, output);
            window_.finish(decide.slot);
        }
        if constexpr (mutant == Mutant::S05_a_decision_resets_promises)
            acceptor_.forget_promises(log_);
    }
    void on_learn(const Message& learn, Out& output) {
        const Slot end = std::min(learn.slot + learn.slot_count, log_.end());
        for (Slot slot = std::max(learn.slot, log_.retained_from()); slot < end; ++slot) {
            const LogSlot* place = log_.find(slot);
            if (!place || !place->is_learned()) continue;
            if (!take_answer()) return;
            say(output, NodeMask::of(learn.from),
                [&] { return Learner<Limits>::decide_of(*place, options_.self); });
        }
    }
    void on_nack(const Message& nack, Out& output) {
        if (!campaign_.is_active() || nack.ballot != campaign_.ballot() ||
            mutant == Mutant::S17_deposed_leader_goes_on)
            return ignore_late(output, nack);  // S09
        give_way(nack.promised(), output);
    }

    /// Somebody has a higher ballot: the whole window is given up (S17: and with it every answer still on its way).
    void give_way(Ballot to, Out& output) {
        if (!output.events.empty() && campaign_.is_active()) {
            Message message{};
            message.slot = window_.first();
            message.ballot = campaign_.ballot();
            message.detail = to.bits();
            output.note(EventKind::preempted, NodeMask{}, message);
        }
        if constexpr (mutant == Mutant::S05_being_preempted_resets_promises)
            acceptor_.forget_promises(log_);
        campaign_.preempt(to, now_, counters_);
        window_.restart(log_.learned());
    }

    /// Begins proposing under a new ballot, if it is time to. True at that moment.
    bool begin_campaign(Out& output) {
        bool took_over = false;
        if (must_catch_up()) return false;
        if (!campaign_.wants_to_begin(now_, counters_, took_over)) return false;
        window_.restart(log_.learned());
        decided_under_ballot_ = 0;
        if (!output.events.empty()) {
            Message message{};
            message.slot = window_.first();
            message.ballot = campaign_.ballot();
            output.note(took_over ? EventKind::took_over : EventKind::resumed, NodeMask{}, message);
        }
        return true;
    }
    /// S16: a live peer has forgotten what this node would have to recover.
    [[nodiscard]] bool must_catch_up() const {
        return peers_.has_forgotten(log_.learned(), now_) &&
               mutant != Mutant::S16_candidate_below_retained_leads;
    }
    /// No slot at or above this one is to be opened now: the caller's wish, the window, everyone's ring.
    [[nodiscard]] Slot open_end(const Proposals& proposals) const {
        const Slot window = std::min<Slot>(proposals.window, Limits::window_max);
        const Slot slowest = std::min(peers_.learned_min(now_), limits::slot_max);
        return std::min({proposals.end, window_.first() + window, slowest + Limits::ring_slots,
                         log_.end(), limits::slot_max});
    }

    /// Phase 2(a): "If the proposer receives a response to its prepare requests from a majority of acceptors, then it
    /// sends an accept request to each of those acceptors for a proposal numbered n with a value v". To all targets
    /// here: who has not promised may accept as well (S03). False if this node's own acceptor refuses.
    [[nodiscard]] bool ask_to_accept(ProposerSlot& asked, Out& output) {
        asked.phase = ProposerPhase::accept;
        asked.votes = NodeMask{};
        asked.resent = 0;
        asked.sent_us = microseconds(now_);
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
        say(output, targets_.get(), [&] { return accept_of(asked); });
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
    [[nodiscard]] Message accept_of(const ProposerSlot& asked) const {
        return {.kind = MessageKind::accept,
                .from = options_.self,
                .reserved = {},
                .slot_count = 1,
                .slot = asked.slot,
                .ballot = campaign_.ballot(),
                .detail = 0,
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
        if (!output.events.empty()) {
            Message message = accept_of(chosen);
            message.kind = MessageKind::decide;
            message.detail = by.bits();
            output.note(EventKind::majority_accepted, by, message);
        }
        window_.finish(chosen.slot);
        return by;
    }
    [[nodiscard]] bool is_chosen_by(NodeMask votes) const {
        return quorum_.is_met(votes) || (plants::minority && !votes.empty());
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
    /// An ACCEPTED under this node's own ballot that names another value than it asked for (S11). It has come from
    /// outside, so it is no assert's; the acceptor looks, too, so where costly truths are left out this is one.
    [[nodiscard]] bool is_of_two_values(const ProposerSlot& asked, const Message& accepted, Out& output) {
        if (!verifies || asked.value == accepted.value) return false;
        Learner<Limits>::violate(output, ViolationKind::two_values_at_a_ballot, accepted,
                                 log_.find(accepted.slot));
        return true;
    }
    /// An answer has completed a quorum: how long did it take? Only of what was asked once, or it means nothing.
    void sample_round_trip(const ProposerSlot& asked) {
        if (asked.resent == 0) round_trip_.sample(microseconds(now_) - asked.sent_us);
    }

    /// Says again, to those who have not answered, what has waited too long, the lowest slots first. `request_of` gives a
    /// slot's request.
    ///
    /// Where everything is overdue, more is under way than the others can take, and all of it said again would be more
    /// yet: each time half as much is, and as many slots more as were learned meanwhile.
    template <class RequestOf>
    void resend_overdue(Out& output, RequestOf&& request_of) {
        if (now_ < resend_at_ || window_.empty()) return;
        resend_at_ = now_ + round_trip_.patience_ns() / 2;
        resend_room_ = std::min<std::uint64_t>(resend_room_ + log_.learned() - learned_at_resend_,
                                               Limits::window_max);
        learned_at_resend_ = log_.learned();
        overdue_count_ = 0;
        NodeMask silent;
        for (Slot slot = window_.first(); slot < window_.next() && overdue_count_ < resend_room_; ++slot) {
            ProposerSlot& asked = window_.at(slot);
            if (asked.phase == ProposerPhase::done) continue;
            if (microseconds(now_) - asked.sent_us < microseconds(round_trip_.patience_ns(asked.resent)))
                continue;
            silent = silent | (options_.others() - asked.votes);
            overdue_[overdue_count_++] = slot;
        }
        if (overdue_count_ != 0) resend_room_ = std::max(resend_room_ / 2, resend_room_min);
        targets_.miss(silent & targets_.get());
        for (std::size_t i = 0; i < overdue_count_; ++i) {
            ProposerSlot& asked = window_.at(overdue_[i]);
            asked.sent_us = microseconds(now_);
            asked.resent = static_cast<std::uint8_t>(std::min(asked.resent + 1, 255));
            counters_.resent += silent.count();
            say(output, silent, [&] {
                Message request = request_of(asked);
                if (mutant == Mutant::S11_retry_sends_another_value && request.kind == MessageKind::accept)
                    ++request.value.words[0];
                return request;
            });
        }
    }

    Options options_;
    Quorum quorum_;
    Tick now_ = 0;
    Log<Limits> log_;
    Acceptor<Limits, scope> acceptor_;
    Learner<Limits> learner_;
    Peers peers_;
    Campaign campaign_;
    Window<Limits> window_;
    Targets targets_;
    RoundTrip round_trip_;
    Counters counters_;

private:
    /// Everyone who needs this node's watermarks hears them once a heartbeat, or a quarter of the ring, at the latest:
    /// by a datagram that goes there anyway, or by an empty one.
    void speak_up(Out& output) {
        for (const Send& send : output.outbox.sends()) told_ = told_ | send.to;
        if (now_ < heartbeat_at_ && log_.learned() < learned_told_ + Limits::ring_slots / 4) return;
        const NodeMask untold = campaign_.audience() - told_;
        if (!untold.empty()) output.outbox.add_empty(untold);
        told_ = NodeMask{};
        learned_told_ = log_.learned();
        heartbeat_at_ = now_ + options_.timing.heartbeat_ns;
    }

    /// Left behind concerns the learner: promises stay, votes go on. But who does not know the log proposes nothing.
    void leave_behind(std::uint64_t skipped) {
        if constexpr (mutant == Mutant::S05_being_left_behind_resets_promises)
            acceptor_.forget_promises(log_);
        counters_.skipped += skipped;
        campaign_.step_down(now_);
        window_.restart(log_.learned());
    }

    bool begun_ = false;
    std::size_t answers_left_ = 0;
    Slot learned_before_ = 0;
    Tick catch_up_at_ = 0;
    Tick heartbeat_at_ = 0;
    Tick resend_at_ = 0;
    NodeMask told_;
    Slot learned_told_ = 0;
    std::uint64_t decided_under_ballot_ = 0;
    /// Three datagrams: as little as any window may shrink to, and never less than a tiny one.
    static constexpr std::uint64_t resend_room_min = std::min<std::uint64_t>(63, Limits::window_max);
    std::uint64_t resend_room_ = Limits::window_max;  // Slots that may be asked again at once.
    Slot learned_at_resend_ = 0;
    std::size_t overdue_count_ = 0;
    std::array<Slot, Limits::window_max> overdue_{};
};

}  // namespace paxos
