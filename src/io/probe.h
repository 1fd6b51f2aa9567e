// Checks before a run, over the run's own sockets, that the loopback interface carries datagrams.
// Without this check, an interface that refuses or drops every datagram would look like a cluster
// in which no message arrives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "io/sockets.h"

namespace paxos::io {

/// Sends a datagram of `size` bytes from each socket to the next, and from the last to the first,
/// and receives it there. Discards datagrams that were queued before it. On false, `error` says
/// what failed, the likely cause and the remedy.
[[nodiscard]] bool probe(std::span<const Socket> sockets, std::size_t size, std::string& error);

/// The cause of `error` (an errno) on 127.0.0.1 and the remedy, as the end of a longer error text.
/// Reads the state of the loopback interface. Empty: the cause is unknown.
[[nodiscard]] std::string loopback_remedy(int error);

/// The cause of `error` (the errno of a send) and the remedy, as for loopback_remedy().
[[nodiscard]] std::string send_remedy(int error);

/// Receives all pending datagrams of a socket that nothing else reads any more. Returns how many
/// of them came from an address in `senders`.
[[nodiscard]] std::uint64_t drain(const Socket& socket, const PeerTable& senders);

/// The number of sends that the kernel has dropped at this socket since it was opened, because the
/// socket's queue was full. Some kernels also count datagrams with a wrong checksum. A send of
/// several datagrams (UDP_SEGMENT) counts once.
[[nodiscard]] std::uint32_t drops_of(int socket);

}  // namespace paxos::io
