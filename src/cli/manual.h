// A command's help in other forms: as a man page (--help=man), and as the words that shells
// complete (--help=completion). These forms and --help itself are made from one description.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace paxos::cli {

struct OptionText {
    /// The names, such as -q and --quiet. For a positional argument, only its placeholder.
    std::vector<std::string> names;
    std::string type;  ///< Placeholder of the value; empty for flags and positionals.
    std::string help, group;
    std::span<const std::string_view> choices;  ///< The valid values; empty if any text is valid.
    bool is_positional = false;
};

struct CommandText {
    std::string command;  ///< Empty for `bench`, whose name may be omitted.
    /// Texts around the options. `foot` may have sections (foot_of() in manual.cpp).
    std::string head, foot;
    std::vector<OptionText> options;
    std::span<const Command> commands;  ///< The commands that the help lists.
};

/// Returns the man page, in the macros of man(7).
[[nodiscard]] std::string man_page(const CommandText& text);

/// Returns one line for each word that a shell can complete, for the scripts in scripts/completion.
/// A line has the word, the kind of its value and its help, separated by tabs. The kind is "none"
/// (the word takes no value), "command" (the word is a command), a placeholder (FILE stands for a
/// path) or the choices, such as a|b. The word "..." stands for positional arguments.
[[nodiscard]] std::string completion_words(const CommandText& text);

}  // namespace paxos::cli
