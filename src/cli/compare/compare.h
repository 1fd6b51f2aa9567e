// The command `compare`: reads result files, compares two sides, and reports whether the difference
// is real.
#pragma once

#include "cli/command.h"

namespace paxos::cli {

/// Returns the exit code.
[[nodiscard]] int compare_command(const Invocation& invocation);

}  // namespace paxos::cli
