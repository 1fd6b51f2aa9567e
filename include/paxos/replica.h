// What every node is whatever the variant of the protocol: acceptor and learner over one log, the
// state of its proposer, the answers that do not depend on the variant, and the timers. See
// proposer.h for what the proposer does.
//
// One thread; time and chance come in from outside; nothing is called but what stands in this
// folder.
#pragma once

#include <new>

#include "paxos/acceptor.h"
#include "paxos/answers.h"
#include "paxos/campaign.h"
#include "paxos/heartbeat.h"
#include "paxos/learner.h"
#include "paxos/peers.h"
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
    /// The places of [first, end) in the log, as many as stand there in one piece. REQUIRES: as
    /// above, of all of them.
    [[nodiscard]] std::span<const LogSlot> places_of(Slot first, Slot end) const {
        return log_.find_all(first, end);
    }
    [[nodiscard]] const Counters& counters() const { return counters_; }
    /// The contacts in the headers of what the last step sends.
    [[nodiscard]] Contacts contacts() const {
        return {.heard = peers_.heard(), .leader = campaign_.announced_leader(peers_, now_)};
    }
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
          heartbeat_(options) {}

    void begin_step(const Input& input, Out& output) {
        output.begin();
        const Tick pause = input.now - now_;
        now_ = input.now;
        now_us_ = microseconds(now_);
        peers_.end(input.ended);
        targets_.end(input.ended);
        others_ = options_.others() - input.ended;
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
            // This node was not scheduled during the pause, so its peers were not silent. One
            // heartbeat interval of each pause is not excluded: otherwise a node whose turns are
            // always far apart would never detect a silent peer.
            const Tick excluded = pause - options_.timing.heartbeat_ns;
            peers_.exclude_pause(excluded);
            campaign_.exclude_pause(excluded);
            learner_.exclude_pause(excluded);
        }
    }
    /// What has arrived goes to the handler of its kind, run by run: the variant's own, or the one
    /// all share.
    template <class OfVariant>
    void take(OfVariant& variant, std::span<const Arrival> arrivals, Out& output) {
        for (const Arrival& arrival : arrivals) {
            peers_.hear(arrival, now_);
            campaign_.hear(arrival.from, arrival.contacts.leader, peers_, now_);
            if (arrival.contacts.heard.has(options_.self)) [[likely]]
                targets_.hear(arrival.from);
            for_each_run(arrival, [&](std::span<const Message> run) {
                const MessageKind kind = run.front().kind;
                counters_.received[static_cast<std::size_t>(kind)] += run.size();
                handle(variant, run, output);
                resend_.note(arrival.from, kind, run.back().slot);
            });
        }
        peers_.expire(now_);
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
                for (const Message& nack : run) variant.on_nack(nack, output);
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
            // Left behind concerns the learner: promises stay, votes go on. But who does not know
            // the log proposes nothing.
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
        keep_contact(output);
    }
    /// Heartbeats. A peer that is not heard cannot request missing decisions, but may still hear
    /// this node. Its headers therefore carry some decisions, the next ones each time.
    void keep_contact(Out& output) {
        const NodeMask audience = campaign_.audience() - peers_.ended();
        const NodeMask contacts = heartbeat_.next_contacts(now_) - peers_.ended();
        if (const NodeMask unheard = contacts - peers_.heard(); !unheard.empty())
            push_decisions(unheard.lowest(), output);  // One a step: each takes a send.
        heartbeat_.note_sent(output.outbox);
        if (const NodeMask others = contacts - audience; !others.empty())
            heartbeat_.greet(output.outbox, others);
        if (!heartbeat_.is_due(log_.learned(), now_)) return;
        const NodeMask relayed = peers_.deaf_to(campaign_.leader());  // This node relays to them.
        heartbeat_.beat(output.outbox, audience | relayed, log_.learned(), now_);
    }
    [[gnu::noinline]] void push_decisions(NodeId peer, Out& output) {
        Pushed& pushed = pushed_[peer];
        if (pushed.again_at != 0 && now_ >= pushed.again_at) pushed = Pushed{};
        pushed.end = std::max({pushed.end, log_.retained_from(), peers_.learned_of(peer)});
        const Slot end = std::min<Slot>(log_.learned(), pushed.end + pushed_at_once);
        for (; pushed.end < end && take_answer(); ++pushed.end)
            if (const LogSlot* place = log_.find(pushed.end))
                say(output, NodeMask::of(peer),
                    [&] { return Learner<Limits>::decide_of(*place, options_.self); });
        if (pushed.end == log_.learned() && pushed.again_at == 0)
            pushed.again_at = now_ + 4 * options_.timing.silence_ns;
    }

    /// Puts the message that `make` returns into the outbox for `to`; for nobody if `to` is empty.
    /// It is made where it is sent from: made elsewhere, field by field, its copy as a whole would
    /// wait for the last of these stores.
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
            if constexpr (mutant == Mutant::S19_accepted_is_shown_as_decided) {
                log_.learn(*place, ballot, quorum_.everyone(), accept.value);
                log_.advance();
            }
            say(output, NodeMask::of(accept.from),
                [&] { return yes_to(accept, MessageKind::accepted, options_.self); });
        }
        if (has_voted) campaign_.vote_for(ballot, peers_, now_);
    }
    void on_decide(std::span<const Message> run, Out& output) {
        const Message& first = run.front();
        if (!learner_.is_quorum(first.quorum()))
            return Learner<Limits>::violate(output, ViolationKind::decided_without_quorum, first,
                                            nullptr);
        if (first.slot < log_.end() && first.ballot.node() == first.from)
            campaign_.follow(first.ballot, now_);
        const bool has_asked = !window_.empty();
        for (const Message& decide : run) {
            if (decide.slot >= log_.end()) {
                ignore_outside(output, decide);
            } else if (decide.slot_count > 1) {
                learn_range(decide, output);
            } else {
                learner_.on_decide(log_, decide, output);
                if (has_asked) window_.finish(decide.slot);
            }
        }
        log_.advance();
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

    Options options_;
    Quorum quorum_;
    NodeMask others_;  // Peers that have not ended. Nothing is sent to ended nodes (S41).
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
    static constexpr std::size_t pushed_at_once = Limits::answers_per_step;

    bool begun_ = false;
    std::size_t answers_left_ = 0;
    Slot learned_before_ = 0;
    Tick catch_up_at_ = 0;
    struct Pushed {
        Slot end = 0;       // Decisions below this slot were sent.
        Tick again_at = 0;  // When to resend all, in case some were lost; 0: not all sent yet.
    };
    std::array<Pushed, limits::nodes_max> pushed_{};  // By peer; only to peers that are not heard.
};

}  // namespace paxos
