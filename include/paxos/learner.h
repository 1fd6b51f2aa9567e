// The learner: stores decisions, delivers each once, in order and without gaps (S21), and requests
// missing decisions.
//
// Invariants
// 1. A decision is final. A second, different decision for a slot is a violation and overwrites
//    nothing (S18).
// 2. A value is learned only from a DECIDE that names a quorum. A value that one acceptor accepted
//    is not necessarily decided (S19).
#pragma once

#include "paxos/log.h"
#include "paxos/peers.h"
#include "paxos/runs.h"

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
    /// Handles a DECIDE of `slots` with their values. The caller advances the log. REQUIRES: the
    /// DECIDE names a quorum; `slots` are part of `decide.slots` and below log.end().
    void on_decide(Log<Limits>& log, const Run& decide, SlotRange slots, Output<Limits>& output) {
        const Message& message = *decide.message;
        for (SlotRange rest = in_ring(slots, log); !rest.empty();) {
            const auto alike = log.open(rest);
            rest.first = alike.slots.end;
            if (alike.state.is_learned()) {
                compare(log, decide, alike.slots, output);
                continue;
            }
            if (message.quorum().has(self_))
                for (Slot slot = alike.slots.first; slot < alike.slots.end; ++slot)
                    if (alike.state.accepted < message.ballot ||
                        log.value_of(slot) != decide.value_of(slot))  // S18
                        return violate(output, ViolationKind::named_without_vote, decide.at(slot),
                                       log.at(slot));
            log.store(alike.slots, decide.values());
            output.records.learned(alike.slots, message.ballot, message.quorum(),
                                   alike.state.accepted, decide.values(), self_);
            log.learn(alike, message.ballot, message.quorum());
            note_learned(log, alike.slots, output);
        }
    }

    /// Handles a DECIDE of `slots` without their values. This node learns exactly the slots in
    /// which it accepted at the ballot of the DECIDE. In these slots the accepted value is the
    /// decided one, because a ballot has one value per slot (S11). catch_up() requests the other
    /// slots (S18). The caller advances the log. REQUIRES: the DECIDE names a quorum; `slots` are
    /// below log.end().
    void on_decide(Log<Limits>& log, const Message& decide, SlotRange slots,
                   Output<Limits>& output) {
        for (SlotRange rest = in_ring(slots, log); !rest.empty();) {
            const auto alike = log.piece(rest);
            rest.first = alike.slots.end;
            if (alike.state.is_learned()) continue;
            if (decide.quorum().has(self_) && alike.state.accepted < decide.ballot)
                return violate(output, ViolationKind::named_without_vote,
                               Run::of(decide).at(alike.slots.first),
                               log.at(alike.slots.first));        // S18
            if (alike.state.accepted != decide.ballot) continue;  // S18
            output.records.learned(alike.slots, decide.ballot, decide.quorum(), decide.ballot, {},
                                   self_);
            log.learn(alike, decide.ballot, decide.quorum());
            note_learned(log, alike.slots, output);
        }
    }

    /// Returns a DECIDE for `place`. REQUIRES: the slot is learned.
    [[nodiscard]] static Message decide_of(const LogSlot& place, NodeId from) {
        return Message{.kind = MessageKind::decide,
                       .from = from,
                       .slot_count = 1,
                       .slot = place.slot,
                       .ballot = place.state.promised,
                       .detail = place.state.decided_by().bits(),
                       .value = place.value};
    }

    /// Reports the violation that `message` shows, unless this step has reported one before. `here`
    /// is the slot of `message` as this node knows it, or empty.
    [[gnu::cold, gnu::noinline]] static void violate(Output<Limits>& output, ViolationKind kind,
                                                     const Message& message, const LogSlot& here) {
        // Later violations may follow from the first one.
        if (output.violation.kind != ViolationKind::none) return;
        const SlotState& state = here.state;
        output.violation = Violation{
            .kind = kind,
            .slot = message.slot,
            .ballot_here = state.is_learned() ? state.promised : state.accepted,
            .ballot_there = message.ballot,
            .value_here = here.value,
            .value_there = message.value,
            .mask = message.quorum()};
    }

    /// Called once per period of Timing::catch_up_ns. Requests the decisions that are missing here
    /// and that some peer had learned by the previous call, unless the log has not advanced since
    /// and answers may be in flight. Skips slots if, for `give_up_ns`, no heard peer has retained
    /// their decisions. Calls `ask(peer, first, count)` for each run of missing slots, at most
    /// `runs_max` times. A peer is asked for at most `decisions_per_step` decisions, because it
    /// sends no more in one step; the next peer is asked for the next part.
    template <class Ask>
    void catch_up(Log<Limits>& log, const Peers& peers, Tick now, Output<Limits>& output,
                  Ask&& ask) {
        const Slot seen = peers.learned_max();
        const bool is_far_behind = expected_ > log.end();
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
        if (reachable.empty()) return;  // No holder hears this node. The holders push decisions.
        if (!output.records.has_space()) return;  // The answers could not be recorded.
        if (advanced_to_ == log.learned()) {
            if (now < ask_again_at_) return;  // Answers may be in flight.
            asked_end_ = log.learned();       // They were lost, or their senders are slow.
        }
        advanced_to_ = log.learned();
        ask_again_at_ = now + answer_ns_;
        // A node that is more than a ring behind does not repeat requests in flight, because their
        // answers would take up the network. Otherwise few slots are missing, and lost answers are
        // the likely reason.
        const Slot first = is_far_behind ? std::max(asked_end_, log.learned()) : log.learned();
        asked_end_ = ask_for_missing(log, {first, std::max(first, missing_end)}, reachable, ask);
    }

    /// Asserts that `stuck_at_` and `advanced_to_` are not above log.learned(). Called at the end
    /// of a step.
    void check(const Log<Limits>& log) const {
        PAXOS_ASSERT(stuck_at_ <= log.learned());
        PAXOS_ASSERT(advanced_to_ <= log.learned() || advanced_to_ == never_asked);
    }

    /// Does not count `pause`, in which this node was not scheduled, towards `give_up_ns`.
    void exclude_pause(Tick pause) { forgotten_since_ += pause; }

private:
    static constexpr Slot never_asked = ~Slot{0};
    static constexpr Tick answer_periods = 2;  // Timeout of a request, in catch-up periods.
    // Maximum number of runs of missing slots that one call of catch_up() requests. A lost datagram
    // leaves one such run. Later calls request the rest.
    static constexpr std::uint32_t runs_max = 64;

    [[nodiscard]] static SlotRange in_ring(SlotRange slots, const Log<Limits>& log) {
        return {std::min(std::max(slots.first, log.ring_begin()), slots.end), slots.end};
    }
    /// Reports a violation if a second decision for a slot differs from the first one (S18).
    static void compare(const Log<Limits>& log, const Run& decide, SlotRange learned,
                        Output<Limits>& output) {
        for (Slot slot = learned.first; slot < learned.end; ++slot)
            if (log.value_of(slot) != decide.value_of(slot))
                violate(output, ViolationKind::two_values_decided, decide.at(slot), log.at(slot));
    }
    void note_learned(const Log<Limits>& log, SlotRange slots, Output<Limits>& output) const {
        if (output.events.empty()) [[likely]]
            return;
        for (Slot slot = slots.first; slot < slots.end; ++slot) {
            const Message decide = decide_of(log.at(slot), self_);
            output.note(EventKind::learned, decide.quorum(), decide);
        }
    }

    /// Requests the slots of `rest` that are missing, at most `decisions_per_step` from each of
    /// `holders`. Returns the slot below which all of them are requested or learned.
    template <class Ask>
    Slot ask_for_missing(const Log<Limits>& log, SlotRange rest, NodeMask holders, Ask&& ask) {
        std::size_t left_to_ask = holders.count() * Limits::decisions_per_step;
        std::size_t left_at_holder = Limits::decisions_per_step;
        rest.first = end_of_alike(log, rest, true);
        for (std::uint32_t runs = 0; !rest.empty() && runs < runs_max && left_to_ask != 0; ++runs) {
            const Slot first = rest.first;
            const SlotRange askable{first, std::min<Slot>(rest.end, first + left_at_holder)};
            rest.first = end_of_alike(log, askable, false);
            const auto count = static_cast<std::uint32_t>(rest.first - first);
            ask(nth(holders, turn_), first, count);
            left_to_ask -= count;
            left_at_holder -= count;
            if (left_at_holder == 0) {
                ++turn_;
                left_at_holder = Limits::decisions_per_step;
            }
            rest.first = end_of_alike(log, rest, true);
        }
        if (left_at_holder != Limits::decisions_per_step) ++turn_;
        return rest.first;
    }

    /// Returns the end of the longest prefix of `slots` in which all slots are learned, if
    /// `is_learned`, or in which no slot is learned, otherwise.
    static Slot end_of_alike(const Log<Limits>& log, SlotRange slots, bool is_learned) {
        while (!slots.empty()) {
            const auto alike = log.piece(slots);
            if (alike.state.is_learned() != is_learned) break;
            slots.first = alike.slots.end;
        }
        return slots.first;
    }

    static NodeId nth(NodeMask nodes, std::uint64_t n) {
        for (n %= nodes.count(); n > 0; --n) nodes.remove(nodes.lowest());
        return nodes.lowest();
    }

    /// Skips the next slots if, for `give_up_ns`, no heard peer has retained them. Skips them only
    /// if the log has not advanced since the last call, because then every decision below learned()
    /// was delivered in an earlier step (S21).
    void give_up(Log<Limits>& log, const Peers& peers, Tick now, Output<Limits>& output) {
        const Slot retained = peers.retained_min(log.learned());
        if (retained <= log.learned() || stuck_at_ != log.learned()) {
            stuck_at_ = log.learned();
            forgotten_since_ = now;
            return;
        }
        if (now - forgotten_since_ < give_up_ns_ || !output.records.has_space()) return;
        output.skipped = SlotRange{log.learned(), retained};
        log.skip_to(retained);
        output.records.learned_below(retained, self_);
        output.note_at(EventKind::left_behind, retained);
    }

    NodeId self_;
    Quorum quorum_;
    Tick answer_ns_, give_up_ns_;
    Slot expected_ = 0;       // Peers::learned_max() at the last call of catch_up().
    std::uint64_t turn_ = 0;  // Selects the peer to ask, round robin.
    // The slots below this one are requested or learned. Requests for them may be in flight.
    Slot asked_end_ = 0;
    Slot advanced_to_ = never_asked;  // learned() when requests were last due.
    Tick ask_again_at_ = 0;           // When to repeat requests if the log does not advance.
    // The log's learned() at the last call of give_up().
    Slot stuck_at_ = 0;
    Tick forgotten_since_ = 0;  // Since this time, no heard peer has retained the next slot.
};

}  // namespace paxos
