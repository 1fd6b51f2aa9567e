// Sends a batch of datagrams over a plain socket, in one call if the kernel supports UDP_SEGMENT.
#pragma once

#include <cstddef>

#include "measure/bare_cluster.h"

namespace paxos::measure {

class BareSender {
public:
    static constexpr std::size_t datagram_size = 1408;
    static constexpr std::size_t datagrams_per_send = 44;

    /// Sends `size` bytes as datagrams of `datagram_size`. REQUIRES: at most `datagrams_per_send`
    /// datagrams are needed.
    void send(const BareNode& node, const Address& to, const void* bytes, std::size_t size);

private:
    /// Sends `size` bytes with one call. Without `cut`, the bytes are one datagram, and the result
    /// is false if the kernel refused the call. With `cut`, the kernel cuts the bytes into
    /// datagrams, and the result is false only if the kernel cannot cut them. If the kernel refused
    /// the call for another reason, the result is true. Counts every refused call, except a call
    /// whose bytes the kernel cannot cut.
    bool try_send(const BareNode& node, const Address& to, const void* bytes, std::size_t size,
                  bool cut);

    bool segments_ = true;
};

}  // namespace paxos::measure
