// Plays many simulated worlds on several threads, with seeds first, first + 1, ..., until enough
// were played, the caller ends it, or a world fails.
#pragma once

#include <atomic>
#include <functional>
#include <optional>
#include <vector>

#include "sim/player.h"

namespace paxos::sim {

struct Order {
    std::uint64_t first_seed = 1;
    std::uint64_t worlds = 1;
    unsigned jobs = 1;
    Wish wish;
};

struct Total {
    Tally tally;
    std::uint64_t hash = 0;          ///< The hash of all worlds, independent of their order.
    std::optional<Outcome> failure;  ///< The outcome of the lowest seed that failed.
    std::uint64_t live = 0;  ///< Number of worlds whose liveness was checked and that were good.
    /// Of those, the one that came nearest to a time bound of act two or three (player.h).
    Outcome slowest;
};

/// Plays worlds. Calls `goes_on(total)` on the caller's thread about ten times a second; false ends
/// the run early. Worlds that have begun are finished, so the result always covers the seeds
/// [first, first + total.tally.worlds).
[[nodiscard]] Total play_many(const Order& order, const std::function<bool(const Total&)>& goes_on);

}  // namespace paxos::sim
