// See rank_distributions.h.
#include "compare/rank_distributions.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace paxos::compare {

std::vector<double> mann_whitney_distribution(std::size_t size_a, std::size_t size_b) {
    // The loop assigns the ranks to the samples a and b, the lowest rank first. with[k][u] is the
    // probability that k of the ranks assigned so far belong to a, and that in u pairs of these
    // ranks a figure of a is above a figure of b. The next rank belongs to a with a probability
    // equal to a's share of the remaining ranks.
    const std::size_t pairs = size_a * size_b;
    const std::size_t total = size_a + size_b;
    std::vector<std::vector<double>> with(size_a + 1, std::vector<double>(pairs + 1, 0.0));
    with[0][0] = 1;
    for (std::size_t rank = 0; rank < total; ++rank) {
        // Counts k down, because with[k - 1] must still have the values of the previous rank.
        for (std::size_t k = std::min(rank + 1, size_a) + 1; k-- > 0;) {
            if (rank > k + size_b) continue;  // Not possible, because b has only size_b ranks.
            const auto left = static_cast<double>(total - rank);
            const double stays = k > rank ? 0 : static_cast<double>(size_b - (rank - k)) / left;
            for (double& probability : with[k]) probability *= stays;
            if (k == 0) continue;
            const std::size_t smaller_b = rank + 1 - k;
            if (smaller_b > size_b) continue;
            const double joins = static_cast<double>(size_a - (k - 1)) / left;
            for (std::size_t u = smaller_b; u <= pairs; ++u)
                with[k][u] += with[k - 1][u - smaller_b] * joins;
        }
    }
    return with[size_a];
}

std::vector<double> signed_rank_distribution(std::size_t size) {
    std::vector<double> distribution(size * (size + 1) / 2 + 1, 0.0);
    distribution[0] = 1;
    std::size_t highest = 0;
    for (std::size_t rank = 1; rank <= size; ++rank) {
        highest += rank;
        // T includes each rank with probability 1/2.
        for (std::size_t t = highest + 1; t-- > 0;)
            distribution[t] = 0.5 * (distribution[t] + (t >= rank ? distribution[t - rank] : 0.0));
    }
    return distribution;
}

std::size_t values_in_tail(const std::vector<double>& distribution, double tail) {
    double sum = 0;
    std::size_t count = 0;
    for (const double probability : distribution) {
        sum += probability;
        // The tolerance admits a sum that differs from `tail` only by rounding. For two samples of
        // three figures each, P(U = 0) is 1/20, and a caller's (1 - 0.9) / 2 is rounded to slightly
        // less than 1/20.
        if (sum > tail * (1 + 1e-12)) break;
        ++count;
    }
    return count;
}

double normal_tail(double z) { return 0.5 * std::erfc(z / std::numbers::sqrt2); }

double normal_bound(double tail) {
    // Bisects to the precision of a double. This is possible because the tail decreases
    // monotonically.
    double low = -40, high = 40;
    for (int step = 0; step < 100; ++step) {
        const double middle = (low + high) / 2;
        (normal_tail(middle) > tail ? low : high) = middle;
    }
    return (low + high) / 2;
}

}  // namespace paxos::compare
