// Writes the result file: all results as JSON. Google Benchmark's compare.py reads the blocks
// `context` and `benchmarks`. The block `paxos_fast` (schema 1) has all results.
//
// 1. Times are nanoseconds. A figure that was not measured, or has too few samples, is absent.
// 2. `benchmarks` has a row for each metric of each RowResult, and rows for the floor. In
//    `paxos_fast`, `runs` has an entry for each RowResult (a window or a rate in one repetition),
//    and `repetitions` has an entry for each RunResult (one repetition). `summary` has the figures
//    that the summary prints.
// 3. A histogram is a list of [lowest value of the bucket, samples in it], without empty buckets.
#pragma once

#include <string>

#include "measure/report.h"

namespace paxos::measure {

inline constexpr int result_schema = 1;

/// The text of the file. `executable`: argv[0].
[[nodiscard]] std::string result_file(const Report& report, const std::string& executable);

/// The output of --version --json.
[[nodiscard]] std::string build_as_json(const Build& build);

}  // namespace paxos::measure
