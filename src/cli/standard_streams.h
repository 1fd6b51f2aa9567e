// Reserves descriptors 0 to 2 for the standard streams even if the caller closed them. Otherwise a
// socket or file could get one of these numbers, and output meant for the terminal would go to the
// socket or file.
#pragma once

namespace paxos::cli {

/// Opens /dev/null on each of descriptors 0 to 2 that is closed. Call it before anything is opened.
/// I/O on a stream opened here fails with EBADF, as on a closed stream, so that lost output is
/// still reported. Returns false, with errno, if /dev/null cannot be opened.
[[nodiscard]] bool reserve_standard_streams();

}  // namespace paxos::cli
