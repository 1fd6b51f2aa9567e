// The states of a range of slots, run-length encoded in a ring: neighbours in the same state share
// one entry. An operation on a range takes time for each run that it touches, not for each slot.
//
// Invariants
// 1. The slots are [begin, end), at most `places` of them; `places` is a power of two.
// 2. They are divided into runs, each with an entry of `runs_`. The place of a slot is slot modulo
//    `places`. At the places of a run's first and last slot, `entries_` has the index of the run's
//    entry. The bits that are set in `starts_` are the places of the runs' first slots.
// 3. Neighbouring runs differ in state, so the states of the slots determine the runs.
//
// Entries are reused, the most recently freed first. Therefore, even if the slots are handled one
// by one, the entries in use stay in a few cache lines. Besides these entries, a slot needs only
// its two bytes in `entries_` and its bit in `starts_`.
#pragma once

#include <algorithm>
#include <array>
#include <bit>
#include <cstdint>

#include "paxos/slot_range.h"

namespace paxos {

template <class State, std::size_t places>
class SlotRuns {
    static_assert(std::has_single_bit(places));

public:
    [[nodiscard]] Slot begin() const { return begin_; }
    [[nodiscard]] Slot end() const { return end_; }
    [[nodiscard]] bool empty() const { return begin_ == end_; }
    [[nodiscard]] bool has(Slot slot) const { return slot - begin_ < end_ - begin_; }

    /// Adjacent slots in the same state, and that state.
    struct Piece {
        SlotRange slots;
        State state;
    };
    /// The slots of `slot`'s run that lie in [slot, end). REQUIRES: has(slot); slot < end.
    [[nodiscard]] Piece piece(Slot slot, Slot end) const {
        const Run& run = run_of(slot);
        return {{slot, std::min(end, run.end)}, run.state};
    }
    /// REQUIRES: has(slot).
    [[nodiscard]] const State& at(Slot slot) const { return run_of(slot).state; }

    /// Sets the state of all of `slots`. REQUIRES: begin() <= slots.first < slots.end <= end().
    void assign(SlotRange slots, const State& state) {
        PAXOS_ASSERT(slots.first < slots.end && has(slots.first) && slots.end <= end_);
        if (move_boundary(slots, state)) return;
        split(slots.end);
        split(slots.first);
        remove(slots);
        add(slots, state);
    }
    /// Appends the slots [end(), end) in `state`. REQUIRES: there is at least one such slot;
    /// end - begin() <= places.
    void append(Slot end, const State& state) {
        PAXOS_ASSERT(end > end_ && end - begin_ <= places);
        const SlotRange slots{end_, end};
        end_ = end;
        add(slots, state);
    }
    /// Removes the slots below `begin`. REQUIRES: begin() <= begin <= end().
    void drop(Slot begin) {
        PAXOS_ASSERT(begin >= begin_ && begin <= end_);
        split(begin);
        remove({begin_, begin});
        begin_ = begin;
    }
    /// Removes all slots. append() continues at `begin`.
    void restart(Slot begin) {
        drop(end_);
        begin_ = end_ = begin;
    }

private:
    static constexpr Slot mask = places - 1;
    static_assert(places <= 65536);
    using Entry = std::uint16_t;  ///< An index into `runs_`.

    struct Run {
        Slot end;  ///< In a free entry, this is 1 + the next free entry, or 0 if there is none.
        State state;
    };

    class Bits {
    public:
        [[nodiscard]] bool has(Slot place) const { return words_[place / 64] >> place % 64 & 1; }
        void add(Slot place) { words_[place / 64] |= std::uint64_t{1} << place % 64; }
        void remove(Slot place) { words_[place / 64] &= ~(std::uint64_t{1} << place % 64); }
        /// The distance from `place` down to the next set bit, around the ring; 0 if the bit of
        /// `place` is set. REQUIRES: some bit is set.
        [[nodiscard]] Slot distance_below(Slot place) const {
            std::size_t index = place / 64;
            std::uint64_t word = words_[index] << (63 - place % 64);
            if (word != 0) return static_cast<Slot>(std::countl_zero(word));
            Slot distance = place % 64 + 1;  // The distance to the highest bit of the word below.
            for (;; distance += bits_per_word) {
                index = (index == 0 ? words_.size() : index) - 1;
                word = words_[index] << (64 - bits_per_word);
                if (word != 0) return distance + static_cast<Slot>(std::countl_zero(word));
            }
        }

    private:
        static constexpr std::size_t bits_per_word = std::min<std::size_t>(places, 64);
        std::array<std::uint64_t, (places + 63) / 64> words_{};
    };

    [[nodiscard]] Entry entry_of(Slot slot) const {
        PAXOS_ASSERT(has(slot));
        return entries_[(slot - starts_.distance_below(slot & mask)) & mask];
    }
    [[nodiscard]] const Run& run_of(Slot slot) const { return runs_[entry_of(slot)]; }

    /// Handles the usual case of assign(): `slots` are the first part of a run, but not the whole
    /// run, and the run below is in `state`. Only the boundary between the two runs moves. In all
    /// other cases, changes nothing and returns false.
    [[nodiscard]] bool move_boundary(SlotRange slots, const State& state) {
        if (slots.first == begin_ || !starts_.has(slots.first & mask)) return false;
        const Entry above = entries_[slots.first & mask],
                    below = entries_[(slots.first - 1) & mask];
        if (runs_[above].end <= slots.end || runs_[below].state != state) return false;
        starts_.remove(slots.first & mask);
        runs_[below].end = slots.end;
        entries_[(slots.end - 1) & mask] = below;
        entries_[slots.end & mask] = above;
        starts_.add(slots.end & mask);
        return true;
    }
    /// Divides the run of `slot`, so that a run begins at `slot`.
    void split(Slot slot) {
        if (slot == end_ || starts_.has(slot & mask)) return;
        const Entry below = entry_of(slot);
        insert({slot, runs_[below].end}, runs_[below].state);
        runs_[below].end = slot;
        entries_[(slot - 1) & mask] = below;
    }
    /// Removes the runs of `slots`. REQUIRES: `slots` are whole runs.
    void remove(SlotRange slots) {
        while (slots.first < slots.end) slots.first = remove_run(slots.first);
    }
    /// Removes the run that begins at `first`. Returns its end.
    Slot remove_run(Slot first) {
        const Entry entry = entries_[first & mask];
        const Slot end = runs_[entry].end;
        starts_.remove(first & mask);
        runs_[entry].end = unused_;
        unused_ = entry + 1U;
        return end;
    }
    /// Adds `run` in `state`, and merges it with neighbouring runs in that state. REQUIRES: no slot
    /// of `run` is in a run yet.
    void add(SlotRange run, const State& state) {
        if (run.end != end_ && runs_[entries_[run.end & mask]].state == state)
            run.end = remove_run(run.end);
        if (run.first != begin_) {
            const Entry below = entries_[(run.first - 1) & mask];
            if (runs_[below].state == state) {
                runs_[below].end = run.end;
                entries_[(run.end - 1) & mask] = below;
                return;
            }
        }
        insert(run, state);
    }
    void insert(SlotRange run, const State& state) {
        Slot entry = never_used_;
        if (unused_ != 0) {
            entry = unused_ - 1;
            unused_ = runs_[entry].end;
        } else {
            ++never_used_;
        }
        runs_[entry] = {run.end, state};
        starts_.add(run.first & mask);
        entries_[run.first & mask] = static_cast<Entry>(entry);
        entries_[(run.end - 1) & mask] = static_cast<Entry>(entry);
    }

    Slot begin_ = 0;
    Slot end_ = 0;
    Slot unused_ = 0;      // 1 + the freed entry to use next; 0: there is none.
    Slot never_used_ = 0;  // Entries from here on have never been used.
    Bits starts_;
    std::array<Entry, places> entries_{};
    std::array<Run, places> runs_{};
};

}  // namespace paxos
