// The command `ab`: runs two builds alternately until a difference of the requested size would have
// been detected or the time is up, and reports whether the builds differ.
#pragma once

#include "cli/command.h"

namespace paxos::cli {

/// Returns the exit code.
[[nodiscard]] int ab_command(const Invocation& invocation);

}  // namespace paxos::cli
