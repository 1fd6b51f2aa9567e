// The command line of `ab`, parsed and checked.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "cli/compare/comparison_output.h"
#include "compare/comparison.h"

namespace paxos::cli {

struct AbLine {
    std::string base, fresh;  ///< Paths of the programs. With --aa both are the same path.
    bool is_self = false;
    double detect = 0.03;  ///< The relative change to detect.
    std::uint64_t time_ns_max = 300'000'000'000;
    compare::Terms terms;
    OutputOptions output;
    std::vector<std::string> options;  ///< The options of `bench` for each run.
    std::string help;                  ///< The text of the help if requested, otherwise empty.
    std::string error;                 ///< The complete message, or empty.
};

[[nodiscard]] AbLine read_ab_line(const std::vector<std::string>& arguments);

}  // namespace paxos::cli
