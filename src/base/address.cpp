#include "base/address.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include <cstring>

namespace paxos {
namespace {

/// Offset of an IPv4 address in ::ffff:0:0/96: 10 bytes of zero and 2 bytes of 0xff precede it.
constexpr std::size_t mapped_offset = 12;

}  // namespace

Address Address::loopback(std::uint16_t port) {
    Address made;
    made.bytes_.v4 = {.sin_family = AF_INET,
                      .sin_port = htons(port),
                      .sin_addr = {.s_addr = htonl(INADDR_LOOPBACK)},
                      .sin_zero = {}};
    return made;
}

std::optional<Address> Address::parse(const std::string& ip, std::uint16_t port) {
    Address made;
    in_addr v4{};
    if (inet_pton(AF_INET, ip.c_str(), &v4) == 1) {
        made.bytes_.v4 = {
            .sin_family = AF_INET, .sin_port = htons(port), .sin_addr = v4, .sin_zero = {}};
        return made;
    }
    made.bytes_.v6.sin6_family = AF_INET6;
    made.bytes_.v6.sin6_port = htons(port);
    if (inet_pton(AF_INET6, ip.c_str(), &made.bytes_.v6.sin6_addr) != 1) return std::nullopt;
    return made;
}

std::optional<Address> Address::of_socket(int socket) {
    Address made;
    socklen_t size = size_max;
    if (getsockname(socket, made.get(), &size) != 0) return std::nullopt;
    return made.unmapped();
}

std::optional<Address> Address::of_peer(int socket) {
    Address made;
    socklen_t size = size_max;
    if (getpeername(socket, made.get(), &size) != 0) return std::nullopt;
    return made.unmapped();
}

std::optional<Address> Address::of(const sockaddr* bytes) {
    Address made;
    // Copied, because `bytes` need not be aligned for the larger types.
    if (bytes->sa_family == AF_INET)
        std::memcpy(&made.bytes_.v4, bytes, sizeof made.bytes_.v4);
    else if (bytes->sa_family == AF_INET6)
        std::memcpy(&made.bytes_.v6, bytes, sizeof made.bytes_.v6);
    else
        return std::nullopt;
    return made.unmapped();
}

Address Address::unmapped() const {
    if (family() != AF_INET6 || !IN6_IS_ADDR_V4MAPPED(&bytes_.v6.sin6_addr)) return *this;
    Address made;
    made.bytes_.v4 = {
        .sin_family = AF_INET, .sin_port = bytes_.v6.sin6_port, .sin_addr = {}, .sin_zero = {}};
    std::memcpy(&made.bytes_.v4.sin_addr, bytes_.v6.sin6_addr.s6_addr + mapped_offset,
                sizeof made.bytes_.v4.sin_addr);
    return made;
}

Address Address::at(std::uint16_t port) const {
    Address made = *this;
    (family() == AF_INET6 ? made.bytes_.v6.sin6_port : made.bytes_.v4.sin_port) = htons(port);
    return made;
}

bool Address::is_loopback() const {
    if (family() == AF_INET6) return IN6_IS_ADDR_LOOPBACK(&bytes_.v6.sin6_addr);
    return ntohl(bytes_.v4.sin_addr.s_addr) >> 24 == IN_LOOPBACKNET;
}

std::uint16_t Address::port() const {
    return ntohs(family() == AF_INET6 ? bytes_.v6.sin6_port : bytes_.v4.sin_port);
}

std::string Address::ip() const {
    char text[INET6_ADDRSTRLEN] = "";
    // Cannot fail: the family is one of these two, and the buffer is large enough for both
    // (inet_ntop(3)).
    if (family() == AF_INET6)
        inet_ntop(AF_INET6, &bytes_.v6.sin6_addr, text, sizeof text);
    else
        inet_ntop(AF_INET, &bytes_.v4.sin_addr, text, sizeof text);
    return text;
}

std::string Address::text() const {
    const std::string host = family() == AF_INET6 ? '[' + ip() + ']' : ip();
    return host + ':' + std::to_string(port());
}

}  // namespace paxos
