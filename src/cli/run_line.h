// Runs a command after its command line was parsed, or prints the error or the help instead.
#pragma once

#include "cli/exit_codes.h"
#include "cli/print.h"

namespace paxos::cli {

/// `line.error` is the complete message, or empty if there is no error. `line.help` is the text of
/// the help, or empty if it was not requested. Returns the exit code.
template <class Line, class Run>
[[nodiscard]] int run_line(const Line& line, Run&& run) {
    if (!line.error.empty()) {
        print_error(line.error);
        return exit_usage;
    }
    return line.help.empty() ? run(line) : print(line.help);
}

}  // namespace paxos::cli
