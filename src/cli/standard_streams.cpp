// See standard_streams.h.
#include "cli/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>

namespace paxos::cli {

bool reserve_standard_streams() {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
        // The opposite direction: reading from standard input and writing to the others fail.
        const int direction = stream == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        // The lowest free number, which is `stream`: those below it are open.
        if (open("/dev/null", direction) != stream) return false;
    }
    return true;
}

}  // namespace paxos::cli
