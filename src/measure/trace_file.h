// Writes runs as a timeline, in the Trace Event Format of Chrome, for https://ui.perfetto.dev and
// chrome://tracing.
//
// Each run is shown as a process, and each node as a track with its longest turns and a sample of
// its other turns. One more track has the slow decisions, which may overlap, and the events of
// nodes, such as a death. Times are in microseconds since the start of the run; events are in order
// of time.
#pragma once

#include <string>

#include "measure/report.h"

namespace paxos::measure {

[[nodiscard]] std::string trace_file(const Report& report);

}  // namespace paxos::measure
