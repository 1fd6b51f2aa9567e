// See print.h.
#include "cli/print.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/exit_codes.h"
#include "cli/result_sink.h"
#include "cli/terminal.h"
#include "cli/text.h"
#include "measure/text.h"

namespace paxos::cli {

namespace {

/// `text`, wrapped if the terminal behind `fd` has fewer than the usual 80 columns.
std::string for_terminal(int fd, std::string_view text) {
    const std::size_t width = columns_of(fd);
    return width < measure::columns_usual ? fitted(text, width) : std::string(text);
}

}  // namespace

int print(std::string_view text) {
    if (write_all(STDOUT_FILENO, for_terminal(STDOUT_FILENO, text))) return 0;
    const std::string why = std::strerror(errno);
    print_error(std::string(program_prefix) + "standard output: cannot be written: " + why);
    return exit_machine;
}

void print_error(std::string_view text) {
    // A failure is ignored, because standard error is where it would be reported.
    static_cast<void>(write_all(STDERR_FILENO, for_terminal(STDERR_FILENO, text) + "\n"));
}

}  // namespace paxos::cli
