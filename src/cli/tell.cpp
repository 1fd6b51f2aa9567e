// See tell.h.
#include "cli/tell.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/exit_codes.h"
#include "cli/result_sink.h"
#include "cli/settings.h"

namespace paxos::cli {

int tell(std::string_view text) {
    if (write_all(STDOUT_FILENO, text)) return 0;
    const std::string why = std::strerror(errno);
    complain(std::string(program_prefix) + "standard output: cannot be written: " + why);
    return exit_machine;
}

void complain(std::string_view text) {
    // There is nobody left to tell if this fails.
    static_cast<void>(write_all(STDERR_FILENO, std::string(text) + "\n"));
}

}  // namespace paxos::cli
