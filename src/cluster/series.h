// A time series of a run, from samples of the boards while the nodes run. A row is one load of the
// run, and a slice is the part of a row between two samples.
//
// 1. Reads only the boards, in the launcher's loop. The nodes do no work for the series.
// 2. The slices of a row are contiguous, from the row's first proposal to its last decision.
//    Together they count every slot that the proposers decided in the row.
// 3. Memory is bounded. When there are slices_max samples, every other one is dropped: neighbouring
//    slices of each row are merged in pairs, and the length of a slice doubles.
#pragma once

#include <cstdint>
#include <vector>

#include "measure/result.h"
#include "node/board.h"

namespace paxos::cluster {

class Series {
public:
    /// The initial length of a slice. Each sample interrupts the node that shares the launcher's
    /// core, so samples are taken together with the launcher's other work, ten times a second.
    static constexpr Tick interval_ns = 100'000'000;
    static constexpr std::size_t slices_max = 128;

    explicit Series(const node::Plan& plan) : rows_(plan.row_count) {}

    /// Call first. `started_at` is when Phase::start was published.
    void begin(const node::Plan& plan, Tick started_at);
    /// Adds an event.
    void note(NodeId node, Tick at, std::string text) {
        events_.push_back({.at_ns = since_start(at), .node = node, .text = std::move(text)});
    }
    /// Adds an event for each node that has newly ended. `ended` has all nodes that have ended.
    void note_ended(NodeMask ended, Tick now);
    /// The length of a slice.
    [[nodiscard]] Tick length_ns() const { return length_ns_; }
    /// Ends the current slice if it is length_ns() long; otherwise does nothing.
    void sample(const node::Board& board, Tick now);
    /// Ends the last slice. If `is_complete`, the last row ends at its last decision. REQUIRES: the
    /// nodes no longer write.
    void finish(const node::Board& board, Tick now, bool is_complete);

    /// The slices of row `row`. Empty if the row did not begin.
    [[nodiscard]] std::vector<measure::Slice> slices(std::size_t row) const;
    /// The events in the order in which they were noticed. The event of a node that ended has no
    /// text yet. gather() sets the text.
    [[nodiscard]] const std::vector<measure::RunEvent>& events() const { return events_; }

private:
    /// How many latencies were added to one histogram bucket during a slice.
    struct Gain {
        std::size_t bucket;
        std::uint64_t count;
    };
    struct Slice {
        std::uint64_t begin_ns, end_ns, decisions;
        std::vector<Gain> latencies;  ///< The buckets that gained latencies, ascending.
    };
    /// A row's slices, and its counts at the last sample.
    struct Row {
        std::vector<Slice> slices;
        Tick first_proposal_at = 0, last_decision_at = 0;
        std::uint64_t decided = 0;
        /// The counts of the latency histogram, indexed by bucket. Allocated when the row begins.
        std::vector<std::uint64_t> latencies;
    };
    void read(const node::Board& board, Tick now);
    void read_row(const node::Board& board, std::size_t row, Tick now);
    void note_takeovers(const node::Board& board, Tick now);
    void merge_pairs();
    void trim(Row& row) const;
    static void append(const Slice& later, Slice& slice);
    [[nodiscard]] std::uint64_t since_start(Tick at) const {
        return at > started_at_ ? at - started_at_ : 0;
    }

    std::size_t nodes_ = 0;
    Tick started_at_ = 0, due_at_ = 0;
    Tick length_ns_ = interval_ns;
    std::size_t samples_ = 0;
    std::vector<Row> rows_;
    NodeMask ended_, left_behind_;
    std::array<std::uint64_t, limits::nodes_max> takeovers_{};
    std::vector<measure::RunEvent> events_;
};

}  // namespace paxos::cluster
