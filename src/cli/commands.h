// The table of the program's commands.
#pragma once

#include "cli/command.h"

namespace paxos::cli {

[[nodiscard]] std::span<const Command> commands();

/// Runs the command that the first argument names, or `bench` if the first argument is not a
/// command. Returns the exit code.
[[nodiscard]] int run_command(const std::string& program, std::vector<std::string> arguments);

}  // namespace paxos::cli
