// The command line of `sim`, read and checked.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cli/options.h"
#include "sim/many.h"

namespace paxos::cli {

struct SimLine {
    sim::Order order;
    std::uint64_t duration_ns = 0;  ///< 0: until all worlds are played.
    bool log = false;
    std::optional<SlotRange> log_rounds;
    std::string json;
    When progress = When::automatic;
    bool help = false;
    std::string error;  ///< What is wrong; empty: nothing.
};

/// `cores`: how many jobs there are unless told otherwise. `seed`: the first, unless one is given.
[[nodiscard]] SimLine read_sim_line(const std::vector<std::string>& arguments, unsigned cores,
                                    std::uint64_t seed);
[[nodiscard]] std::string sim_help();

}  // namespace paxos::cli
