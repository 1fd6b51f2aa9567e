// Finds what happened during each slow decision, from what the nodes collected with --explain.
#pragma once

#include <cstddef>
#include <span>

#include "measure/explanation.h"
#include "node/board.h"

namespace paxos::cluster {

/// Maximum number of slow decisions that are listed for each row of a run. Further ones are only
/// counted.
inline constexpr std::size_t slowest_max = 10;

/// A turn (one pass of a node's loop) delayed a decision if it covers at least this share of the
/// decision's latency.
inline constexpr double delaying_share = 0.5;

/// Explains the decisions of row `row` that took longer than `beyond_ns`. If a turn of the proposer
/// delayed a decision, only this turn is named. Otherwise turns of other nodes are named, provided
/// that there is no quorum without these nodes. `boards` has the boards of all nodes. REQUIRES: all
/// nodes have ended. `started_at` is the start of the run.
[[nodiscard]] measure::Explanation explain(std::span<const node::NodeBoard> boards,
                                           const node::Plan& plan, std::size_t row, Tick started_at,
                                           std::uint64_t beyond_ns);

}  // namespace paxos::cluster
