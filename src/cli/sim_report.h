// What `sim` prints and writes: counts of all worlds, the verdict, the world that failed.
#pragma once

#include <string>

#include "sim/many.h"

namespace paxos::cli {

/// At most 14 lines of 80 columns. Depends only on the worlds: no times, nothing of the machine.
[[nodiscard]] std::string sim_summary(const sim::Order& order, const sim::Total& total);

/// The elapsed time and the rates.
[[nodiscard]] std::string sim_times(const sim::Order& order, const sim::Total& total,
                                    double elapsed_s);

/// The world that failed: its draw, the rule, the last that happened before, and the line that
/// plays it again.
[[nodiscard]] std::string sim_failure(const sim::Outcome& outcome, const sim::Wish& wish);

/// The line that plays this world again.
[[nodiscard]] std::string replay_line(std::uint64_t seed, const sim::Wish& wish);

/// The same counts as JSON, also without times.
[[nodiscard]] std::string sim_json(const sim::Order& order, const sim::Total& total);

}  // namespace paxos::cli
