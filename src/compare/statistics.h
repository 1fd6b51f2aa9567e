// Computes the difference between two samples, its confidence interval, and the smallest change
// that the samples could have detected.
//
// Pure functions. Rates and latencies are compared as ratios, so the functions work on logarithms
// of positive figures. They return a relative change; 0.05 means that the new figure is 5 % higher.
#pragma once

#include <span>
#include <vector>

namespace paxos::compare {

/// REQUIRES: `sample` is not empty.
[[nodiscard]] double median(std::span<const double> sample);

/// A relative change with its confidence interval. -0.05 means 5 % less. With too few figures for
/// an interval, `low` is -1 and `high` is +infinity.
struct Change {
    double estimate = 0;
    double low = -1;
    double high = 0;
};

/// The Hodges-Lehmann estimate: the median of all pairwise ratios new/base, minus one. The interval
/// is that of the Mann-Whitney test at `confidence` (exact for small samples without ties,
/// otherwise the normal approximation). REQUIRES: all figures are positive, and neither sample is
/// empty.
[[nodiscard]] Change shift_between(std::span<const double> base, std::span<const double> fresh,
                                   double confidence);

/// The smallest relative change (positive) that samples of this size and spread detect at the
/// significance level 1 - `confidence` with probability `power`. Infinite if there are too few
/// figures for an interval.
[[nodiscard]] double smallest_detectable(std::span<const double> base,
                                         std::span<const double> fresh, double confidence,
                                         double power = 0.8);

/// The smallest detectable change, computed from the width of the interval of `change`. REQUIRES:
/// `shift_between` or `shift_of_pairs` returned `change` at `confidence`.
[[nodiscard]] double smallest_detectable(const Change& change, double confidence,
                                         double power = 0.8);

/// The change between paired figures, given the logarithm of the ratio of each pair (for `ab`, one
/// per block). The change is the Hodges-Lehmann estimate, which is the median of the Walsh
/// averages, with the interval of the Wilcoxon signed-rank test. REQUIRES: `log_ratios` is not
/// empty.
[[nodiscard]] Change shift_of_pairs(std::span<const double> log_ratios, double confidence);

}  // namespace paxos::compare
