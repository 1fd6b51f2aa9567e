// The addresses of the cluster's nodes. Above io a peer is an index into this table.
//
// 1. An address belongs to one peer: with two indices, one acceptor would count twice in a quorum
//    (S08, S30).
// 2. `find` takes a multiplication and, on average, little more than one comparison.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>

#include <netinet/in.h>

#include "paxos/limits.h"

namespace paxos::io {

/// A position in the PeerTable.
using PeerIndex = std::uint8_t;
inline constexpr PeerIndex no_peer = 0xff;  ///< Not an address of the table.

/// An IPv4 or IPv6 address with a UDP port.
class Address {
public:
    Address() = default;
    /// 127.0.0.1
    [[nodiscard]] static Address loopback(std::uint16_t port);
    /// `ip` in numbers, such as "10.0.0.1" or "fe80::1".
    [[nodiscard]] static std::optional<Address> parse(const std::string& ip, std::uint16_t port);
    /// The address to which `socket` is bound. None: errno has the reason.
    [[nodiscard]] static std::optional<Address> of_socket(int socket);

    [[nodiscard]] int family() const { return bytes_.any.sa_family; }
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::string ip() const;
    [[nodiscard]] std::string text() const;  ///< "127.0.0.1:4000", "[::1]:4000".

    // For system calls.
    static constexpr socklen_t size_max = sizeof(sockaddr_in6);
    [[nodiscard]] const sockaddr* get() const { return &bytes_.any; }
    [[nodiscard]] sockaddr* get() { return &bytes_.any; }
    [[nodiscard]] socklen_t size() const {
        return family() == AF_INET6 ? sizeof bytes_.v6 : sizeof bytes_.v4;
    }

    /// Equal addresses have equal hashes. The upper bits are the better ones.
    [[nodiscard]] std::uint64_t hash() const {
        constexpr std::uint64_t odd = 0x9E3779B97F4A7C15;
        if (family() != AF_INET6) [[likely]]
            return (std::uint64_t{bytes_.v4.sin_addr.s_addr} << 16 | bytes_.v4.sin_port) * odd;
        const auto& words = bytes_.v6.sin6_addr.s6_addr32;
        std::uint64_t hash = bytes_.v6.sin6_port;
        for (const std::uint32_t word : words) hash = (hash + word) * odd;
        return hash;
    }
    /// Ignores the IPv6 flow label, which belongs to a datagram.
    [[nodiscard]] bool operator==(const Address& other) const {
        if (family() != other.family()) return false;
        if (family() != AF_INET6) [[likely]]
            return bytes_.v4.sin_addr.s_addr == other.bytes_.v4.sin_addr.s_addr &&
                   bytes_.v4.sin_port == other.bytes_.v4.sin_port;
        return IN6_ARE_ADDR_EQUAL(&bytes_.v6.sin6_addr, &other.bytes_.v6.sin6_addr) &&
               bytes_.v6.sin6_port == other.bytes_.v6.sin6_port &&
               bytes_.v6.sin6_scope_id == other.bytes_.v6.sin6_scope_id;
    }

private:
    union Bytes {
        sockaddr_in6 v6;
        sockaddr_in v4;
        sockaddr any;
    };
    Bytes bytes_{};
};

class PeerTable {
public:
    PeerTable() { buckets_.fill(no_peer); }

    /// Gives `address` the next index, from 0. REQUIRES: room for it; it is not in the table.
    PeerIndex add(const Address& address);
    [[nodiscard]] std::size_t size() const { return size_; }
    /// REQUIRES: peer < size().
    [[nodiscard]] const Address& operator[](PeerIndex peer) const { return addresses_[peer]; }
    /// The index of `address`; no_peer: it is not in the table.
    [[nodiscard]] PeerIndex find(const Address& address) const {
        for (std::size_t bucket = bucket_of(address);; bucket = (bucket + 1) % bucket_count) {
            const PeerIndex peer = buckets_[bucket];
            if (peer == no_peer || addresses_[peer] == address) return peer;
        }
    }

private:
    static constexpr unsigned bucket_bits = 8;
    static constexpr std::size_t bucket_count = std::size_t{1} << bucket_bits;
    static_assert(bucket_count >= 4 * limits::nodes_max,
                  "mostly empty: probes are short, and an address that is not there is soon known");

    [[nodiscard]] static std::size_t bucket_of(const Address& address) {
        return static_cast<std::size_t>(address.hash() >> (64 - bucket_bits));
    }

    std::size_t size_ = 0;
    std::array<PeerIndex, bucket_count> buckets_{};  // Linear probing; no_peer: empty.
    std::array<Address, limits::nodes_max> addresses_{};
};

}  // namespace paxos::io
