// See series.h.
#include "cluster/series.h"

#include <algorithm>
#include <memory>

#include "measure/figures.h"

namespace paxos::cluster {
namespace {

/// The index of `takeovers` among the counters of a board.
constexpr std::size_t takeovers_index = [] {
    std::size_t index = 0;
    while (counter_table[index].member != &NodeCounters::takeovers) ++index;
    return index;
}();

std::optional<std::uint64_t> percentile(const Histogram& latencies, double fraction) {
    if (!measure::is_enough(latencies.samples(), fraction)) return std::nullopt;
    return latencies.percentile(fraction);
}

}  // namespace

void Series::begin(const node::Plan& plan, Tick started_at) {
    nodes_ = plan.nodes;
    started_at_ = started_at;
    due_at_ = started_at + length_ns_;
}

void Series::note_ended(NodeMask ended, Tick now) {
    (ended - ended_).for_each([&](NodeId node) {
        events_.push_back({.at_ns = since_start(now), .node = node, .text = {}});
    });
    ended_ = ended_ | ended;
}

void Series::sample(const node::Board& board, Tick now) {
    if (now < due_at_) return;
    read(board, now);
    if (++samples_ == slices_max) merge_pairs();
    // The next sample is due at a multiple of the length, so that a late sample does not delay
    // later samples.
    due_at_ = started_at_ + (since_start(now) / length_ns_ + 1) * length_ns_;
}

void Series::merge_pairs() {
    for (Row& row : rows_) {
        std::vector<Slice>& slices = row.slices;
        for (std::size_t i = 0; i < slices.size(); ++i) {
            if (i % 2 == 1)
                append(slices[i], slices[i / 2]);
            else if (i > 0)
                slices[i / 2] = std::move(slices[i]);
        }
        slices.resize((slices.size() + 1) / 2);
    }
    samples_ /= 2;
    length_ns_ *= 2;
}

/// Appends the next slice, `later`, to `slice`.
void Series::append(const Slice& later, Slice& slice) {
    slice.end_ns = later.end_ns;
    slice.decisions += later.decisions;
    std::vector<Gain> sum;
    auto one = slice.latencies.cbegin(), other = later.latencies.cbegin();
    const auto one_end = slice.latencies.cend(), other_end = later.latencies.cend();
    while (one != one_end || other != other_end) {
        if (other == other_end || (one != one_end && one->bucket < other->bucket)) {
            sum.push_back(*one++);
        } else if (one == one_end || other->bucket < one->bucket) {
            sum.push_back(*other++);
        } else {
            sum.push_back({one->bucket, one->count + other->count});
            ++one;
            ++other;
        }
    }
    slice.latencies = std::move(sum);
}

void Series::read(const node::Board& board, Tick now) {
    for (std::size_t row = 0; row < rows_.size(); ++row) read_row(board, row, now);
    note_takeovers(board, now);
}

void Series::read_row(const node::Board& board, std::size_t index, Tick now) {
    Row& row = rows_[index];
    std::uint64_t decided = 0;
    NodeMask proposers;
    for (std::size_t node = 0; node < nodes_; ++node) {
        const node::RowBoard& one = board.nodes[node].rows[index];
        const Tick first = one.first_proposal_at.get();
        if (first == 0) continue;
        proposers.add(static_cast<NodeId>(node));
        row.first_proposal_at = row.first_proposal_at == 0 ? first
                                                           : std::min(row.first_proposal_at, first);
        row.last_decision_at = std::max(row.last_decision_at, one.last_decision_at.get());
        decided += one.decided.get();
    }
    const bool has_next = index + 1 < rows_.size() && rows_[index + 1].first_proposal_at != 0;
    if (proposers.empty() || (decided == row.decided && has_next)) return;

    Slice slice{.begin_ns = row.slices.empty() ? since_start(row.first_proposal_at)
                                               : row.slices.back().end_ns,
                .end_ns = since_start(now),
                .decisions = decided - row.decided,
                .latencies = {}};
    row.latencies.resize(Histogram::bucket_count);
    for (std::size_t bucket = 0; bucket < Histogram::bucket_count; ++bucket) {
        std::uint64_t count = 0;
        proposers.for_each(
            [&](NodeId node) { count += board.nodes[node].rows[index].latency.bucket(bucket); });
        if (count == row.latencies[bucket]) continue;
        slice.latencies.push_back({bucket, count - row.latencies[bucket]});
        row.latencies[bucket] = count;
    }
    row.slices.push_back(std::move(slice));
    row.decided = decided;
}

void Series::note_takeovers(const node::Board& board, Tick now) {
    for (std::size_t i = 0; i < nodes_; ++i) {
        const node::NodeBoard& one = board.nodes[i];
        const auto node = static_cast<NodeId>(i);
        const std::uint64_t takeovers = one.counters[takeovers_index].get();
        if (takeovers != takeovers_[i])
            events_.push_back({.at_ns = since_start(now), .node = node, .text = "took over"});
        takeovers_[i] = takeovers;
        if (one.skipped.get() == 0 || left_behind_.has(node)) continue;
        left_behind_.add(node);
        events_.push_back({.at_ns = since_start(now), .node = node, .text = "left behind"});
    }
}

void Series::finish(const node::Board& board, Tick now, bool is_complete) {
    if (started_at_ == 0) return;
    read(board, now);
    for (std::size_t i = 0; i < rows_.size(); ++i) {
        const bool is_last = i + 1 == rows_.size() || rows_[i + 1].slices.empty();
        if (!is_last || is_complete) trim(rows_[i]);
    }
}

/// Ends the row at its last decision.
void Series::trim(Row& row) const {
    std::vector<Slice>& slices = row.slices;
    const std::uint64_t end = since_start(row.last_decision_at);
    // A decision is on the board only some time after it was made. So a slice that begins after the
    // last decision may count decisions that were made before the slice began. These decisions
    // belong to the previous slice.
    while (slices.size() > 1 && (slices.back().decisions == 0 || slices.back().begin_ns >= end)) {
        append(slices.back(), slices[slices.size() - 2]);
        slices.pop_back();
    }
    if (!slices.empty()) slices.back().end_ns = std::min(slices.back().end_ns, end);
}

std::vector<measure::Slice> Series::slices(std::size_t row) const {
    std::vector<measure::Slice> result;
    if (row >= rows_.size()) return result;
    for (const Slice& slice : rows_[row].slices) {
        const auto latencies = std::make_unique<Histogram>();
        for (const auto& [bucket, count] : slice.latencies)
            latencies->record(Histogram::bucket_high(bucket), count);
        result.push_back({.begin_ns = slice.begin_ns,
                          .end_ns = slice.end_ns,
                          .decisions = slice.decisions,
                          .p50_ns = percentile(*latencies, 0.5),
                          .p99_ns = percentile(*latencies, 0.99)});
    }
    return result;
}

}  // namespace paxos::cluster
