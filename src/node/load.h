// The load of a run as one node sees it: which slots may be proposed now, with which window and
// values, and how long each took. Every node keeps one, so that any of them can take over.
//
// 1. Warm-up and rows are consecutive slot ranges of one log. A row begins when everything before
//    it is learned here.
// 2. A slot's clock starts when this node first proposes in it, and is not started again if it has
//    to try again. Where rounds come at a rate it starts when the slot was to be proposed, whether
//    that could be done in time or not: what waits behind a slow round waits by its clock, too
//    ("coordinated omission").
// 3. No sample is dropped: every quorum of a row is one.
#pragma once

#include <array>

#include "node/board.h"
#include "node/plan.h"
#include "paxos/value_source.h"

namespace paxos::node {

class Load {
public:
    Load(const Plan& plan, NodeId self);

    /// What may be proposed at `now`, by a node that has learned so far and would open `next` next.
    [[nodiscard]] Proposals proposals(Slot next, Tick now);
    /// When the next slot of a rate is due; `never` without one. As of the last `proposals`.
    [[nodiscard]] Tick due_at() const { return due_at_; }
    static constexpr Tick never = ~Tick{0};
    /// Slots were opened by this node at `now`.
    void on_proposed(SlotRange opened, Tick now);
    /// This node's proposer saw its quorum for `run` at `now`: one sample a slot, into `row`'s
    /// histogram.
    void on_quorum(SlotRange run, Tick now, RowBoard& row);
    /// Everything below `learned` is decided. True if a row, or the warm-up, has ended by that.
    bool on_learned(Slot learned, Tick now, Slot next);

    /// The row that is measured now; rows_max while warming up or after the last.
    [[nodiscard]] std::size_t row() const {
        return segment_ == 0 || is_over() ? rows_max : segment_ - 1;
    }
    [[nodiscard]] bool is_over() const { return segment_ == segment_count_; }
    /// First slot of the current segment, or the end of the last.
    [[nodiscard]] Slot begin() const { return begin_; }
    [[nodiscard]] const ValueSource& values() const { return source_; }

private:
    struct Segment {
        std::uint64_t rounds;  // ~0: a duration ends it.
        std::uint32_t window;
        std::uint64_t rate;  // 0: none.
        bool timed;
    };
    // A ring of values; one step opens at most a batch of them.
    static constexpr std::size_t values_ahead = 1024;
    static_assert(values_ahead >= limits::messages_per_send);

    /// Whether rounds are to begin at a rate now, however the last ones fare.
    [[nodiscard]] bool is_at_a_rate() const { return !is_over() && segments_[segment_].rate != 0; }
    [[nodiscard]] Slot segment_end() const;
    /// The slot before which every one was to begin by `now`.
    [[nodiscard]] Slot due_end(Slot next, Tick now);
    /// When `slot` was to begin.
    [[nodiscard]] Tick intended_at(Slot slot) const;

    NodeId self_;
    std::uint64_t duration_ns_;
    ValueSource source_;
    std::array<Segment, rows_max + 1> segments_{};
    std::size_t segment_count_ = 0;
    std::size_t segment_ = 0;
    Slot begin_ = 0;
    Slot timed_end_ = ~Slot{0};
    Tick segment_started_at_ = 0;
    Tick due_at_ = never;
    Slot filled_first_ = 0, filled_end_ = 0;
    Slot started_end_ = 0;
    std::array<Value, values_ahead> values_{};
    /// A ring of two windows: a step may finish one and open the next, before what it has finished
    /// is measured.
    std::array<Tick, 2 * limits::Standard::window_max> started_at_{};
};

/// Where values come from under `plan`.
[[nodiscard]] ValueSource value_source(const Plan& plan);

}  // namespace paxos::node
