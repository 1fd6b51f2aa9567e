// A proposer's slots in flight: for each, its phase, the acceptors that were asked, and those that
// have answered.
//
// Invariants
// 1. Slots [first, next) are in flight or done. There are at most `window_max` of them. If there
//    are any, `first` is in flight.
// 2. `votes` is a mask of distinct senders for one ballot and one phase (S08, S09, S13). It is
//    empty when the phase begins.
#pragma once

#include <algorithm>
#include <array>

#include "paxos/log.h"

namespace paxos {

enum class ProposerPhase : std::uint8_t { done = 0, prepare, accept };

struct alignas(64) ProposerSlot {
    Slot slot;
    NodeMask votes;
    /// The highest accepted ballot that a promise reported (S10); if none, `value` is our own.
    Ballot reported;
    std::uint32_t sent_us;  ///< When the phase's request was last sent; microseconds, wrapping.
    ProposerPhase phase;
    std::uint8_t resent;  ///< How often the phase's request timed out; saturates at 255.
    /// Retransmitted before the timeout, to acceptors that have answered for later slots.
    bool fast_retransmitted;
    std::uint8_t team;  ///< The nodes asked first: Targets::Team.
    /// From phase `accept` on, the only value that this proposer sends in this slot at its ballot
    /// (S11).
    Value value;

    /// Begins phase `next`, without votes.
    void begin(ProposerPhase next, std::uint32_t now_us) {
        phase = next;
        votes = NodeMask{};
        resent = 0;
        fast_retransmitted = false;
        sent_us = now_us;
    }
};
static_assert(sizeof(ProposerSlot) == sizeof(Message));

/// Whether a promise that reports `accepted` replaces the promise that reported `reported`. The
/// highest ballot is kept, in whatever order promises arrive (S10).
constexpr bool outranks(const Ballot& accepted, const Ballot& reported) {
    return accepted > reported;
}

template <class Limits>
class Window {
public:
    [[nodiscard]] Slot first() const { return first_; }
    [[nodiscard]] Slot next() const { return next_; }
    [[nodiscard]] bool empty() const { return first_ == next_; }

    /// The entry of `slot`; null if the slot is not in flight in `phase`.
    [[nodiscard]] ProposerSlot* find(Slot slot, ProposerPhase phase) {
        if (slot - first_ >= next_ - first_) return nullptr;  // S09
        ProposerSlot& place = places_[slot & mask];
        return place.phase == phase ? &place : nullptr;
    }
    [[nodiscard]] ProposerSlot& at(Slot slot) { return places_[slot & mask]; }
    [[nodiscard]] const ProposerSlot& at(Slot slot) const { return places_[slot & mask]; }

    /// Whether one more slot may be opened if at most `window` slots may be in flight.
    [[nodiscard]] bool has_room(std::uint32_t window) const {
        return next_ - first_ < std::min<Slot>(window, Limits::window_max);
    }
    /// Opens the next slot. REQUIRES: next() - first() < window_max.
    ProposerSlot& open(ProposerPhase phase, std::uint32_t now_us, const Value& value) {
        PAXOS_ASSERT(next_ - first_ < Limits::window_max);
        ProposerSlot& place = places_[next_ & mask];
        place = ProposerSlot{.slot = next_,
                             .votes = {},
                             .reported = {},
                             .sent_us = now_us,
                             .phase = phase,
                             .resent = 0,
                             .fast_retransmitted = false,
                             .team = 0,
                             .value = value};
        ++next_;
        return place;
    }
    /// Passes over the next slot without opening it, because it is already decided.
    void pass() {
        PAXOS_ASSERT(next_ - first_ < Limits::window_max);
        places_[next_ & mask].phase = ProposerPhase::done;
        ++next_;
        advance();
    }
    /// Marks the slots of [first, end) as done, because they are decided.
    void finish(Slot first, Slot end) {
        const Slot last = std::min(end, next_);
        for (Slot slot = std::max(first, first_); slot < last; ++slot)
            places_[slot & mask].phase = ProposerPhase::done;
        advance();
    }
    void finish(Slot slot) { finish(slot, slot + 1); }
    /// Abandons everything in flight and continues at `slot`.
    void restart(Slot slot) { first_ = next_ = slot; }

    /// Asserts the invariants. Called at the end of a step.
    void check() const {
        PAXOS_ASSERT(first_ <= next_ && next_ - first_ <= Limits::window_max);
        PAXOS_ASSERT(empty() || places_[first_ & mask].phase != ProposerPhase::done);
        if constexpr (scans<Limits>) {
            for (Slot slot = first_; slot < next_; ++slot) {
                const ProposerSlot& place = places_[slot & mask];
                PAXOS_ASSERT(place.phase == ProposerPhase::done || place.slot == slot);
            }
        }
    }

private:
    friend struct CanonicalState;  // Reads the state that the exhaustive search compares.

    static constexpr Slot mask = Limits::window_max - 1;

    void advance() {
        Slot slot = first_;
        while (slot < next_ && places_[slot & mask].phase == ProposerPhase::done) ++slot;
        first_ = slot;
    }

    Slot first_ = 0;
    Slot next_ = 0;
    std::array<ProposerSlot, Limits::window_max> places_{};
};

}  // namespace paxos
