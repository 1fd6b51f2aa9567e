// Runs a command whose line has been read, or prints the line's error or the help.
#pragma once

#include "cli/exit_codes.h"
#include "cli/print.h"

namespace paxos::cli {

/// `line.error`: the complete message; empty: none. `line.help`: the text, if it is requested.
template <class Line, class Run>
[[nodiscard]] int run_line(const Line& line, Run&& run) {
    if (!line.error.empty()) {
        print_error(line.error);
        return exit_usage;
    }
    return line.help.empty() ? run(line) : print(line.help);
}

}  // namespace paxos::cli
