// The command `bench`: places the nodes, measures the floor, runs the cluster for each repetition,
// and reports the results.
#pragma once

#include "cli/command.h"

namespace paxos::cli {

/// Returns the exit code.
[[nodiscard]] int bench_command(const Invocation& invocation);

}  // namespace paxos::cli
