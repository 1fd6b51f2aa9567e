// The command `inspect`: shows what the files of durable nodes contain, and whether they are
// intact. It changes nothing.
#pragma once

#include "cli/command.h"

namespace paxos::cli {

/// Returns the exit code.
[[nodiscard]] int inspect_command(const Invocation& invocation);

}  // namespace paxos::cli
