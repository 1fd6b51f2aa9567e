#include "sim/tally.h"

#include <bit>

namespace paxos::sim {

// A Tally consists of 64-bit counts only, so that it can be added as an array.
void Tally::add(const Tally& other) {
    using Counts = std::array<std::uint64_t, sizeof(Tally) / sizeof(std::uint64_t)>;
    auto sum = std::bit_cast<Counts>(*this);
    const auto more = std::bit_cast<Counts>(other);
    for (std::size_t i = 0; i < sum.size(); ++i) sum[i] += more[i];
    *this = std::bit_cast<Tally>(sum);
}

}  // namespace paxos::sim
