// See sequential.h.
#include "compare/sequential.h"

namespace paxos::compare {
namespace {

/// The rate and the p50 (comparison.h).
constexpr std::size_t figures_judged = 2;

constexpr double share_of_a_look = error_total / static_cast<double>(figures_judged * looks_max);
static_assert(share_of_a_look >= 2.0 / (1u << first_look), "the first look can find something");

constexpr std::size_t next_look(std::size_t blocks) { return blocks + blocks / 2; }

}  // namespace

bool is_look(std::size_t blocks) {
    std::size_t at = first_look;
    for (std::size_t look = 0; look < looks_max; ++look, at = next_look(at))
        if (at == blocks) return true;
    return false;
}

std::size_t blocks_max() {
    std::size_t at = first_look;
    for (std::size_t look = 1; look < looks_max; ++look) at = next_look(at);
    return at;
}

double look_confidence() { return 1 - share_of_a_look; }

}  // namespace paxos::compare
