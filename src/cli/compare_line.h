// The command line of `compare`, read and checked.
#pragma once

#include <string>
#include <vector>

#include "cli/comparison_output.h"
#include "compare/comparison.h"

namespace paxos::cli {

struct CompareLine {
    std::vector<std::string> base, fresh;  ///< Result files.
    compare::Terms terms;
    OutputOptions output;
    bool allow_degraded = false;
    bool help = false;
    std::string error;  ///< What is wrong, complete; empty: nothing.
};

[[nodiscard]] CompareLine read_compare_line(const std::vector<std::string>& arguments);

[[nodiscard]] std::string compare_help();

}  // namespace paxos::cli
