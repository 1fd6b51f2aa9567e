// A node's log: a ring of slots, flat in memory however many rounds are run. Acceptor and learner
// write in it.
//
// Invariants
// 1. Every slot below `learned()` is decided; its decision was learned here, or given up when left
//    behind.
// 2. A place is given to a new slot only when its last tenant was learned in an earlier step (S20):
//    what was learned in this one stands until it has been given out.
// 3. Every slot in [retained_from, learned) that was learned here is still here, with its value.
// 4. A place is matched on the whole slot number, so a late message for its last tenant finds
//    nothing (S20).
#pragma once

#include <algorithm>
#include <array>
#include <span>
#include <type_traits>
#include <utility>

#include "paxos/message.h"

namespace paxos {

/// All that a node knows of a slot, in one cache line and in a message's layout.
struct alignas(64) LogSlot {
    NodeMask decided_by;  ///< Who accepted what was decided; empty until it is learned here.
    Slot slot;
    /// Learned: the ballot at which it was decided; nobody votes in a learned slot.
    Ballot promised;
    Ballot accepted;
    Value value;  ///< What was accepted, then what was learned.

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

    /// The place of `slot`, or null where it has none: below what is retained, or beyond the ring's
    /// end.
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
    /// The place of `slot` if it has one already.
    [[nodiscard]] const LogSlot* find(Slot slot) const {
        const LogSlot& place = places_[slot & mask];
        return place.slot == slot && slot >= retained_from_ ? &place : nullptr;
    }
    [[nodiscard]] LogSlot* find(Slot slot) {
        return const_cast<LogSlot*>(std::as_const(*this).find(slot));
    }
    /// The places of [first, end), as far as they stand one behind the other: up to the ring's end.
    /// REQUIRES: there are some, and all are retained.
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

    /// Makes `place` decided, for ever. Where it closes a hole, learned() stops behind it until the
    /// next advance(). REQUIRES: not learned yet; `quorum` is one.
    void learn(LogSlot& place, Ballot ballot, NodeMask quorum, const Value& value) {
        PAXOS_ASSERT(!place.is_learned() && !quorum.empty());
        place.decided_by = quorum;
        place.promised = ballot;
        place.value = value;
        if (place.slot == learned_) ++learned_;  // S21
    }
    /// Takes learned() on to the next hole. Once for all that one run of messages has taught.
    void advance() {
        Slot slot = learned_;
        while (places_[slot & mask].slot == slot && places_[slot & mask].is_learned()) ++slot;
        learned_ = slot;
    }

    /// What is learned so far has been given out: its places may be given to others.
    void begin_step() { given_out_ = learned_; }

    /// Left behind: everything below `slot` is decided and forgotten by the peers. Promises and the
    /// places that overlap stay as they are (S05). REQUIRES: slot > learned().
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
    /// No slot from here on has a place.
    [[nodiscard]] Slot end() const { return given_out_ + Limits::ring_slots; }

private:
    friend struct Essence;  // Reads what a search tells two states apart by.

    static constexpr Slot mask = Limits::ring_slots - 1;

    [[nodiscard]] bool has(Slot slot) const { return places_[slot & mask].slot == slot; }
    static void reset(LogSlot& place, Slot slot) {
        place = LogSlot{
            .decided_by = {}, .slot = slot, .promised = {}, .accepted = {}, .value = {}};
    }

    Slot learned_ = 0;
    Slot retained_from_ = 0;
    Slot given_out_ = 0;  // What was learned when this step began.
    std::array<LogSlot, Limits::ring_slots> places_;
};

}  // namespace paxos
