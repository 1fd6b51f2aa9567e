// Facts about the machine that must be probed by opening a socket: the granted receive buffer, and
// whether io_uring works. Everything that is opened is closed again.
#pragma once

#include "measure/environment.h"

namespace paxos::cli {

/// Sets `receive_buffer_size` and `io`. A fact that cannot be determined stays absent.
void probe_sockets(measure::Environment& environment);

}  // namespace paxos::cli
