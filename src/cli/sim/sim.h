// The command `sim`: runs the protocol in worlds (simulated clusters), in virtual time, with all
// kinds of faults. The oracle checks each world.
#pragma once

#include "cli/command.h"

namespace paxos::cli {

/// Returns the exit code.
[[nodiscard]] int sim_command(const Invocation& invocation);

}  // namespace paxos::cli
