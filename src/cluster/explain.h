// Joins what the nodes recorded with --explain: for each slow decision, what happened meanwhile.
#pragma once

#include <cstddef>
#include <span>

#include "measure/explanation.h"
#include "node/board.h"

namespace paxos::cluster {

/// Slow decisions that are listed one by one in each row of a run; the others are counted.
inline constexpr std::size_t slowest_max = 10;

/// A late turn delayed a decision if it covers at least this share of its latency.
inline constexpr double delaying_share = 0.5;

/// The decisions of row `row` that took longer than `beyond_ns`. A turn of the proposer delays a
/// decision by itself; turns of the other nodes do so if they are too many for a quorum without
/// them. `boards`: of all nodes, which no longer write. `started_at`: of the run.
[[nodiscard]] measure::Explanation explain(std::span<const node::NodeBoard> boards,
                                           const node::Plan& plan, std::size_t row, Tick started_at,
                                           std::uint64_t beyond_ns);

}  // namespace paxos::cluster
