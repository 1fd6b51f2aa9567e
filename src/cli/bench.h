// The command `bench`: places the nodes, measures the floor, runs the cluster as often as it was
// told, and reports.
#pragma once

#include <string>

#include "cli/options.h"

namespace paxos::cli {

/// Returns the exit code. `executable` is how the program was called.
[[nodiscard]] int bench(const Options& options, const std::string& executable);

}  // namespace paxos::cli
