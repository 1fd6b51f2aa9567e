// The text of a file that shows the course of each run as NDJSON (one JSON object on each line),
// for plotters and jq.
//
// A line with "decisions" is a slice of a row: repetition, load, window, rate (if requested),
// begin_ns, end_ns, decisions, decisions_per_second, latency_ns_p50 and latency_ns_p99 (if there
// are enough samples). A line with "event" is about a node: repetition, at_ns, node, event.
// Times count from the start of the repetition. The lines of a repetition are in order of time.
#pragma once

#include <string>

#include "measure/report.h"

namespace paxos::measure {

[[nodiscard]] std::string series_file(const Report& report);

}  // namespace paxos::measure
