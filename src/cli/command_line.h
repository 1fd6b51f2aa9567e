// The command line: which settings it gives, as text, and the help. CLI11 takes it apart; what it
// says about mistakes is put in our own words.
#pragma once

#include <array>
#include <optional>
#include <string>
#include <vector>

#include "cli/settings.h"

namespace paxos::cli {

struct CommandLine {
    std::array<std::optional<std::string>, key_count> given;  ///< By Key; a flag reads "true".
    bool help = false;
    bool version = false;  ///< With `given` of Key::json: as JSON.
    std::string error;     ///< What is wrong, complete; empty: nothing.
};

[[nodiscard]] CommandLine read_command_line(const std::vector<std::string>& arguments);

[[nodiscard]] std::string help_text();

}  // namespace paxos::cli
