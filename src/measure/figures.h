// Aggregates the repetitions of a run. Both the summary and the result file take their figures from
// here, so that they cannot differ.
//
// 1. A rate is the median of the repetitions' rates. Its spread is half the distance between their
//    quartiles, as a fraction of the median.
// 2. The percentile q needs `10 / (1 - q)` samples, of which ten lie above the percentile. If each
//    repetition has enough samples, the reported percentile is the median of the repetitions'
//    percentiles. Otherwise it is the percentile of all samples together. If even all samples
//    together are too few, the percentile is absent. No sample is dropped.
// 3. The maximum is the largest sample of all.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "measure/result.h"

namespace paxos::measure {

/// One load over all repetitions.
struct RowFigures {
    std::string load;
    std::uint32_t window = 0;
    std::uint64_t rate_asked = 0;  ///< Rounds a second; 0: as many as possible.
    unsigned repetitions = 0;      ///< Repetitions that decided something at this load.
    std::uint64_t rounds = 0;      ///< Rounds decided in all repetitions together.
    std::optional<double> rate;    ///< Decisions a second.
    std::optional<double> spread;  ///< Spread of the rate; absent with fewer than two repetitions.
    std::optional<double> p50_ns, p99_ns, p99_9_ns, max_ns;
    /// With a window of 1: our p50 divided by the floor's round time. Otherwise: our rate divided
    /// by the floor's rate. None if one of these is unknown, or if a rate was requested (--rate).
    std::optional<double> floor_ratio;
    double messages = 0, cells = 0, datagrams = 0;  ///< Sent per round, by all nodes together.
    /// Rounds requested in each repetition that decided something at this load. 0 if these
    /// repetitions differ in this number, if one of them did not decide all its rounds, or if a
    /// duration ended the row.
    std::uint64_t rounds_each = 0;
};

/// Rates with at least this spread (RowFigures::spread) are not reliable.
inline constexpr double spread_unsteady_min = 0.2;

/// The quantile `fraction` of `samples`, interpolated. REQUIRES: `samples` is not empty.
[[nodiscard]] double quantile(std::vector<double> samples, double fraction);

/// Whether `samples` samples are enough for the percentile `fraction`.
[[nodiscard]] bool is_enough(std::uint64_t samples, double fraction);

/// The percentile of `histogram`; none if it has too few samples.
[[nodiscard]] std::optional<double> percentile(const Histogram& histogram, double fraction);

/// Combines the rows of each load over all runs. The loads are in the order of the first run. A
/// load that the first run lacks is inserted before the first load with a higher rate.
[[nodiscard]] std::vector<RowFigures> condense(const std::vector<RunResult>& runs,
                                               const FloorResult& floor);

/// The share of the learned slots that were not compared between any two logs.
[[nodiscard]] double uncompared_share(const RunResult& run);

/// The worst verdict of all runs. Unsafe is worse than unknown, and unknown is worse than safe.
/// Without runs the result is unknown.
[[nodiscard]] Verdict worst_verdict(const std::vector<RunResult>& runs);
[[nodiscard]] const char* name_of(Verdict verdict);

}  // namespace paxos::measure
