// Facts that only a trial shows: what a socket is granted, whether io_uring is. Everything opened
// is closed again.
#pragma once

#include "measure/environment.h"

namespace paxos::cli {

/// Fills in `receive_buffer_size` and `io`. What cannot be tried stays absent.
void try_out(measure::Environment& environment);

}  // namespace paxos::cli
