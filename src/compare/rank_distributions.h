// The null distributions of the Mann-Whitney and the Wilcoxon signed-rank test, and the normal
// distribution that approximates them.
//
// Pure functions. They compute probabilities without subtractions, so that small probabilities have
// the same relative precision as large ones.
#pragma once

#include <cstddef>
#include <vector>

namespace paxos::compare {

/// P(U = 0), P(U = 1), ... of the Mann-Whitney statistic for two samples of these sizes, without
/// ties.
[[nodiscard]] std::vector<double> mann_whitney_distribution(std::size_t size_a, std::size_t size_b);

/// P(T = 0), P(T = 1), ... of the signed-rank statistic for `size` differences without ties.
[[nodiscard]] std::vector<double> signed_rank_distribution(std::size_t size);

/// The largest n for which the n lowest values have a total probability of at most `tail`.
[[nodiscard]] std::size_t values_in_tail(const std::vector<double>& distribution, double tail);

/// P(Z > z) of the standard normal distribution.
[[nodiscard]] double normal_tail(double z);

/// The z that is exceeded with probability `tail`. REQUIRES: 0 < tail < 1.
[[nodiscard]] double normal_bound(double tail);

}  // namespace paxos::compare
