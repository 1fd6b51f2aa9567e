// The program's sub-commands, in one table: what the first argument may be, and who does it.
// `bench` is not in it: it is what is done where the first argument names no other.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace paxos::cli {

struct Command {
    std::string_view name;
    std::string_view usage;  ///< What follows the name.
    std::string_view help;   ///< One line of at most 50 characters.
    /// `arguments` are those behind the name. Returns the exit code.
    int (*run)(const std::vector<std::string>& arguments);
};

[[nodiscard]] std::span<const Command> commands();

/// Null: there is no such command.
[[nodiscard]] const Command* find_command(std::string_view name);

/// "paxos_fast: --nodez: unknown option; did you mean --nodes?" `command` is "" for bench, or the
/// sub-command's name; `options` are its long options without dashes.
[[nodiscard]] std::string unknown_option(std::string_view command, std::string_view word,
                                         const std::vector<std::string_view>& options);
[[nodiscard]] std::string unknown_command(std::string_view word);

/// CLI11 puts two empty lines between groups of options; one is enough.
[[nodiscard]] std::string without_gaps(std::string help);

}  // namespace paxos::cli
