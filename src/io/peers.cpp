#include "io/peers.h"

#include <arpa/inet.h>
#include <sys/socket.h>

#include "paxos/assert.h"

namespace paxos::io {

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
    return made;
}

std::uint16_t Address::port() const {
    return ntohs(family() == AF_INET6 ? bytes_.v6.sin6_port : bytes_.v4.sin_port);
}

std::string Address::ip() const {
    char text[INET6_ADDRSTRLEN] = "";
    // Cannot fail: the family is one of these two and the buffer holds either (inet_ntop(3)).
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

PeerIndex PeerTable::add(const Address& address) {
    PAXOS_ASSERT(size_ < addresses_.size());
    PAXOS_ASSERT(find(address) == no_peer);  // S30: each address has one index.
    std::size_t bucket = bucket_of(address);
    while (buckets_[bucket] != no_peer) bucket = (bucket + 1) % bucket_count;
    const auto peer = static_cast<PeerIndex>(size_++);
    addresses_[peer] = address;
    buckets_[bucket] = peer;
    return peer;
}

}  // namespace paxos::io
