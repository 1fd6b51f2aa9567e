// Measures the pipelined part of the floor (floor.h) with messages that cover runs of slots.
#pragma once

#include "measure/bare_cluster.h"
#include "measure/floor.h"

namespace paxos::measure {

/// A plan with the same work as pipelined() (floor_pipeline.h). A PREPARE, PROMISE, ACCEPTED or
/// DECIDE about a run of slots is one cell. An ACCEPT is a cell with up to 42 values.
[[nodiscard]] BarePlan pipelined_in_runs(const FloorPlan& plan);

}  // namespace paxos::measure
