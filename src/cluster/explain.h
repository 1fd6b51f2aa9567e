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
/// delayed a decision, names only this turn. Otherwise names the turns of other nodes that delayed
/// the decision, unless the nodes without such a turn form a quorum: then the decision did not need
/// the delayed nodes. `boards` has the boards of all nodes. `started_at` is the start of the run.
/// REQUIRES: all nodes have ended.
[[nodiscard]] measure::Explanation explain(std::span<const node::NodeBoard> boards,
                                           const node::Plan& plan, std::size_t row, Tick started_at,
                                           std::uint64_t beyond_ns);

}  // namespace paxos::cluster
