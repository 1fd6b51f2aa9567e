// Runs a command after its command line was parsed, or prints the error or the help instead.
#pragma once

#include "cli/exit_codes.h"
#include "cli/print.h"

namespace paxos::cli {

/// `line.error`: the complete message; empty: none. `line.help`: the text of the help; empty: not
/// requested. Returns the exit code.
template <class Line, class Run>
[[nodiscard]] int run_line(const Line& line, Run&& run) {
    if (!line.error.empty()) {
        print_error(line.error);
        return exit_usage;
    }
    return line.help.empty() ? run(line) : print(line.help);
}

}  // namespace paxos::cli
