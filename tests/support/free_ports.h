// Free ports for tests that must give the program a port number.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>

#include "base/fd.h"
#include "paxos/random.h"

namespace paxos {

/// Whether `port` is free for sockets of `type` on all addresses of this machine.
inline bool is_free_port(std::uint16_t port, int type) {
    const Fd socket{::socket(AF_INET, type | SOCK_CLOEXEC, 0)};
    sockaddr_in any{};
    any.sin_family = AF_INET;
    any.sin_port = htons(port);
    return ::bind(socket.get(), reinterpret_cast<sockaddr*>(&any), sizeof any) == 0;
}

/// The first of `count` consecutive ports that are free for TCP and UDP. All are below the range
/// from which Linux assigns ports by default, so no other socket gets one of them by chance.
inline std::uint16_t free_ports(std::size_t count) {
    static Random random(static_cast<std::uint64_t>(::getpid()));
    for (;;) {
        const auto first = static_cast<std::uint16_t>(10'000 + random.below(20'000));
        std::size_t free = 0;
        while (free < count) {
            const auto port = static_cast<std::uint16_t>(first + free);
            if (!is_free_port(port, SOCK_STREAM) || !is_free_port(port, SOCK_DGRAM)) break;
            ++free;
        }
        if (free == count) return first;
    }
}

}  // namespace paxos
