// The end of the road: a system call said what it can only say to a program with a bug, or the
// kernel lost our trust.
#pragma once

#include <cstdio>
#include <cstring>

#include "paxos/assert.h"

namespace paxos::io {

/// Ends the program, saying `what` and the meaning of `error` (an errno; 0: none). For faults after
/// which a buffer's owner is unknown or the socket is not ours; what the network does is counted
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
