// An IPv4 or IPv6 address with a port, as system calls take it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include <netinet/in.h>

namespace paxos {

class Address {
public:
    Address() = default;
    /// 127.0.0.1
    [[nodiscard]] static Address loopback(std::uint16_t port);
    /// `ip` is numeric, such as "10.0.0.1" or "fe80::1". None: `ip` is not an address.
    [[nodiscard]] static std::optional<Address> parse(const std::string& ip, std::uint16_t port);
    /// The address to which `socket` is bound. None: errno has the reason.
    [[nodiscard]] static std::optional<Address> of_socket(int socket);
    /// The address to which `socket` is connected. None: errno has the reason.
    [[nodiscard]] static std::optional<Address> of_peer(int socket);
    /// The address in `bytes`, as from getaddrinfo or getifaddrs. None: it is neither IPv4 nor
    /// IPv6.
    [[nodiscard]] static std::optional<Address> of(const sockaddr* bytes);

    /// The same address with another port.
    [[nodiscard]] Address at(std::uint16_t port) const;
    /// Whether the address is ::1 or in 127.0.0.0/8.
    [[nodiscard]] bool is_loopback() const;

    [[nodiscard]] int family() const { return bytes_.any.sa_family; }
    [[nodiscard]] std::uint16_t port() const;
    [[nodiscard]] std::string ip() const;
    [[nodiscard]] std::string text() const;  ///< "127.0.0.1:4000", "[::1]:4000".

    // The address as system calls take it.
    static constexpr socklen_t size_max = sizeof(sockaddr_in6);
    [[nodiscard]] const sockaddr* get() const { return &bytes_.any; }
    [[nodiscard]] sockaddr* get() { return &bytes_.any; }
    [[nodiscard]] socklen_t size() const {
        return family() == AF_INET6 ? sizeof bytes_.v6 : sizeof bytes_.v4;
    }

    /// Equal addresses have equal hashes. The upper bits of a hash are distributed better than the
    /// lower ones.
    [[nodiscard]] std::uint64_t hash() const {
        constexpr std::uint64_t odd = 0x9E3779B97F4A7C15;
        if (family() != AF_INET6) [[likely]]
            return (std::uint64_t{bytes_.v4.sin_addr.s_addr} << 16 | bytes_.v4.sin_port) * odd;
        const auto& words = bytes_.v6.sin6_addr.s6_addr32;
        std::uint64_t hash = bytes_.v6.sin6_port;
        for (const std::uint32_t word : words) hash = (hash + word) * odd;
        return hash;
    }
    /// Ignores the IPv6 flow label, which belongs to a datagram and not to an address.
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
    /// Turns ::ffff:10.0.0.1, the form in which an IPv6 socket reports IPv4, into 10.0.0.1.
    [[nodiscard]] Address unmapped() const;

    union Bytes {
        sockaddr_in6 v6;
        sockaddr_in v4;
        sockaddr any;
    };
    Bytes bytes_{};
};

}  // namespace paxos
