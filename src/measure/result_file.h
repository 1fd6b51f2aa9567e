// The result file: everything a run found, as JSON. It opens in Google Benchmark's compare.py
// (`context` and `benchmarks`), and carries all that this program knows in a block of its own,
// `paxos_fast`, schema 1.
//
// 1. Times are nanoseconds. What was not measured, or has too few samples to mean something, is
//    absent.
// 2. `benchmarks` has a row per metric, window and repetition, and what the floor was; `runs` one
//    per window and repetition; `repetitions` one per start of a cluster; `summary` is what the
//    summary prints.
// 3. A run's histogram is a list of [lowest value of the bucket, samples in it], empty buckets left
//    out.
#pragma once

#include <string>

#include "measure/report.h"

namespace paxos::measure {

inline constexpr int result_schema = 1;

/// The file's text. `executable` is how the program was called.
[[nodiscard]] std::string result_file(const Report& report, const std::string& executable);

/// --version --json.
[[nodiscard]] std::string build_as_json(const Build& build);

}  // namespace paxos::measure
