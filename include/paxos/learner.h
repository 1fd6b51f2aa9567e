// The learner: learns decisions, delivers them in order, without gaps, once (S21), and requests the
// missing ones.
//
// Invariants
// 1. A decision is final: a second, different one is a violation and overwrites nothing (S18).
// 2. A value is learned only from a DECIDE that names a quorum; an accepted value is not decided
//    (S19).
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

    /// Whether the acceptors that a DECIDE names are a quorum (S18).
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

    /// A DECIDE of a range of slots, without values. This node learns exactly the slots that it
    /// accepted at that same ballot, because a ballot has one value for a slot (S11); it requests
    /// the others with LEARN (S18). The caller advances the log. REQUIRES: it names a quorum.
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

    /// The DECIDE of the slot of `place`. REQUIRES: it is learned.
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

    /// Requests decisions that a peer had learned a period ago and that are still missing here, and
    /// skips those that no peer retains. Called once per Timing::catch_up_ns. Calls
    /// `ask(peer, first, count)` for each run of missing slots. A peer is asked for no more than it
    /// answers in a step; the next peer is asked for the rest.
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
            return;  // The answer may be in flight.
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
    static constexpr Tick answer_periods = 2;  // Timeout of a request, in catch-up periods.
    // A lost datagram is one run of slots. Further runs are requested next time.
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

    /// Skips the slots that no peer retains. Only if nothing was learned for `give_up_ns`, so no
    /// decision of this step is lost (S21).
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
    Slot expected_ = 0;              // The highest watermark of a peer, a period ago.
    std::uint64_t turn_ = 0;         // The peer to ask: round robin.
    Slot asked_from_ = never_asked;  // The first slot of the last question.
    Tick ask_again_at_ = 0;
    // learned() when no peer was last found to retain the next slot.
    Slot stuck_at_ = 0;
    Tick forgotten_since_ = 0;  // Since then no live peer has retained it.
};

}  // namespace paxos
