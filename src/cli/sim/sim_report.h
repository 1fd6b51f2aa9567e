// The output of `sim`: the counts of all worlds, the verdict, and the world that failed. A world is
// a simulated cluster with its network and disks (sim/draw.h).
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "measure/result.h"
#include "sim/many.h"

namespace paxos::cli {

/// At most 14 lines, of at most 80 columns unless counts are large. Depends only on the build and
/// the worlds played, so it contains no measured times and no facts about the machine.
[[nodiscard]] std::string sim_summary(const sim::Order& order, const sim::Total& total);

/// The elapsed time and the rates.
[[nodiscard]] std::string sim_times(const sim::Order& order, const sim::Total& total,
                                    double elapsed_s);

/// The world that failed: its parameters, the violated rule, the last events before the failure,
/// and the command that replays the world.
[[nodiscard]] std::string sim_failure(const sim::Outcome& outcome, const sim::Wish& wish);

/// The command that replays this world.
[[nodiscard]] std::string replay_line(std::uint64_t seed, const sim::Wish& wish);

/// The world that --log printed.
struct LoggedWorld {
    sim::Draw draw;
    std::vector<measure::TracedEvent> trace;
};

/// The counts and the verdict as JSON. Like the summary, it contains no measured times.
[[nodiscard]] std::string sim_json(const sim::Order& order, const sim::Total& total,
                                   const std::optional<LoggedWorld>& logged);

}  // namespace paxos::cli
