// The command `report`: writes result files as one HTML page of charts, or as text.
#pragma once

#include "cli/command.h"

namespace paxos::cli {

/// Returns the exit code.
[[nodiscard]] int report_command(const Invocation& invocation);

}  // namespace paxos::cli
