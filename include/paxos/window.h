// A proposer's slots in flight: for each, its phase, the acceptors that were asked, and those that
// have answered. Neighbouring slots in the same state share one entry (SlotRuns). Each slot has a
// value of its own.
//
// Invariants
// 1. Slots [first, next) are in flight or done. There are at most `window_max` of them. If there
//    are any, `first` is in flight. Later slots are opened even if `first` takes long, until the
//    window has `window_max` slots.
// 2. `votes` is a mask of distinct senders for one ballot and one phase (S08, S09, S13). When the
//    phase begins, it contains at most this node.
#pragma once

#include <algorithm>
#include <array>

#include "paxos/log.h"

namespace paxos {

enum class ProposerPhase : std::uint8_t { done = 0, prepare, accept };

/// What was asked about a slot, and which nodes have answered. The slot's value is in the window.
struct Asked {
    NodeMask votes;
    /// In phase `prepare`, the highest accepted ballot that a promise reported (S10). Until a
    /// promise reports one, the slot's value in the window is the proposer's own.
    Ballot reported;
    std::uint32_t sent_us = 0;  ///< When the request was last sent; microseconds, wrapping.
    ProposerPhase phase = ProposerPhase::done;
    std::uint8_t resent = 0;  ///< How often the phase's request timed out; saturates at 255.
    /// The request was retransmitted before the timeout, to acceptors that had answered for later
    /// slots.
    bool fast_retransmitted = false;
    std::uint8_t team = 0;  ///< The peers asked first in this phase: Targets::Team.

    bool operator==(const Asked&) const = default;
};

/// Whether a promise that reports `accepted` replaces the promise that reported `reported`. The
/// highest ballot is kept, in whatever order promises arrive (S10).
constexpr bool outranks(const Ballot& accepted, const Ballot& reported) {
    return accepted > reported;
}

template <class Limits>
class Window {
public:
    using Piece = typename SlotRuns<Asked, Limits::window_max>::Piece;

    [[nodiscard]] Slot first() const { return runs_.begin(); }
    [[nodiscard]] Slot next() const { return runs_.end(); }
    [[nodiscard]] bool empty() const { return runs_.empty(); }
    [[nodiscard]] std::size_t in_flight() const { return in_flight_; }

    /// A prefix of `slots` in which all slots share one state, and that state. Slots outside
    /// [first, next) are `done`, so an answer for them does not count (S09).
    [[nodiscard]] Piece piece(SlotRange slots) const {
        if (runs_.has(slots.first)) return runs_.piece(slots.first, slots.end);
        const Slot end = slots.first < first() ? std::min(slots.end, first()) : slots.end;
        return {{slots.first, end}, Asked{}};
    }
    /// REQUIRES: `slot` is in [first, next).
    [[nodiscard]] const Asked& at(Slot slot) const { return runs_.at(slot); }
    /// REQUIRES: `slots` are in flight, and remain so.
    void set(SlotRange slots, const Asked& asked) {
        PAXOS_ASSERT(asked.phase != ProposerPhase::done);
        runs_.assign(slots, asked);
    }

    /// The value of `slot`. From phase `accept` on, this proposer sends no other value in the slot
    /// at its ballot (S11).
    [[nodiscard]] const Value& value_of(Slot slot) const { return values_[slot & mask]; }
    [[nodiscard]] Value& value_of(Slot slot) { return values_[slot & mask]; }
    /// The part of `slots` before the ring of values wraps around in memory.
    [[nodiscard]] SlotRange contiguous(SlotRange slots) const {
        return {slots.first,
                std::min(slots.end, slots.first + Limits::window_max - (slots.first & mask))};
    }
    /// The values of `slots`. REQUIRES: they are contiguous.
    [[nodiscard]] Values values(SlotRange slots) const {
        return Values::at(values_[slots.first & mask], slots.first);
    }

    /// How many more slots may be opened if at most `window` slots may be in flight.
    [[nodiscard]] std::size_t space(std::uint32_t window) const {
        return std::min<std::size_t>(window - std::min<std::size_t>(window, in_flight_),
                                     Limits::window_max - (next() - first()));
    }
    /// Opens the slots [next(), end); `value_of(slot)` returns the value to propose. REQUIRES: at
    /// least one slot; end - first() <= window_max.
    template <class ValueOf>
    void open(Slot end, std::uint32_t now_us, ValueOf&& value_of) {
        for (Slot slot = next(); slot < end; ++slot) values_[slot & mask] = value_of(slot);
        in_flight_ += end - next();
        runs_.append(
            end,
            Asked{.votes = {}, .reported = {}, .sent_us = now_us, .phase = ProposerPhase::prepare});
    }
    /// Passes over the slots [next(), end) without opening them, because they are already decided.
    /// REQUIRES: as for open().
    void pass(Slot end) {
        runs_.append(end, Asked{});
        advance();
    }
    /// Marks `slots` as done, because they are decided. Their values stay until later slots take
    /// their places. REQUIRES: they are in flight.
    void finish(SlotRange slots) {
        PAXOS_ASSERT(slots.size() <= in_flight_);
        in_flight_ -= slots.size();
        runs_.assign(slots, Asked{});
        advance();
    }
    /// Like finish(), for those of `slots` that are in flight.
    void finish_all(SlotRange slots) {
        SlotRange rest{slots.first, std::min(slots.end, next())};
        for (;;) {
            rest.first = std::max(rest.first, first());
            if (rest.first >= rest.end) return;
            const Piece alike = runs_.piece(rest.first, rest.end);
            rest.first = alike.slots.end;
            if (alike.state.phase != ProposerPhase::done) finish(alike.slots);
        }
    }
    /// Abandons everything in flight and continues at `slot`.
    void restart(Slot slot) {
        runs_.restart(slot);
        in_flight_ = 0;
    }

    /// Asserts the invariants. Called at the end of a step.
    void check() const {
        PAXOS_ASSERT(first() <= next() && next() - first() <= Limits::window_max);
        PAXOS_ASSERT(empty() || at(first()).phase != ProposerPhase::done);
        PAXOS_ASSERT(in_flight_ <= next() - first() && empty() == (in_flight_ == 0));
        if constexpr (scans<Limits>) {
            std::size_t in_flight = 0;
            for (SlotRange rest{first(), next()}; !rest.empty();) {
                const auto [slots, asked] = piece(rest);
                PAXOS_ASSERT(asked.phase != ProposerPhase::done || asked == Asked{});
                if (asked.phase != ProposerPhase::done) in_flight += slots.size();
                rest.first = slots.end;
            }
            PAXOS_ASSERT(in_flight == in_flight_);
        }
    }

private:
    static constexpr Slot mask = Limits::window_max - 1;

    void advance() {
        while (!runs_.empty()) {
            const Piece lowest = runs_.piece(first(), next());
            if (lowest.state.phase != ProposerPhase::done) return;
            runs_.drop(lowest.slots.end);
        }
    }

    SlotRuns<Asked, Limits::window_max> runs_;
    std::size_t in_flight_ = 0;
    std::array<Value, Limits::window_max> values_{};
};

}  // namespace paxos
