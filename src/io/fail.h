// Fatal I/O errors: a bug of ours, or a kernel that broke its contract.
#pragma once

#include <cstdio>
#include <cstring>

#include "paxos/assert.h"

namespace paxos::io {

/// Aborts with `what` and the text of `error` (an errno; 0: none). Called if the socket is invalid,
/// or if it is unknown whether the kernel still uses a buffer. Errors of the network are counted
/// instead.
[[noreturn]] inline void fail(const char* what, int error, const char* file, int line) {
    char text[256];
    if (error != 0)
        std::snprintf(text, sizeof text, "%s: %s", what, std::strerror(error));
    else
        std::snprintf(text, sizeof text, "%s", what);
    assert_failed(text, file, line);
}

}  // namespace paxos::io
