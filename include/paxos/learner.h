// The learner: what is decided, in order, without holes, each slot once (S21); what is missing,
// asked for.
//
// Invariants
// 1. Decided is for ever: a second, different decision is a violation, never an overwrite (S18).
// 2. Accepted is not decided: nothing is learned but from a quorum's mask (S19).
#pragma once

#include "paxos/log.h"
#include "paxos/peers.h"
#include "paxos/step.h"

namespace paxos {

template <class Limits>
class Learner {
public:
    explicit Learner(const Options& options)
        : self_(options.self),
          quorum_(options.quorums().accept),
          answer_ns_(answer_periods * options.timing.catch_up_ns),
          give_up_ns_(options.timing.give_up_ns) {}

    /// Whether those whom a DECIDE names can decide anything (S18).
    [[nodiscard]] bool is_quorum(NodeMask named) const { return quorum_.is_met(named); }
    /// A DECIDE of one slot, with its value. The caller advances the log. REQUIRES: it names a
    /// quorum.
    void on_decide(Log<Limits>& log, const Message& decide, Output<Limits>& output) {
        LogSlot* place = log.open(decide.slot);
        if (!place) return;
        if (place->is_learned()) {
            if (place->value != decide.value)
                violate(output, ViolationKind::two_values_decided, decide, place);  // S18
            return;
        }
        if (decide.quorum().has(self_) &&
            (place->accepted < decide.ballot || place->value != decide.value))  // S18
            return violate(output, ViolationKind::named_without_vote, decide, place);
        log.learn(*place, decide.ballot, decide.quorum(), decide.value);
        output.note(EventKind::learned, decide.quorum(), decide);
    }

    /// A DECIDE of a range of slots, without values: it teaches exactly the slots that this node
    /// accepted under that same ballot, because one ballot has one value a slot (S11); the others
    /// are asked for with LEARN (S18). The caller advances the log. REQUIRES: it names a quorum.
    [[gnu::noinline]] void on_decide_range(Log<Limits>& log, const Message& decide,
                                           Output<Limits>& output) {
        const Slot end = std::min(decide.slot + decide.slot_count, log.end());
        for (Slot slot = std::max(decide.slot, log.retained_from()); slot < end; ++slot) {
            LogSlot* place = log.find(slot);
            if (place && place->is_learned()) continue;
            if (decide.quorum().has(self_) && (!place || place->accepted < decide.ballot))
                return violate(output, ViolationKind::named_without_vote, decide, place);  // S18
            if (!place || place->accepted != decide.ballot) continue;                      // S18
            log.learn(*place, decide.ballot, decide.quorum(), place->value);
            if (!output.events.empty())
                output.note(EventKind::learned, decide.quorum(), decide_of(*place, self_));
        }
    }

    /// The DECIDE that tells what was decided in the slot of `place`. REQUIRES: it is learned.
    [[nodiscard]] static Message decide_of(const LogSlot& place, NodeId from) {
        return Message{.kind = MessageKind::decide,
                       .from = from,
                       .slot_count = 1,
                       .slot = place.slot,
                       .ballot = place.promised,
                       .detail = place.decided_by.bits(),
                       .value = place.value};
    }

    [[gnu::cold, gnu::noinline]] static void violate(Output<Limits>& output, ViolationKind kind,
                                                     const Message& message, const LogSlot* place) {
        if (output.violation.kind != ViolationKind::none) return;  // The first one is the cause.
        output.violation = Violation{.kind = kind,
                                     .slot = message.slot,
                                     .ballot_here = {},
                                     .ballot_there = message.ballot,
                                     .value_here = {},
                                     .value_there = message.value,
                                     .mask = message.quorum()};
        if (!place) return;
        const bool learned = place->is_learned();
        output.violation.ballot_here = learned ? place->promised : place->accepted;
        output.violation.value_here = place->value;
    }

    /// Asks a peer for what it had learned a period ago and this node still has not; gives up what
    /// nobody retains. Called once per Timing::catch_up_ns. Calls `ask(peer, first, count)` for
    /// each run of missing slots. Asks one peer for no more than it answers in a step, and the next
    /// peer for the rest.
    template <class Ask>
    void catch_up(Log<Limits>& log, const Peers& peers, Tick now, Output<Limits>& output,
                  Ask&& ask) {
        const Slot seen = peers.learned_max();
        const Slot missing_end = std::min(expected_, log.end());
        expected_ = seen;
        if (log.learned() >= missing_end) {
            forgotten_since_ = now;
            return;
        }
        const NodeMask holders = peers.retaining(log.learned());
        if (holders.empty()) return give_up(log, peers, now, output);
        forgotten_since_ = now;
        const NodeMask reachable = holders & peers.live();
        if (reachable.empty()) return;  // Requests do not reach them; they push decisions.
        if (asked_from_ == log.learned() && now < ask_again_at_)
            return;  // The answer may be on its way.
        asked_from_ = log.learned();
        ask_again_at_ = now + answer_ns_;
        ask_for_missing(log, missing_end, reachable, ask);
    }

    /// Asserts that what was asked for and what is missing lie where the log ends. Called at the
    /// end of a step.
    void check(const Log<Limits>& log) const {
        PAXOS_ASSERT(stuck_at_ <= log.learned());
        PAXOS_ASSERT(asked_from_ <= log.learned() || asked_from_ == never_asked);
    }

    /// Excludes time in which this node was not scheduled.
    void exclude_pause(Tick pause) { forgotten_since_ += pause; }

private:
    static constexpr Slot never_asked = ~Slot{0};
    static constexpr Tick answer_periods = 2;  // How long an answer may take.
    // A lost datagram is one run; more are asked for next time.
    static constexpr std::uint32_t runs_max = 64;

    template <class Ask>
    void ask_for_missing(const Log<Limits>& log, Slot missing_end, NodeMask holders, Ask&& ask) {
        std::size_t left_to_ask = holders.count() * Limits::answers_per_step;
        std::size_t left_at_holder = Limits::answers_per_step;
        std::uint32_t runs = 0;
        for (Slot slot = log.learned(); slot < missing_end && runs < runs_max && left_to_ask != 0;
             ++runs) {
            const Slot first = slot;
            const Slot end = std::min<Slot>(missing_end, first + left_at_holder);
            while (slot < end && !log.has_learned(slot)) ++slot;
            const auto count = static_cast<std::uint32_t>(slot - first);
            ask(nth(holders, turn_), first, count);
            left_to_ask -= count;
            left_at_holder -= count;
            if (left_at_holder == 0) {
                ++turn_;
                left_at_holder = Limits::answers_per_step;
            }
            while (slot < missing_end && log.has_learned(slot)) ++slot;
        }
        if (left_at_holder != Limits::answers_per_step) ++turn_;
    }

    static NodeId nth(NodeMask nodes, std::uint64_t n) {
        for (n %= nodes.count(); n > 0; --n) nodes.remove(nodes.lowest());
        return nodes.lowest();
    }

    /// Only after a time in which nothing at all was learned, so that what is learned in this very
    /// step is given out as decisions (S21).
    void give_up(Log<Limits>& log, const Peers& peers, Tick now, Output<Limits>& output) {
        const Slot retained = peers.retained_min(log.learned());
        if (retained <= log.learned() || stuck_at_ != log.learned()) {
            stuck_at_ = log.learned();
            forgotten_since_ = now;
            return;
        }
        if (now - forgotten_since_ < give_up_ns_) return;
        output.skipped = SlotRange{log.learned(), retained};
        log.skip_to(retained);
        output.note_at(EventKind::left_behind, retained);
    }

    NodeId self_;
    Quorum quorum_;
    Tick answer_ns_, give_up_ns_;
    Slot expected_ = 0;              // What some peer had learned a period ago.
    std::uint64_t turn_ = 0;         // Whom to ask: each holder in turn.
    Slot asked_from_ = never_asked;  // The first slot of the last question.
    Tick ask_again_at_ = 0;
    // What had been learned here when the peers were last found to have forgotten the next.
    Slot stuck_at_ = 0;
    Tick forgotten_since_ = 0;  // Since then no live peer has retained it.
};

}  // namespace paxos
