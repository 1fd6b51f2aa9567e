// A proposer's slots in flight: whom it has asked what, and who has answered.
//
// Invariants
// 1. Slots [first, next) are in flight or done; `first` is never done. There are at most
//    `window_max` of them.
// 2. Votes are a mask of distinct senders, for one ballot and one phase (S08, S09, S13): both begin
//    empty with the phase.
#pragma once

#include <algorithm>
#include <array>

#include "paxos/log.h"

namespace paxos {

enum class ProposerPhase : std::uint8_t { done = 0, prepare, accept };

struct alignas(64) ProposerSlot {
    Slot slot;
    NodeMask votes;
    /// The highest accepted ballot that a promise named (S10); none: `value` is our own.
    Ballot reported;
    std::uint32_t sent_us;  ///< When the phase's request was last sent; microseconds, wrapping.
    ProposerPhase phase;
    std::uint8_t resent;  ///< Times the phase's request was sent again; stays at 255.
    /// Sent again before its time, since then to those alone whom later answers had overtaken.
    bool hurried;
    std::uint8_t team;  ///< Who was asked first: Targets::Team.
    /// The one value this proposer sends in this slot at its ballot (S11), once in `accept`.
    Value value;

    /// Nobody has answered in `next` yet.
    void begin(ProposerPhase next, std::uint32_t now_us) {
        phase = next;
        votes = NodeMask{};
        resent = 0;
        hurried = false;
        sent_us = now_us;
    }
};
static_assert(sizeof(ProposerSlot) == sizeof(Message));

/// Whether a promise that reports `accepted` says more than what was `reported` before: the highest
/// counts, in every order of arrival (S10).
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

    /// Whether one more slot may be in flight, where `window` may be.
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
                             .hurried = false,
                             .team = 0,
                             .value = value};
        ++next_;
        return place;
    }
    /// Passes over the next slot: it is decided already.
    void pass() {
        PAXOS_ASSERT(next_ - first_ < Limits::window_max);
        places_[next_ & mask].phase = ProposerPhase::done;
        ++next_;
        advance();
    }
    /// The slots of [first, end) are decided, by whomever.
    void finish(Slot first, Slot end) {
        const Slot last = std::min(end, next_);
        for (Slot slot = std::max(first, first_); slot < last; ++slot)
            places_[slot & mask].phase = ProposerPhase::done;
        advance();
    }
    void finish(Slot slot) { finish(slot, slot + 1); }
    /// Gives up everything in flight and goes on at `slot`.
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
    friend struct Essence;  // Reads what a search tells two states apart by.

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
