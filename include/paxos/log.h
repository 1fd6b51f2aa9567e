// A node's log: a ring of slots of fixed size. Acceptor and learner write to it.
//
// Invariants
// 1. Every slot below `learned()` is decided. Its decision was learned here, or skipped when this
//    node was left behind.
// 2. A place is reused only after its slot was learned in an earlier step (S20): decisions stay in
//    place until the caller has read them.
// 3. Every slot in [retained_from, learned) is in the ring, learned, with its value.
// 4. A place is matched on the whole slot number, so a late message for its previous slot finds
//    nothing (S20).
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <type_traits>
#include <utility>

#include "paxos/message.h"

namespace paxos {

/// The state of a slot, in one cache line, with the layout of a message.
struct alignas(64) LogSlot {
    NodeMask decided_by;  ///< The quorum that decided the slot; empty until it is learned here.
    Slot slot;
    /// If learned: the ballot at which the slot was decided. A learned slot takes no more votes.
    Ballot promised;
    Ballot accepted;
    Value value;  ///< The accepted value, then the decided one.

    [[nodiscard]] bool is_learned() const { return !decided_by.empty(); }
};
static_assert(sizeof(LogSlot) == sizeof(Message));

/// Whether check() of a role scans its tables: in tiny worlds and searches always, in larger ones
/// where costly checks are on. Never in a ring of a real run: its steps would take too long.
template <class Limits>
inline constexpr bool scans = Limits::ring_slots <=
                              (verifies ? limits::Small::ring_slots : limits::Tiny::ring_slots);

template <class Limits>
class Log {
public:
    Log() {
        for (Slot slot = 0; slot < Limits::ring_slots; ++slot) reset(places_[slot], slot);
    }

    /// The place of `slot`, reset if it belonged to an earlier slot. Null if `slot` is below
    /// retained_from() or at or above end().
    [[nodiscard]] LogSlot* open(Slot slot) {
        LogSlot& place = places_[slot & mask];
        if (place.slot == slot && slot >= retained_from_) [[likely]]
            return &place;
        if (slot < retained_from_ || slot >= end()) return nullptr;  // S20
        PAXOS_ASSERT(place.slot < given_out_ && place.slot < slot);  // S20
        if (retained_from_ <= place.slot) retained_from_ = place.slot + 1;
        reset(place, slot);
        return &place;
    }
    /// The place of `slot` if it already has one.
    [[nodiscard]] const LogSlot* find(Slot slot) const {
        const LogSlot& place = places_[slot & mask];
        return place.slot == slot && slot >= retained_from_ ? &place : nullptr;
    }
    [[nodiscard]] LogSlot* find(Slot slot) {
        return const_cast<LogSlot*>(std::as_const(*this).find(slot));
    }
    /// The places of [first, end) up to the end of the ring in memory. REQUIRES: not empty, and all
    /// are retained.
    [[nodiscard]] std::span<const LogSlot> find_all(Slot first, Slot end) const {
        const std::size_t place = first & mask;
        const auto found = std::span{places_}.subspan(
            place, std::min<std::size_t>(end - first, places_.size() - place));
        PAXOS_ASSERT(found.front().slot == first && found.back().slot == first + found.size() - 1);
        return found;
    }
    [[nodiscard]] bool has_learned(Slot slot) const {
        if (slot < learned_) return true;
        const LogSlot& place = places_[slot & mask];
        return place.slot == slot && place.is_learned();
    }

    /// Records the decision of `place`, permanently (S18). If this closes a gap, learned() passes
    /// the slots behind it only at the next advance(). REQUIRES: not learned; `quorum` is a quorum.
    void learn(LogSlot& place, Ballot ballot, NodeMask quorum, const Value& value) {
        PAXOS_ASSERT(!place.is_learned() && !quorum.empty());
        place.decided_by = quorum;
        place.promised = ballot;
        place.value = value;
        if (place.slot == learned_) ++learned_;  // S21
    }
    /// Advances learned() to the next gap. Called once for a run of messages.
    void advance() {
        Slot slot = learned_;
        while (places_[slot & mask].slot == slot && places_[slot & mask].is_learned()) ++slot;
        learned_ = slot;
    }

    /// The caller has read all decisions so far: their places may be reused.
    void begin_step() { given_out_ = learned_; }

    /// Skips to `slot`: everything below is decided, and no peer retains it. Promises and
    /// acceptances from `slot` on are unchanged (S05). REQUIRES: slot > learned().
    void skip_to(Slot slot) {
        PAXOS_ASSERT(slot > learned_);
        learned_ = retained_from_ = given_out_ = slot;
        advance();
    }

    /// Asserts the invariants. Called at the end of a step.
    void check() const {
        PAXOS_ASSERT(retained_from_ <= learned_ && given_out_ <= learned_ && learned_ <= end());
        if constexpr (scans<Limits>) {
            for (Slot slot = retained_from_; slot < learned_; ++slot)
                PAXOS_ASSERT(has(slot) && places_[slot & mask].is_learned());        // 1, 3
            PAXOS_ASSERT(!has(learned_) || !places_[learned_ & mask].is_learned());  // S21
            for (const LogSlot& place : places_)
                PAXOS_ASSERT(place.slot < end() && &place == &places_[place.slot & mask]);
        }
    }

    [[nodiscard]] Slot learned() const { return learned_; }
    [[nodiscard]] Slot retained_from() const { return retained_from_; }
    /// No slot at or above this one has a place.
    [[nodiscard]] Slot end() const { return given_out_ + Limits::ring_slots; }

private:
    friend struct CanonicalState;  // Reads the state that a search compares.

    static constexpr Slot mask = Limits::ring_slots - 1;

    [[nodiscard]] bool has(Slot slot) const { return places_[slot & mask].slot == slot; }
    static void reset(LogSlot& place, Slot slot) {
        place = LogSlot{
            .decided_by = {}, .slot = slot, .promised = {}, .accepted = {}, .value = {}};
    }

    Slot learned_ = 0;
    Slot retained_from_ = 0;
    Slot given_out_ = 0;  // learned() when this step began.
    std::array<LogSlot, Limits::ring_slots> places_;
};

}  // namespace paxos
