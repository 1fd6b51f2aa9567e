// The part of the floor (floor.h) that keeps many rounds in flight. Here messages cover runs of
// slots.
#pragma once

#include "measure/bare_cluster.h"
#include "measure/floor.h"

namespace paxos::measure {

/// A plan like that of pipelined() (floor_pipeline.h), but with messages about runs of slots. A
/// PREPARE, PROMISE, ACCEPTED or DECIDE is one cell. An ACCEPT is one cell, followed by up to 42
/// values.
[[nodiscard]] BarePlan pipelined_in_runs(const FloorPlan& plan);

}  // namespace paxos::measure
