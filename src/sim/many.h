// Plays many simulated worlds with consecutive seeds, on several threads. Ends when enough worlds
// were played, when a world fails, or when the caller wants to end.
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
    /// Number of worlds that did not fail and whose liveness was checked.
    std::uint64_t live = 0;
    /// Among the worlds that `live` counts, the outcome of the one in which act two or act three
    /// (player.h) took the largest share of its time bound.
    Outcome slowest;
};

/// Plays the worlds of `order`. Calls `goes_on(total)` on the caller's thread about ten times a
/// second, and begins no more worlds once `goes_on` returns false. Worlds that have begun are
/// completed. The result thus always covers consecutive seeds: `total.tally.worlds` of them, from
/// Order::first_seed on.
[[nodiscard]] Total play_many(const Order& order, const std::function<bool(const Total&)>& goes_on);

}  // namespace paxos::sim
