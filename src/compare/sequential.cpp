// See sequential.h.
#include "compare/sequential.h"

namespace paxos::compare {
namespace {

/// The rate and the p50 (comparison.h).
constexpr std::size_t primary_figures = 2;

constexpr double error_per_interval = error_total /
                                      static_cast<double>(primary_figures * analyses_max);
static_assert(error_per_interval >= 2.0 / (1u << first_analysis),
              "the first analysis can give an interval");

constexpr std::size_t next_analysis(std::size_t blocks) { return blocks + blocks / 2; }

}  // namespace

bool is_analysis_due(std::size_t blocks) {
    std::size_t at = first_analysis;
    for (std::size_t analysis = 0; analysis < analyses_max; ++analysis, at = next_analysis(at))
        if (at == blocks) return true;
    return false;
}

std::size_t blocks_max() {
    std::size_t at = first_analysis;
    for (std::size_t analysis = 1; analysis < analyses_max; ++analysis) at = next_analysis(at);
    return at;
}

double analysis_confidence() { return 1 - error_per_interval; }

}  // namespace paxos::compare
