// A command of the program: its name, its line in the help and its function. The table of all
// commands is in commands.h. The code of a command includes this header and not commands.h.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace paxos::cli {

struct Command;

/// How a command was called.
struct Invocation {
    std::string program;                 ///< The path by which the program was started.
    std::vector<std::string> arguments;  ///< Without the program and the command's name.
    std::span<const Command> commands;   ///< All commands, for help and suggestions.
};

struct Command {
    std::string_view name;
    std::string_view usage;  ///< What must follow the name, for the help.
    std::string_view help;   ///< One line of at most 50 characters.
    /// Returns the exit code.
    int (*run)(const Invocation& invocation);
    /// True if the command can run as several processes (started by srun or mpirun), each with a
    /// part of one cluster. If false, the command is refused when several processes are started,
    /// because each of them would do the whole work.
    bool spans_processes = false;
};

}  // namespace paxos::cli
