// Measures the pipelined part of the floor (floor.h): the maximum rate of rounds that are sent in
// batches over plain sockets.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>

#include "measure/bare_cluster.h"
#include "measure/floor.h"

namespace paxos::measure {

/// A message about one slot, as large as a Message of the protocol with 32-byte values.
struct alignas(64) BareCell {
    /// Kinds: 1 and 3 are requests, 2 and 4 answers, 5 a decision.
    static constexpr std::uint32_t decide = 5;
    std::uint32_t kind;
    std::uint32_t from;
    std::uint64_t slot, ballot, accepted, value[4];
};
static_assert(sizeof(BareCell) == 64);

namespace slicing {

constexpr std::uint64_t ms = 1'000'000;
/// The rate is the median of this many slices, so that one disturbed slice has little effect.
constexpr std::size_t slices = 5;
constexpr std::uint64_t slice_time_ns = 28 * ms;
constexpr std::uint64_t warmup_time_ns = 10 * ms;
/// If no answer arrives for this long, all slots in flight count as lost.
constexpr std::uint64_t stall_time_ns = 20 * ms;
constexpr std::uint64_t start_time_ns = 1000 * ms;

/// Runs `pipeline` for `time_ns`; returns the slots decided per second. A Pipeline has three
/// functions. turn() opens slots and takes answers, and returns false if no answer came.
/// abandon_window() counts all slots in flight as lost. decided() is the number of decided slots.
template <class Pipeline>
double run_for(Pipeline& pipeline, std::uint64_t time_ns) {
    const std::uint64_t begin = bare_now(), decided_before = pipeline.decided();
    std::uint64_t now = begin, progress_at = begin;
    while (now - begin < time_ns) {
        if (pipeline.turn()) progress_at = now;
        now = bare_now();
        if (now - progress_at < stall_time_ns) continue;
        pipeline.abandon_window();
        progress_at = now;
    }
    return static_cast<double>(pipeline.decided() - decided_before) * 1e9 /
           static_cast<double>(now - begin);
}

}  // namespace slicing

/// Runs in process 0: measures how many slots `pipeline` decides per second, and sets the outcome.
template <class Pipeline>
void measure_rate(const BareNode& node, Pipeline& pipeline) {
    using namespace slicing;
    if (!node.others_are_ready()) return;
    std::array<double, slices> rates{};
    run_for(pipeline, warmup_time_ns);
    for (double& rate : rates) rate = run_for(pipeline, slice_time_ns);
    std::nth_element(rates.begin(), rates.begin() + slices / 2, rates.end());
    node.outcome->rate = rates[slices / 2];
    node.outcome->done.store(node.outcome->rate > 0);
}

/// A plan in which process 0 calls `measure` and each other process calls `answer`.
[[nodiscard]] BarePlan pipelined(const FloorPlan& plan, std::function<void(const BareNode&)> answer,
                                 std::function<void(const BareNode&)> measure);
/// A plan in which each message is about one slot.
[[nodiscard]] BarePlan pipelined(const FloorPlan& plan);

}  // namespace paxos::measure
