// Facts about the machine that must be probed: the granted receive buffer of a socket, whether
// io_uring works, the disk of a directory. Everything that is opened is closed again.
#pragma once

#include <string>

#include "measure/environment.h"

namespace paxos::cli {

/// Sets `receive_buffer_size` and `io`. A fact that cannot be determined stays absent.
void probe_sockets(measure::Environment& environment);
/// Sets `file_system` and `write_cache` to the facts about `directory` or, if `directory` does not
/// exist, about the folder in which it would be made.
void probe_disk(const std::string& directory, measure::Environment& environment);

}  // namespace paxos::cli
