// A node's log: a ring of slots of fixed size, written by all roles. A state is stored once for all
// consecutive slots that share it (slot_runs.h); values are stored one by one.
//
// Invariants
// 1. Every slot below `learned()` is decided. Its decision was learned here, or skipped when this
//    node was left behind.
// 2. A place in the ring is given to another slot only after the slot that has it was skipped, or
//    was learned in an earlier step (S20). So a decision stays in the ring until the caller has
//    read it.
// 3. Every slot in [ring_begin, learned) is learned, and its value is stored in the ring. The
//    decisions of the slots in [retained_from, ring_begin) are in the history.
// 4. Exactly the slots in [ring_begin(), opened_end()) have a place in the ring, at most
//    Limits::ring_slots of them. From opened_end() on, nothing was accepted or learned, and nothing
//    was promised with PromiseScope::slot (acceptor.h). A late message about a slot that has lost
//    its place does not find the slot that has this place now (S20).
#pragma once

#include <algorithm>
#include <array>
#include <span>

#include "paxos/history.h"
#include "paxos/limits.h"
#include "paxos/quorum.h"
#include "paxos/records.h"
#include "paxos/slot_runs.h"
#include "paxos/values.h"

namespace paxos {

/// The state of a slot, without its value.
struct SlotState {
    /// Before the slot is learned: the ballot promised for this slot. With PromiseScope::whole_log
    /// it is none, because the acceptor keeps one promise for all slots (acceptor.h). Once the slot
    /// is learned: the ballot at which it was decided. A learned slot takes no more votes.
    Ballot promised;
    Ballot accepted;
    /// Learned: the mask of the quorum that decided the slot. It is a positive number, because a
    /// mask has at most limits::nodes_max bits. Not learned: the negated number of the last record
    /// about the slot (S06), or zero. The mask and the number share one word, so that memory-only
    /// nodes do not pay for records.
    std::int64_t quorum_or_record = 0;

    [[nodiscard]] static SlotState learned(Ballot accepted, Ballot ballot, NodeMask quorum) {
        return {ballot, accepted, static_cast<std::int64_t>(quorum.bits())};
    }
    [[nodiscard]] bool is_learned() const { return quorum_or_record > 0; }
    [[nodiscard]] bool has_value() const { return is_learned() || !accepted.is_none(); }
    /// The quorum that decided the slot; empty until the slot is learned here.
    [[nodiscard]] NodeMask decided_by() const {
        return NodeMask{is_learned() ? static_cast<std::uint64_t>(quorum_or_record) : 0};
    }
    /// REQUIRES: not learned.
    [[nodiscard]] Sequence recorded() const { return static_cast<Sequence>(-quorum_or_record); }
    /// REQUIRES: not learned.
    void set_recorded(Sequence sequence) {
        quorum_or_record = -static_cast<std::int64_t>(sequence);
    }
    bool operator==(const SlotState&) const = default;
};
static_assert(limits::nodes_max < 64, "a quorum is a positive number");

/// A slot, its state and its value.
struct LogSlot {
    Slot slot;
    SlotState state;
    Value value;  ///< The accepted or decided value; zero if there is none.
};

/// Whether check() of a role scans its tables: always with the limits Tiny and Pair, with Small if
/// costly checks are on (PAXOS_VERIFY), never with Standard, whose steps would take too long.
template <class Limits>
inline constexpr bool scans = Limits::ring_slots <=
                              (verifies ? limits::Small::ring_slots : limits::Tiny::ring_slots);

template <class Limits>
class Log {
public:
    using Piece = typename SlotRuns<SlotState, Limits::ring_slots>::Piece;

    /// `history`: see Options.
    explicit Log(std::span<Decision> history = {}) : history_(history) {}

    /// The longest prefix of `slots` in which all slots share one state, and that state. REQUIRES:
    /// not empty; ring_begin() <= slots.first.
    [[nodiscard]] Piece piece(SlotRange slots) const {
        if (!runs_.has(slots.first)) return {slots, SlotState{}};
        return runs_.piece(slots.first, slots.end);
    }
    /// Like piece(), but first gives each slot of `slots` a place in the ring. Ignores all but the
    /// first Limits::ring_slots slots of `slots`. REQUIRES:
    /// `ring_begin() <= slots.first < slots.end <= end()`.
    [[nodiscard, gnu::always_inline]] Piece open(SlotRange slots) {
        slots.end = std::min(slots.end, slots.first + Limits::ring_slots);
        if (slots.end > runs_.end()) open_up_to(slots.end);
        return runs_.piece(slots.first, slots.end);
    }
    /// REQUIRES: `slots` have places in the ring and are not learned.
    void set(SlotRange slots, const SlotState& state) { runs_.assign(slots, state); }
    /// Stores the values of `slots`. REQUIRES: `slots` have places in the ring.
    [[gnu::always_inline]] void store(SlotRange slots, const Values& values) {
        while (!slots.empty()) {  // Up to the end of the ring in memory, then from its start.
            const std::size_t place = slots.first & mask;
            const SlotRange part{slots.first,
                                 std::min<Slot>(slots.end, slots.first + values_.size() - place)};
            values.copy(part, reinterpret_cast<std::byte*>(&values_[place]));
            slots.first = part.end;
        }
    }
    /// The slot with its state and value, from the ring or the history. If neither has the slot,
    /// its state and value are empty.
    [[nodiscard]] LogSlot at(Slot slot) const {
        if (!runs_.has(slot)) [[unlikely]]
            return without_place(slot);
        const SlotState& state = runs_.at(slot);
        return {slot, state, state.has_value() ? value_of(slot) : Value{}};
    }
    /// The accepted or decided value of `slot`. REQUIRES: the slot is in the ring and has a value.
    [[nodiscard]] const Value& value_of(Slot slot) const { return values_[slot & mask]; }
    /// The values of [first, end), or of its first part if the ring wraps around in memory.
    /// REQUIRES: not empty; all slots have places in the ring.
    [[nodiscard]] std::span<const Value> values_of(Slot first, Slot end) const {
        PAXOS_ASSERT(first < end && runs_.has(first) && end <= runs_.end());
        const std::size_t place = first & mask;
        return std::span{values_}.subspan(
            place, std::min<std::size_t>(end - first, values_.size() - place));
    }
    [[nodiscard]] bool has_learned(Slot slot) const {
        return slot < learned_ || (runs_.has(slot) && runs_.at(slot).is_learned());
    }

    /// Marks the slots of `alike` as learned, permanently. Their stored values are the decided
    /// values (S18). If these slots close a gap, only the next advance() moves learned() over the
    /// slots above them. REQUIRES: not learned; `quorum` is a quorum.
    void learn(const Piece& alike, Ballot ballot, NodeMask quorum) {
        PAXOS_ASSERT(!alike.state.is_learned() && !quorum.empty());
        runs_.assign(alike.slots, SlotState::learned(alike.state.accepted, ballot, quorum));
        if (alike.slots.first == learned_) learned_ = alike.slots.end;  // S21
    }
    /// Advances learned() to the next gap (S21). Called once after all slots of a run are learned.
    void advance() {
        while (runs_.has(learned_)) {
            const Piece next = runs_.piece(learned_, runs_.end());
            if (!next.state.is_learned()) return;
            learned_ = next.slots.end;
        }
    }

    /// Begins a step. The caller has read all decisions so far, so their places may be reused.
    void begin_step() { given_out_ = learned_; }

    /// Skips all slots below `slot`, which are decided. Their decisions are neither learned nor
    /// kept here. Promises and acceptances from `slot` on are unchanged (S05). REQUIRES:
    /// `slot > learned()`.
    void skip_to(Slot slot) {
        PAXOS_ASSERT(slot > learned_);
        if (slot < runs_.end())
            runs_.drop(slot);
        else
            runs_.restart(slot);
        history_.restart(slot);
        learned_ = given_out_ = slot;
        advance();
    }

    /// Asserts the invariants. Called at the end of a step.
    void check() const {
        PAXOS_ASSERT(retained_from() <= learned_ && given_out_ <= learned_ && learned_ <= end());
        PAXOS_ASSERT(learned_ <= runs_.end() && runs_.end() <= end());           // 3, 4
        PAXOS_ASSERT(!history_.is_kept() || history_.end() == ring_begin());     // 3
        PAXOS_ASSERT(!runs_.has(learned_) || !runs_.at(learned_).is_learned());  // S21
        if constexpr (scans<Limits>)
            for (SlotRange rest{ring_begin(), learned_}; !rest.empty();) {
                const Piece next = piece(rest);
                PAXOS_ASSERT(next.state.is_learned());  // 1, 3
                rest.first = next.slots.end;
            }
    }

    [[nodiscard]] Slot learned() const { return learned_; }
    /// The decisions from this slot up to learned() are in the ring or in the history.
    [[nodiscard]] Slot retained_from() const {
        return history_.is_kept() ? history_.begin() : runs_.begin();
    }
    /// The slots from here to opened_end() have places in the ring.
    [[nodiscard]] Slot ring_begin() const { return runs_.begin(); }
    [[nodiscard]] Slot opened_end() const { return runs_.end(); }
    /// The upper limit of opened_end() in this step. A slot at or above it would take the place of
    /// a slot whose decision the caller has not read.
    [[nodiscard]] Slot end() const { return given_out_ + Limits::ring_slots; }

private:
    friend struct CanonicalState;  // For the exhaustive search (src/sim).

    static constexpr Slot mask = Limits::ring_slots - 1;

    /// Gives every slot below `end` a place in the ring. The slots that used these places before go
    /// to the history.
    [[gnu::noinline]] void open_up_to(Slot end) {
        const Slot retained = end - std::min<Slot>(end, Limits::ring_slots);
        PAXOS_ASSERT(retained <= given_out_);  // S20
        if (retained > runs_.begin()) {
            if (history_.is_kept()) [[unlikely]]
                remember(retained);
            runs_.drop(retained);
        }
        runs_.append(end, SlotState{});
    }
    /// Adds the decisions of the slots below `end`, which leave the ring, to the history.
    [[gnu::noinline]] void remember(Slot end) {
        for (Slot slot = runs_.begin(); slot < end;) {
            const Piece alike = runs_.piece(slot, end);
            const std::span<const Value> values = values_of(slot, alike.slots.end);
            history_.add(values, alike.state.promised, alike.state.decided_by());
            slot += values.size();
        }
    }
    [[nodiscard, gnu::noinline]] LogSlot without_place(Slot slot) const {
        if (!history_.has(slot)) return {slot, {}, {}};
        const Decision& known = history_.of(slot);
        return {slot, SlotState::learned(known.ballot, known.ballot, known.quorum), known.value};
    }

    Slot learned_ = 0;
    Slot given_out_ = 0;  // learned() when this step began.
    SlotRuns<SlotState, Limits::ring_slots> runs_;
    std::array<Value, Limits::ring_slots> values_{};
    History history_;
};

}  // namespace paxos
