// The command line of `compare`, read and checked.
#pragma once

#include <string>
#include <vector>

#include "cli/options.h"
#include "compare/comparison.h"

namespace paxos::cli {

/// What ends `compare` with exit code 4.
enum class FailOn : std::uint8_t {
    worse,
    any,  ///< Whatever is neither the same nor better.
    never
};

struct CompareLine {
    std::vector<std::string> base, fresh;  ///< Result files.
    compare::Terms terms;
    FailOn fail_on = FailOn::worse;
    bool allow_degraded = false;
    bool all = false;
    std::string json, markdown;  ///< As for ResultSink.
    When color = When::automatic;
    bool help = false;
    std::string error;  ///< What is wrong, complete; empty: nothing.
};

[[nodiscard]] CompareLine read_compare_line(const std::vector<std::string>& arguments);

[[nodiscard]] std::string compare_help();

}  // namespace paxos::cli
