// What `sim` prints and writes: counts of all worlds, the verdict, the world that failed.
#pragma once

#include <string>

#include "sim/many.h"

namespace paxos::cli {

/// At most 14 lines of 80 columns.
[[nodiscard]] std::string sim_summary(const sim::Order& order, const sim::Total& total, double elapsed_s);

/// The world that failed: its draw, the rule, the last that happened before, and the line that plays it again.
[[nodiscard]] std::string sim_failure(const sim::Outcome& outcome, const sim::Wish& wish);

/// The line that plays this world again.
[[nodiscard]] std::string replay_line(std::uint64_t seed, const sim::Wish& wish);

[[nodiscard]] std::string sim_json(const sim::Order& order, const sim::Total& total, double elapsed_s);

}  // namespace paxos::cli
