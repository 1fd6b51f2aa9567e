// See print.h.
#include "cli/print.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/exit_codes.h"
#include "cli/result_sink.h"

namespace paxos::cli {

int print(std::string_view text) {
    if (write_all(STDOUT_FILENO, text)) return 0;
    const std::string why = std::strerror(errno);
    print_error(std::string(program_prefix) + "standard output: cannot be written: " + why);
    return exit_machine;
}

void print_error(std::string_view text) {
    // A failure cannot be reported: standard error is where it would be reported.
    static_cast<void>(write_all(STDERR_FILENO, std::string(text) + "\n"));
}

}  // namespace paxos::cli
