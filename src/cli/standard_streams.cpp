// Opens /dev/null on closed standard streams; standard_streams.h gives the reason.
#include "cli/standard_streams.h"

#include <fcntl.h>
#include <unistd.h>

#include <cerrno>
#include <initializer_list>

namespace paxos::cli {

bool reserve_standard_streams() {
    for (const int stream : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
        if (fcntl(stream, F_GETFD) >= 0 || errno != EBADF) continue;
        // Each stream is opened for the wrong direction, so that reads from standard input and
        // writes to the other streams fail.
        const int direction = stream == STDIN_FILENO ? O_WRONLY : O_RDONLY;
        // open() returns the lowest free descriptor, which is `stream`, because all lower
        // descriptors are open.
        if (open("/dev/null", direction) != stream) return false;
    }
    return true;
}

}  // namespace paxos::cli
