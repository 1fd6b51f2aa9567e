// The load of a run at one node: which slots may be proposed now, with which window and values, and
// the latency of each slot. Every node has a Load, so that any node can take over as proposer.
//
// 1. The warm-up and the rows (one for each window or rate) are consecutive slot ranges of one log.
//    A row begins when this node has learned all slots before the row.
// 2. The latency of a slot counts from this node's first proposal in the slot. With a fixed rate it
//    counts from the time when the slot was due. So if a slow round delays the rounds after it,
//    their latencies include that delay (no "coordinated omission").
// 3. No sample is dropped. If this node's proposer reaches a quorum for a slot of a row, that slot
//    gives a sample.
#pragma once

#include <array>
#include <bit>

#include "node/board.h"
#include "node/plan.h"
#include "paxos/value_source.h"

namespace paxos::node {

class Load {
public:
    /// The run begins at slot `base` of the log. All slots in this class are slots of the log.
    Load(const Plan& plan, NodeId self, Slot base = 0);

    /// Continues the load in a restarted node that has learned all slots below `learned`.
    /// `begun_at(row)` returns when the cluster began the row, or 0 if this time is unknown.
    /// REQUIRES: no row has a duration.
    template <class BegunAt>
    void resume(Slot learned, BegunAt&& begun_at) {
        while (!is_over() && learned >= segment_end()) {
            begin_ = segment_end();
            ++segment_;
        }
        // With a fixed rate, the latency of a round counts from its due time, even if the node was
        // down at that time.
        if (row() != rows_max) segment_started_at_ = begun_at(row());
    }
    /// Whether this node has learned all of `row`.
    [[nodiscard]] bool has_passed(std::size_t row) const { return segment_ > row + 1; }

    /// What may be proposed at `now`, if the next slot to open is `next`. The proposals for slots
    /// below the base, which an earlier run opened, are no-ops. If phase 1 reports a value of an
    /// earlier run for such a slot, the proposer proposes that value instead.
    [[nodiscard]] Proposals proposals(Slot next, Tick now);
    /// With a fixed rate, the time when the next slot is due, as found by proposals(). `never`
    /// without a fixed rate, or if all slots of the row are due.
    [[nodiscard]] Tick due_at() const { return due_at_; }
    static constexpr Tick never = ~Tick{0};
    /// Called when this node has first proposed in the slots `opened`, at `now`.
    void on_proposed(SlotRange opened, Tick now);
    /// Called when this node's proposer has reached a quorum for `run`, at `now`. Adds one sample
    /// for each slot to the histogram of `row`.
    void on_quorum(SlotRange run, Tick now, RowBoard& row);
    /// When this node first proposed in `slot`. REQUIRES: after `slot`, this node has opened fewer
    /// slots than `started_at_` has entries.
    [[nodiscard]] Tick proposed_at(Slot slot) const {
        return started_at_[slot % started_at_.size()];
    }
    /// When the latency of `slot` starts to count. REQUIRES: `slot` is valid for
    /// proposed_at(), and its row has not ended.
    [[nodiscard]] Tick begun_at(Slot slot) const {
        return is_at_a_rate() ? intended_at(slot) : proposed_at(slot);
    }
    /// Called when this node has learned all slots below `learned`. `next` is the next slot that
    /// this node would open. Returns whether a row or the warm-up ended with this call.
    bool on_learned(Slot learned, Tick now, Slot next);

    /// The row that is measured now; rows_max during the warm-up and after the last row.
    [[nodiscard]] std::size_t row() const {
        return segment_ == 0 || is_over() ? rows_max : segment_ - 1;
    }
    [[nodiscard]] bool is_over() const { return segment_ == segment_count_; }
    /// First slot of the current segment (the warm-up or a row). After the last row, the end of
    /// that row.
    [[nodiscard]] Slot begin() const { return begin_; }
    [[nodiscard]] const ValueSource& values() const { return source_; }

private:
    struct Segment {
        std::uint64_t rounds;  // ~0 if the duration ends the segment.
        std::uint32_t window;
        std::uint64_t rate;  // Rounds per second; 0 for as fast as the window allows.
        bool timed;
    };
    // Size of the ring of values. One step opens at most one batch, which fits into the ring.
    static constexpr std::size_t values_ahead = std::bit_ceil(limits::slots_per_send);
    static_assert(values_ahead >= limits::messages_per_send);

    /// Whether the load is open-loop: rounds begin at a fixed rate, even if earlier rounds have not
    /// finished.
    [[nodiscard]] bool is_at_a_rate() const { return !is_over() && segments_[segment_].rate != 0; }
    [[nodiscard]] Slot segment_end() const;
    /// The end of the slots that may be opened at `now`. Sets `due_at_`.
    [[nodiscard]] Slot due_end(Slot next, Tick now);
    /// Maximum number of slots that one step opens. The window is divided into as few batches as
    /// possible, each at most a full send. The batches are equal, except that the last one may be a
    /// few slots smaller. If all batches but the last were full sends, the rest of the window could
    /// be a very small batch with system calls of its own.
    [[nodiscard]] Slot batch() const;
    /// When `slot` is due.
    [[nodiscard]] Tick intended_at(Slot slot) const;

    NodeId self_;
    Slot base_;
    Slot slots_per_send_;
    std::uint64_t duration_ns_;
    ValueSource source_;
    std::array<Segment, rows_max + 1> segments_{};
    std::size_t segment_count_ = 0;
    std::size_t segment_ = 0;
    Slot begin_;
    Slot timed_end_ = ~Slot{0};
    Tick segment_started_at_ = 0;
    Tick due_at_ = never;
    Slot filled_first_ = 0, filled_end_ = 0;
    Slot started_end_ = 0;
    std::array<Value, values_ahead> values_{};
    Value no_op_{};
    /// When this node first proposed in each slot. A ring of two windows, because a step may
    /// complete one window and open the next window before the completed slots are measured.
    std::array<Tick, 2 * limits::Standard::window_max> started_at_{};
};

/// The source of values of `plan`.
[[nodiscard]] ValueSource value_source(const Plan& plan);

}  // namespace paxos::node
