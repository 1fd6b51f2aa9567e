// The addresses of the cluster's nodes. The callers of src/io name a peer by its index in this
// table.
//
// 1. A peer receives at one address, and sends from that address or from another one. Each address
//    belongs to one peer only: if an address had two indices, its acceptor would count twice in a
//    quorum (S08, S30).
// 2. `find` takes a multiplication and, on average, little more than one comparison.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

#include "base/address.h"
#include "paxos/limits.h"

namespace paxos::io {

/// A position in the PeerTable.
using PeerIndex = std::uint8_t;
inline constexpr PeerIndex no_peer = 0xff;  ///< The address is not in the table.

using paxos::Address;

class PeerTable {
public:
    PeerTable() { buckets_.fill(no_peer); }

    /// Gives the peer at `address` the next index, from 0. The peer sends from `source`. REQUIRES:
    /// the table is not full; no peer has one of these addresses.
    PeerIndex add(const Address& address, const Address& source);
    /// Adds a peer that sends from the address at which it receives.
    PeerIndex add(const Address& address) { return add(address, address); }
    [[nodiscard]] std::size_t size() const { return size_; }
    /// Where `peer` receives. REQUIRES: peer < size().
    [[nodiscard]] const Address& operator[](PeerIndex peer) const { return addresses_[peer]; }
    /// The address from which `peer` sends. REQUIRES: peer < size().
    [[nodiscard]] const Address& source(PeerIndex peer) const { return sources_[peer]; }
    /// The peer that sends from `address`; no_peer if there is none.
    [[nodiscard]] PeerIndex find(const Address& address) const {
        for (std::size_t bucket = bucket_of(address);; bucket = (bucket + 1) % bucket_count) {
            const PeerIndex peer = buckets_[bucket];
            if (peer == no_peer || sources_[peer] == address) return peer;
        }
    }

private:
    static constexpr unsigned bucket_bits = 8;
    static constexpr std::size_t bucket_count = std::size_t{1} << bucket_bits;
    static_assert(bucket_count >= 4 * limits::nodes_max,
                  "mostly empty: probes are short, even for an address that is not in the table");

    [[nodiscard]] static std::size_t bucket_of(const Address& address) {
        return static_cast<std::size_t>(address.hash() >> (64 - bucket_bits));
    }

    std::size_t size_ = 0;
    std::array<PeerIndex, bucket_count> buckets_{};  // Hashed by source; no_peer: an empty bucket.
    std::array<Address, limits::nodes_max> addresses_{}, sources_{};
};

}  // namespace paxos::io
