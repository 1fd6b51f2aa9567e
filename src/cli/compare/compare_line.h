// The command line of `compare`, parsed and checked.
#pragma once

#include <string>
#include <vector>

#include "cli/compare/comparison_output.h"
#include "compare/comparison.h"

namespace paxos::cli {

struct CompareLine {
    std::vector<std::string> base, fresh;  ///< Result files.
    compare::Terms terms;
    OutputOptions output;
    bool allow_degraded = false;
    std::string help;   ///< The text of the help if requested, otherwise empty.
    std::string error;  ///< The complete message, or empty.
};

[[nodiscard]] CompareLine read_compare_line(const std::vector<std::string>& arguments);

}  // namespace paxos::cli
