// The command `sim`: runs the protocol in worlds (simulated clusters), in virtual time, with all
// kinds of faults. An oracle checks every step.
#pragma once

#include "cli/command.h"

namespace paxos::cli {

/// Returns the exit code.
[[nodiscard]] int sim_command(const Invocation& invocation);

}  // namespace paxos::cli
