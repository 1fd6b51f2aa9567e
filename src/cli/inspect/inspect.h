// The command `inspect`: what stands in the files of durable nodes, and whether it is whole. It
// changes nothing.
#pragma once

#include "cli/command.h"

namespace paxos::cli {

/// Returns the exit code.
[[nodiscard]] int inspect_command(const Invocation& invocation);

}  // namespace paxos::cli
