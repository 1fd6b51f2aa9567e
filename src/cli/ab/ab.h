// The command `ab`: runs two builds alternately, and reports whether they differ. It ends when
// every primary figure has a verdict or is known to within the change that --detect requests, or
// when the time is up.
#pragma once

#include "cli/command.h"

namespace paxos::cli {

/// Returns the exit code.
[[nodiscard]] int ab_command(const Invocation& invocation);

}  // namespace paxos::cli
