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
    /// Sends `size` bytes with one call. Without `cut`, the bytes are one datagram. If the kernel
    /// refuses this datagram, the refusal is counted and the result is false. With `cut`, the
    /// kernel cuts the bytes into datagrams. If the kernel cannot cut, nothing is counted and the
    /// result is false, so that the caller sends the datagrams one by one. If the kernel refuses
    /// the call for another reason, the refusal is counted and the result is true.
    bool try_send(const BareNode& node, const Address& to, const void* bytes, std::size_t size,
                  bool cut);

    bool segments_ = true;
};

}  // namespace paxos::measure
