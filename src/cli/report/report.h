// The command `report`: writes result files as one HTML page with pictures.
#pragma once

#include "cli/command.h"

namespace paxos::cli {

/// Returns the exit code.
[[nodiscard]] int report_command(const Invocation& invocation);

}  // namespace paxos::cli
