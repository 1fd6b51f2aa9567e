// The commands `bench` and `knee`. Both place the nodes, measure the floor (the speed of UDP
// without a protocol), run the cluster several times, and report the results. `bench` repeats the
// same run. `knee` searches for the highest rate that meets a latency objective.
#pragma once

#include "cli/command.h"

namespace paxos::cli {

/// Both functions return the exit code.
[[nodiscard]] int bench_command(const Invocation& invocation);
[[nodiscard]] int knee_command(const Invocation& invocation);

}  // namespace paxos::cli
