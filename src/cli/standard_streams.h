// Descriptors 0 to 2 are the standard streams, whatever the caller closed: a socket or a file that
// received one of these numbers would otherwise be written to as if it were a terminal.
#pragma once

namespace paxos::cli {

/// Opens /dev/null on each of descriptors 0 to 2 that is closed. Call it before anything is opened.
/// A stream opened here keeps failing with EBADF, as the closed one would: lost output is reported.
/// False, with errno: it cannot be opened.
[[nodiscard]] bool reserve_standard_streams();

}  // namespace paxos::cli
