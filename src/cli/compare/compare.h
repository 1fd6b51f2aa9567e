// The command `compare`: reads the result files of two sides, compares the sides, and reports
// whether they differ.
#pragma once

#include "cli/command.h"

namespace paxos::cli {

/// Returns the exit code.
[[nodiscard]] int compare_command(const Invocation& invocation);

}  // namespace paxos::cli
