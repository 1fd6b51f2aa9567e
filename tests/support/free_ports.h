// Free ports for tests that must give the program a port number.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <utility>

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

/// Reserves block number `block` of ports, so that tests that run at the same time do not choose
/// the same ports. free_ports() defines the size of a block. The returned socket has an abstract
/// Unix address that stands for the block. Only one socket at a time can have this address. If
/// another socket already has the address, the returned socket is not open.
inline Fd reserve_port_block(std::uint64_t block) {
    Fd socket{::socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    // An abstract address begins with a zero byte.
    std::snprintf(address.sun_path + 1, sizeof address.sun_path - 1, "paxos_fast_test_ports_%u",
                  static_cast<unsigned>(block));
    if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), sizeof address) != 0)
        socket.reset();
    return socket;
}

/// The first of `count` consecutive ports that are free for TCP and UDP. `count` is at most 64. All
/// ports are below the range from which Linux assigns ports by default, so no other socket gets one
/// of these ports by chance. They stay reserved until this process has called this function eight
/// more times.
inline std::uint16_t free_ports(std::size_t count) {
    constexpr std::uint64_t block_size = 64, first_port = 10'000, blocks = 312;
    static Random random(static_cast<std::uint64_t>(::getpid()));
    static std::array<Fd, 8> reserved;
    static std::size_t calls = 0;
    for (;;) {
        const std::uint64_t block = random.below(blocks);
        Fd reservation = reserve_port_block(block);
        if (!reservation.is_open()) continue;
        const auto first = static_cast<std::uint16_t>(first_port + block * block_size);
        std::size_t free = 0;
        while (free < count) {
            const auto port = static_cast<std::uint16_t>(first + free);
            if (!is_free_port(port, SOCK_STREAM) || !is_free_port(port, SOCK_DGRAM)) break;
            ++free;
        }
        if (free < count) continue;
        reserved[calls++ % reserved.size()] = std::move(reservation);
        return first;
    }
}

}  // namespace paxos
