// The command line of `sim`, parsed and checked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/terminal.h"
#include "sim/many.h"

namespace paxos::cli {

struct SimLine {
    sim::Order order;
    std::uint64_t duration_ns = 0;  ///< 0 without a limit.
    bool log = false;
    std::optional<SlotRange> log_rounds;  ///< None if --log-rounds is not given.
    std::string json;                     ///< The path of --json ("-": standard output) or empty.
    When progress = When::automatic;
    std::string help;   ///< The text of the help if requested, otherwise empty.
    std::string error;  ///< The complete message, or empty.
};

/// `cores` is the default number of jobs. `seed` is the first seed if --seed is not given.
[[nodiscard]] SimLine read_sim_line(const std::vector<std::string>& arguments, unsigned cores,
                                    std::uint64_t seed);
}  // namespace paxos::cli
