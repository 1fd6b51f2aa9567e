// UDP sockets set up for batches of datagrams, with a record of what the kernel granted them.
//
// The launcher opens the receiving sockets before it forks the nodes, so that nodes do not race for
// ports. Each node receives on one of these sockets.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

#include "io/peers.h"

namespace paxos::io {

/// The requested size of a buffer; the kernel doubles it. The kernel's default is 208 KiB, which
/// holds only three sends of the maximum size of about 64 KiB.
inline constexpr std::size_t socket_buffer_wanted = std::size_t{32} << 20;

struct Socket {
    int fd = -1;      ///< The caller closes it; it is also closed on exec.
    Address address;  ///< Where it is bound.
    /// Bytes granted by the kernel. The kernel charges each datagram's data and the overhead of its
    /// socket buffer (skb) against this size.
    std::size_t receive_buffer_size = 0;
    std::size_t send_buffer_size = 0;
    bool coalesces = false;     ///< UDP_GRO is on: one receive may return all datagrams of a send.
    bool counts_drops = false;  ///< SO_RXQ_OVFL is on.

    [[nodiscard]] bool is_open() const { return fd >= 0; }
};

/// Opens a socket bound to `address`; port 0: the kernel chooses. If the port is in use, retries
/// for a second, because the io_uring of a process that has just died keeps the port of the process
/// for some 45 ms. On failure the socket is not open, and `error` names what failed, the likely
/// cause and the remedy.
[[nodiscard]] Socket open_udp_socket(const Address& address, std::string& error);

/// Opens a send-only socket bound to `source`; port 0: the kernel chooses. Other such sockets of
/// this user may share the port. Connects the socket to `to`, unless `to` is null. Fails like
/// open_udp_socket().
[[nodiscard]] Socket open_send_socket(const Address& source, const Address* to, std::string& error);

/// Closes `socket` if it is open.
void close(Socket& socket);

}  // namespace paxos::io
