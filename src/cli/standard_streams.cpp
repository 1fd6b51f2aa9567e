// See standard_streams.h.
#include "cli/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

namespace paxos::cli {

bool reserve_standard_streams() {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
        // Opened in the wrong direction, so that reads from standard input and writes to the others
        // fail.
        const int direction = stream == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        // open() returns the lowest free number. That is `stream`: all lower ones are open.
        if (open("/dev/null", direction) != stream) return false;
    }
    return true;
}

}  // namespace paxos::cli
