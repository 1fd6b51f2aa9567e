// See statistics.h. The bounds of a confidence interval are order statistics of the pairwise
// differences of two samples, or of the pairwise means (Walsh averages) of one sample. The null
// distribution of the rank test (Mann-Whitney or Wilcoxon) determines which order statistics are
// the bounds (Lehmann, "Nonparametrics", 1975; Hollander, Wolfe, "Nonparametric Statistical
// Methods", 1999).
#include "compare/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

#include "compare/rank_distributions.h"

namespace paxos::compare {
namespace {

/// Samples up to these sizes use the exact distribution. For larger samples the normal distribution
/// agrees with the exact one in three digits.
constexpr std::size_t exact_two_samples_max = 30;
constexpr std::size_t exact_pairs_max = 60;

/// Groups of equal figures in sorted samples, for the variance of a rank sum.
struct Ties {
    double cubes = 0;  ///< Sum of t^3 - t over all groups of t equal figures.
    void add(const std::vector<double>& sorted) {
        for (auto begin = sorted.begin(); begin != sorted.end();) {
            const auto end = std::find_if(begin, sorted.end(),
                                          [&](double x) { return x != *begin; });
            const auto t = static_cast<double>(end - begin);
            cubes += t * t * t - t;
            begin = end;
        }
    }
    [[nodiscard]] bool any() const { return cubes > 0; }
};

/// Whether the exact Mann-Whitney distribution is used for samples of `a` and `b` figures.
bool is_counted(std::size_t a, std::size_t b, const Ties& ties) {
    return !ties.any() && a <= exact_two_samples_max && b <= exact_two_samples_max;
}

/// The standard deviation of the Mann-Whitney statistic.
double deviation_of_u(double a, double b, const Ties& ties) {
    const double n = a + b;
    return std::sqrt(a * b / 12 * (n + 1 - ties.cubes / (n * (n - 1))));
}

std::vector<double> logarithms(std::span<const double> sample) {
    std::vector<double> result(sample.size());
    std::transform(sample.begin(), sample.end(), result.begin(),
                   [](double x) { return std::log(x); });
    std::sort(result.begin(), result.end());
    return result;
}

/// The number of lowest values of a test's statistic that the test rejects. The statistic takes
/// whole numbers from 0 on. Uses the normal approximation with continuity correction.
std::size_t normal_values_in_tail(double mean, double deviation, double tail) {
    const double last = std::floor(mean - normal_bound(tail) * deviation - 0.5);
    return last < 0 ? 0 : static_cast<std::size_t>(last) + 1;
}

/// The value that would be at `index` (from 0) if `values` were sorted in ascending order. Reorders
/// `values`.
double nth(std::vector<double>& values, std::size_t index) {
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(index);
    std::nth_element(values.begin(), place, values.end());
    return *place;
}

double middle(std::vector<double>& values) {
    const std::size_t half = values.size() / 2;
    const double upper = nth(values, half);
    if (values.size() % 2 == 1) return upper;
    const auto place = values.begin() + static_cast<std::ptrdiff_t>(half);
    return (*std::max_element(values.begin(), place) + upper) / 2;
}

/// Computes the change from `logs`, the logarithms of ratios. The test rejects `rejected` values of
/// its statistic at each end. The interval of the change therefore goes from the `rejected`th
/// smallest to the `rejected`th largest of `logs`. Reorders `logs`.
Change change_of(std::vector<double>& logs, std::size_t rejected) {
    Change change{.estimate = std::expm1(middle(logs)),
                  .low = -1,
                  .high = std::numeric_limits<double>::infinity()};
    if (rejected == 0) return change;  // There are too few figures for any bound.
    change.low = std::expm1(nth(logs, rejected - 1));
    change.high = std::expm1(nth(logs, logs.size() - rejected));
    return change;
}

}  // namespace

double median(std::span<const double> sample) {
    std::vector<double> values(sample.begin(), sample.end());
    return middle(values);
}

Change shift_between(std::span<const double> base, std::span<const double> fresh,
                     double confidence) {
    const std::vector<double> a = logarithms(base), b = logarithms(fresh);
    std::vector<double> differences;
    differences.reserve(a.size() * b.size());
    for (const double x : a)
        for (const double y : b) differences.push_back(y - x);

    // Counts only ties within a sample, because shifting one sample removes the ties between the
    // samples.
    Ties ties;
    ties.add(a);
    ties.add(b);
    const double tail = (1 - confidence) / 2;
    const auto pairs = static_cast<double>(differences.size());
    const std::size_t rejected = is_counted(a.size(), b.size(), ties)
                                     ? values_in_tail(mann_whitney_distribution(a.size(), b.size()),
                                                      tail)
                                     : normal_values_in_tail(
                                           pairs / 2,
                                           deviation_of_u(static_cast<double>(a.size()),
                                                          static_cast<double>(b.size()), ties),
                                           tail);
    return change_of(differences, std::min(rejected, differences.size() / 2));
}

double smallest_detectable(std::span<const double> base, std::span<const double> fresh,
                           double confidence, double power) {
    return smallest_detectable(shift_between(base, fresh, confidence), confidence, power);
}

double smallest_detectable(const Change& change, double confidence, double power) {
    // The distribution of the estimate is nearly normal. Half the width of the interval is `bound`
    // standard deviations of the estimate, whatever the distribution of the figures (Lehmann 1963).
    // So for a shift of `bound + normal_bound(1 - power)` standard deviations, the interval
    // excludes zero with probability `power`.
    const double half_width = (std::log1p(change.high) - std::log1p(change.low)) / 2;
    const double bound = normal_bound((1 - confidence) / 2);
    return std::expm1(half_width * (1 + normal_bound(1 - power) / bound));
}

Change shift_of_pairs(std::span<const double> log_ratios, double confidence) {
    const std::size_t n = log_ratios.size();
    std::vector<double> averages;
    averages.reserve(n * (n + 1) / 2);
    for (std::size_t i = 0; i < n; ++i)
        for (std::size_t j = 0; j <= i; ++j)
            averages.push_back((log_ratios[i] + log_ratios[j]) / 2);

    const double tail = (1 - confidence) / 2;
    const auto size = static_cast<double>(n);
    const std::size_t rejected = n <= exact_pairs_max
                                     ? values_in_tail(signed_rank_distribution(n), tail)
                                     : normal_values_in_tail(
                                           size * (size + 1) / 4,
                                           std::sqrt(size * (size + 1) * (2 * size + 1) / 24),
                                           tail);
    return change_of(averages, std::min(rejected, averages.size() / 2));
}

}  // namespace paxos::compare
