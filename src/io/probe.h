// Does the loopback interface carry datagrams at all? Asked before a run, over its own sockets: a
// network that refuses or swallows every datagram otherwise looks like a cluster that lost them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include "io/sockets.h"

namespace paxos::io {

/// Sends a datagram of `size` bytes from each socket to the next one and receives it there. What
/// else has arrived is discarded. False: `error` says what failed, the likely cause and the remedy.
[[nodiscard]] bool probe(std::span<const Socket> sockets, std::size_t size, std::string& error);

/// Why `error` came of 127.0.0.1, and the remedy, to be put behind the error's own text: the state of
/// the loopback interface is read. Empty: unknown.
[[nodiscard]] std::string loopback_remedy(int error);

/// The same for an error that a send can give.
[[nodiscard]] std::string send_remedy(int error);

/// Receives all that waits in a socket that nobody reads any more. Returns how many of the datagrams
/// came from one of `senders`.
[[nodiscard]] std::uint64_t drain(const Socket& socket, std::span<const Socket> senders);

/// Datagrams, or sends of several, that the kernel dropped before this socket since it was opened: its
/// queue was full, or the checksum was wrong.
[[nodiscard]] std::uint32_t drops_of(int socket);

}  // namespace paxos::io
