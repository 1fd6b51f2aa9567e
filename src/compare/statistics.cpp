// See statistics.h.
#include "compare/statistics.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace paxos::compare {
namespace {

double quantile_of_normal(double probability) {
    double low = -40, high = 40;
    for (int i = 0; i < 200; ++i) {
        const double middle = (low + high) / 2;
        (0.5 * std::erfc(-middle / std::sqrt(2.0)) < probability ? low : high) = middle;
    }
    return low;
}

/// P(U <= u) for each u.
std::vector<double> distribution_of_u(std::size_t n, std::size_t m) {
    std::vector<std::vector<std::vector<double>>> ways(n + 1, std::vector<std::vector<double>>(m + 1));
    for (std::size_t i = 0; i <= n; ++i)
        for (std::size_t j = 0; j <= m; ++j) {
            auto& here = ways[i][j];
            here.assign(i * j + 1, 0);
            if (i == 0 || j == 0) {
                here[0] = 1;
                continue;
            }
            for (std::size_t u = 0; u < here.size(); ++u) {
                if (u >= j && u - j < ways[i - 1][j].size()) here[u] += ways[i - 1][j][u - j];
                if (u < ways[i][j - 1].size()) here[u] += ways[i][j - 1][u];
            }
        }
    std::vector<double> result = ways[n][m];
    double total = 0;
    for (double way : result) total += way;
    double sum = 0;
    for (double& way : result) way = (sum += way) / total;
    return result;
}

bool is_small(std::size_t n, std::size_t m) { return n <= 25 && m <= 25; }

}  // namespace

double median(std::span<const double> sample) {
    std::vector<double> sorted(sample.begin(), sample.end());
    std::sort(sorted.begin(), sorted.end());
    const std::size_t half = sorted.size() / 2;
    return sorted.size() % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2;
}

Change shift_between(std::span<const double> base, std::span<const double> fresh, double confidence) {
    std::vector<double> ratios;
    for (double b : base)
        for (double f : fresh) ratios.push_back(std::log(f / b));
    std::sort(ratios.begin(), ratios.end());
    const std::size_t n = base.size(), m = fresh.size(), all = n * m;
    std::size_t k = 0;
    if (is_small(n, m)) {
        const std::vector<double> below = distribution_of_u(n, m);
        while (k < below.size() && below[k] <= (1 - confidence) / 2) ++k;
    } else {
        const double z = quantile_of_normal((1 + confidence) / 2);
        const double nm = static_cast<double>(all);
        k = static_cast<std::size_t>(std::max(
            0.0, std::floor(nm / 2 - z * std::sqrt(nm * static_cast<double>(n + m + 1) / 12))));
    }
    Change change{.estimate = std::expm1(median(ratios)),
                  .low = -1,
                  .high = std::numeric_limits<double>::infinity()};
    if (k >= 1 && k <= all / 2 + 1) {
        change.low = std::expm1(ratios[k - 1]);
        change.high = std::expm1(ratios[all - k]);
    }
    return change;
}

MannWhitney mann_whitney(std::span<const double> base, std::span<const double> fresh) {
    MannWhitney result;
    bool ties = false;
    for (double b : base)
        for (double f : fresh) {
            result.u += b > f ? 1 : b == f ? 0.5 : 0;
            ties |= b == f;
        }
    const std::size_t n = base.size(), m = fresh.size();
    const double nm = static_cast<double>(n * m);
    const double u = std::min(result.u, nm - result.u);
    if (is_small(n, m) && !ties) {
        result.exact = true;
        result.p = std::min(1.0, 2 * distribution_of_u(n, m)[static_cast<std::size_t>(u)]);
        return result;
    }
    const double sd = std::sqrt(nm * static_cast<double>(n + m + 1) / 12);
    result.p = std::min(1.0, std::erfc(std::max(0.0, nm / 2 - u - 0.5) / sd / std::sqrt(2.0)));
    return result;
}

double smallest_detectable(std::span<const double> base, std::span<const double> fresh,
                           double confidence, double power) {
    const Change change = shift_between(base, fresh, confidence);
    if (std::isinf(change.high)) return change.high;
    const double z = quantile_of_normal((1 + confidence) / 2);
    const double half = (std::log1p(change.high) - std::log1p(change.low)) / 2;
    return std::expm1(half * (z + quantile_of_normal(power)) / z);
}

Change shift_of_pairs(std::span<const double> log_ratios, double) {
    return {.estimate = std::expm1(median(log_ratios)), .low = -1, .high = 0};
}

}  // namespace paxos::compare
