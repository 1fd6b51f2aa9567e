// See blocks.h.
#include "compare/blocks.h"

#include <algorithm>
#include <cmath>

#include "compare/statistics.h"

namespace paxos::compare {
namespace {

constexpr std::size_t legs_of_each = legs_a_block / 2;

/// The mean logarithm of a figure over the legs of one build in a block. The figure of a leg is the
/// median of its repetitions. None if a leg lacks the figure.
std::optional<double> mean_of(const Side& side, std::size_t block, std::uint64_t window,
                              Metric metric) {
    double sum = 0;
    for (std::size_t leg = block * legs_of_each; leg < (block + 1) * legs_of_each; ++leg) {
        const std::vector<double> repetitions = figures_of(side[leg], window, metric);
        if (repetitions.empty()) return std::nullopt;
        sum += std::log(median(repetitions));
    }
    return sum / legs_of_each;
}

}  // namespace

std::vector<double> log_ratios(const Side& base, std::uint64_t base_window, const Side& fresh,
                               std::uint64_t fresh_window, Metric metric) {
    std::vector<double> ratios;
    const std::size_t blocks = std::min(base.size(), fresh.size()) / legs_of_each;
    for (std::size_t block = 0; block < blocks; ++block) {
        const std::optional<double> before = mean_of(base, block, base_window, metric);
        const std::optional<double> after = mean_of(fresh, block, fresh_window, metric);
        if (before && after) ratios.push_back(*after - *before);
    }
    return ratios;
}

}  // namespace paxos::compare
