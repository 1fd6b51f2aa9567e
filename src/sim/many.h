// Many worlds, on as many threads as are wanted: seeds first, first + 1, ..., each a world of its
// own, until there are enough, the time is over, or one fails.
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
    std::uint64_t hash = 0;          ///< Of all worlds, in whatever order they were played.
    std::optional<Outcome> failure;  ///< Of the lowest seed that failed.
    /// Which took the largest part of the time that it was allowed after the heal.
    Outcome slowest;
    std::uint64_t live = 0;  ///< Worlds whose second act had to end in time.
};

/// Plays. `goes_on(total)` is asked by the caller's thread, ten times a second at least, between
/// worlds; false ends it before its end. The worlds that were begun are played out: always [first,
/// first + total.tally.worlds).
[[nodiscard]] Total play_many(const Order& order, const std::function<bool(const Total&)>& goes_on);

}  // namespace paxos::sim
