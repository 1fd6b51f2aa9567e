// The commands `bench` and `knee`: place the nodes, measure the floor, run the cluster for each
// repetition or for each rate of the search, and report the results.
#pragma once

#include "cli/command.h"

namespace paxos::cli {

/// Both functions return the exit code.
[[nodiscard]] int bench_command(const Invocation& invocation);
[[nodiscard]] int knee_command(const Invocation& invocation);

}  // namespace paxos::cli
