// See print.h.
#include "cli/print.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/exit_codes.h"
#include "cli/result_sink.h"
#include "cli/terminal.h"
#include "cli/text.h"

namespace paxos::cli {

int print(std::string_view text) {
    const std::size_t width = columns_of(STDOUT_FILENO);
    // Texts are written for 80 columns.
    const bool is_narrow = width < columns_usual;
    if (is_narrow ? write_all(STDOUT_FILENO, fitted(text, width)) : write_all(STDOUT_FILENO, text))
        return 0;
    const std::string why = std::strerror(errno);
    print_error(std::string(program_prefix) + "standard output: cannot be written: " + why);
    return exit_machine;
}

void print_error(std::string_view text) {
    // A failure cannot be reported: standard error is where it would be reported.
    const std::size_t width = columns_of(STDERR_FILENO);
    const std::string line = width < columns_usual ? fitted(text, width) : std::string(text);
    static_cast<void>(write_all(STDERR_FILENO, line + "\n"));
}

}  // namespace paxos::cli
