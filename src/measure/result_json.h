// Makes the blocks of the result file (result_file.h).
#pragma once

#include <nlohmann/json.hpp>

#include "measure/report.h"

namespace paxos::measure {

using Json = nlohmann::ordered_json;

[[nodiscard]] Json json_of(const Build& build);
[[nodiscard]] Json json_of(const Environment& environment);
[[nodiscard]] Json json_of(const FloorResult& floor);
[[nodiscard]] Json json_of(const Knee& knee);
/// Why decisions of one row of one repetition were slow.
[[nodiscard]] Json json_of(const Explanation& explanation);
/// One row of one repetition.
[[nodiscard]] Json json_of(const RunResult& run, const RowResult& row);
/// What --log printed.
[[nodiscard]] Json json_of(const std::vector<TracedEvent>& trace);
/// One start of a cluster.
[[nodiscard]] Json json_of(const RunResult& run);
/// Every setting, with its origin.
[[nodiscard]] Json config_of(const Report& report);
/// The figures that the summary prints.
[[nodiscard]] Json summary_json(const Report& report);
/// The blocks that Google Benchmark's compare.py reads. `executable`: argv[0].
[[nodiscard]] Json context_of(const Report& report, const std::string& executable);
[[nodiscard]] Json benchmarks_of(const Report& report);

}  // namespace paxos::measure
