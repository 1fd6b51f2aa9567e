// The pipelined part of the floor with messages that cover runs of slots.
#pragma once

#include "measure/bare_cluster.h"
#include "measure/floor.h"

namespace paxos::measure {

/// The same work as pipelined(). PREPARE, PROMISE, ACCEPTED and DECIDE of a run of slots are one
/// cell; ACCEPT is a cell with up to 42 values.
[[nodiscard]] BarePlan pipelined_in_runs(const FloorPlan& plan);

}  // namespace paxos::measure
