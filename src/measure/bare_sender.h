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
    /// Sends `size` bytes with one call. If `cut`, the kernel cuts them into datagrams, and the
    /// result is false only if it cannot do so. Without `cut` they are one datagram, and the result
    /// is false if the kernel refused it. Counts refused calls, except those that return false with
    /// `cut`.
    bool try_send(const BareNode& node, const Address& to, const void* bytes, std::size_t size,
                  bool cut);

    bool segments_ = true;
};

}  // namespace paxos::measure
