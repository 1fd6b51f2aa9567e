// Helpers for tests of connections. They use real sockets over loopback. The code under test takes
// the time as a parameter, so a test can let a timeout pass without waiting.
#pragma once

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>

#include <ctime>
#include <optional>
#include <string>
#include <vector>

#include "control/channel.h"
#include "control/connector.h"
#include "control/listener.h"

namespace paxos::control::test {

inline constexpr Tick second_ns = 1'000'000'000;

inline Tick now() {
    timespec time{};
    ::clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<Tick>(time.tv_sec) * second_ns + static_cast<Tick>(time.tv_nsec);
}

/// Calls `step` until `is_done`. Fails the test after 30 s, so that the test does not hang.
template <class Step, class IsDone>
void run(Step step, IsDone is_done) {
    const Tick give_up_at = now() + 30 * second_ns;
    while (!is_done()) {
        ASSERT_LT(now(), give_up_at) << "nothing happens";
        step();
        ::sched_yield();
    }
}

inline Secret secret(int number) {
    Secret made{};
    made[0] = static_cast<std::byte>(number);
    return made;
}

inline Identity identity(std::uint32_t rank, std::uint32_t size = 3) {
    return {.rank = rank,
            .size = size,
            .host = "h" + std::to_string(rank + 1),
            .facts = {{"version", "0.1.0"}, {"commit", "abc"}, {"value size", "32"}}};
}

inline std::string text_of(Bytes bytes) {
    return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}
inline Bytes bytes_of_text(const std::string& text) { return std::as_bytes(std::span{text}); }

/// Rank 0, with a listener that tests reach at 127.0.0.1.
struct Host {
    explicit Host(const Secret& key = secret(1), const Identity& self = identity(0))
        : listener(open(port), key, self) {}

    [[nodiscard]] Address address() const { return Address::loopback(port); }
    static Fd open(std::uint16_t& port) {
        std::string error;
        Fd socket = open_listening_socket(0, error);
        EXPECT_TRUE(socket.is_open()) << error;
        port = Address::of_socket(socket.get())->port();
        return socket;
    }
    /// Steps until at least `count` connections have been refused.
    void refuse(std::uint64_t count) {
        run([&] { listener.step(now()); }, [&] { return listener.refusals().count() >= count; });
    }

    std::uint16_t port = 0;
    Listener listener;
};

/// Returns a blocking connection to `host`, such as a foreign process may make.
inline Fd connect_to(const Host& host) {
    Fd socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const Address to = host.address();
    EXPECT_EQ(::connect(socket.get(), to.get(), to.size()), 0);
    return socket;
}
inline void send_text(const Fd& socket, Bytes bytes) {
    EXPECT_EQ(::send(socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL),
              static_cast<ssize_t>(bytes.size()));
}

/// Steps both ends until the connector has a channel or has failed.
inline void meet(Host& host, Connector& connector, std::optional<Channel>& channel) {
    run(
        [&] {
            host.listener.step(now());
            connector.step(now());
            if (!channel) channel = connector.take();
        },
        [&] { return channel.has_value() || !connector.failure().empty(); });
}

/// Two ends of one channel.
struct Pair {
    Pair() {
        Host host;
        Connector connector({host.address()}, {}, secret(1), identity(1), now());
        std::optional<Channel> made;
        meet(host, connector, made);
        std::optional<Channel> accepted = host.listener.take();
        EXPECT_TRUE(made && accepted) << connector.failure();
        near = std::move(accepted);
        far = std::move(made);
    }
    void step() {
        near->step(now());
        far->step(now());
    }
    std::optional<Channel> near, far;  ///< At rank 0 and at rank 1.
};

}  // namespace paxos::control::test
