// A proposer's slots in flight: for each the phase, the acceptors asked and the acceptors that
// answered.
//
// Invariants
// 1. Slots [first, next) are in flight or done; `first` is never done. There are at most
//    `window_max` of them.
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
    std::uint8_t resent;  ///< Timeouts of the phase's request; saturates at 255.
    /// Retransmitted before the timeout, to acceptors that have answered for later slots.
    bool fast_retransmitted;
    std::uint8_t team;  ///< The nodes asked first: Targets::Team.
    /// The one value this proposer sends in this slot at its ballot (S11), once in `accept`.
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

/// Whether a promise that reports `accepted` replaces the report so far: the highest ballot wins,
/// in every order of arrival (S10).
constexpr bool outranks(const Ballot& accepted, const Ballot& reported) {
    return accepted > reported;
}

template <class Limits>
class Window {
public:
    [[nodiscard]] Slot first() const { return first_; }
    [[nodiscard]] Slot next() const { return next_; }
    [[nodiscard]] bool empty() const { return first_ == next_; }

    /// The slot in flight in `phase`; null if it is not.
    [[nodiscard]] ProposerSlot* find(Slot slot, ProposerPhase phase) {
        if (slot - first_ >= next_ - first_) return nullptr;  // S09
        ProposerSlot& place = places_[slot & mask];
        return place.phase == phase ? &place : nullptr;
    }
    [[nodiscard]] ProposerSlot& at(Slot slot) { return places_[slot & mask]; }
    [[nodiscard]] const ProposerSlot& at(Slot slot) const { return places_[slot & mask]; }

    /// Whether one more slot may be opened if `window` slots may be in flight.
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
    /// Passes over the next slot, which is already decided.
    void pass() {
        PAXOS_ASSERT(next_ - first_ < Limits::window_max);
        places_[next_ & mask].phase = ProposerPhase::done;
        ++next_;
        advance();
    }
    /// The slots of [first, end) are decided.
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
    friend struct CanonicalState;  // Reads the state that a search compares.

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
