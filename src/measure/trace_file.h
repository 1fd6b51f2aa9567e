// Runs as a timeline, in the Trace Event Format of Chrome, for https://ui.perfetto.dev and
// chrome://tracing.
//
// Each run is a process, each node a track with its longest turns and a sample of the others. A
// track beside them has the slow decisions, which overlap, and what happened to nodes. Times are
// since the start of the run, in microseconds; events are in order of time.
#pragma once

#include <string>

#include "measure/report.h"

namespace paxos::measure {

[[nodiscard]] std::string trace_file(const Report& report);

}  // namespace paxos::measure
