// Communicators on loopback sockets, for the tests of src/io. An "engine" is a way to send and
// receive: sendmmsg and recvmmsg, or io_uring at one of its fallback levels.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "io/clock.h"
#include "io/communicator.h"
#include "io/mmsg_communicator.h"
#include "io/sockets.h"
#include "io/uring_communicator.h"

namespace paxos::io::test {

inline constexpr std::size_t datagram_size = 1408;
inline constexpr std::size_t datagrams_per_send = 44;
inline constexpr Tick timeout_ns = 60 * ns_per_second;

/// The values 0 to 2 are the fallback levels of io_uring.
enum class EngineKind : std::size_t { uring_defer = 0, uring_coop = 1, uring_plain = 2, mmsg = 3 };

inline std::string name_of(EngineKind kind) {
    return std::array{"uring_defer", "uring_coop", "uring_plain",
                      "mmsg"}[static_cast<std::size_t>(kind)];
}

inline std::unique_ptr<Communicator> open_engine(EngineKind kind, const Options& options,
                                                 std::string& error) {
    if (kind == EngineKind::mmsg) return std::make_unique<MmsgCommunicator>(options, "mmsg");
    auto made = UringCommunicator::open(options, error, static_cast<std::size_t>(kind));
    if (!made || made->description().find(": ") == std::string::npos) return made;
    error = made->description();  // The communicator fell back further than requested.
    return nullptr;
}

/// A socket, the communicator on it, and a copy of what each receive returned.
struct Endpoint {
    struct Copy {
        std::vector<std::byte> bytes;
        std::uint32_t segment_size;
        PeerIndex from;
    };

    Socket socket;
    PeerIndex index = no_peer;
    std::unique_ptr<Communicator> communicator;
    std::vector<Copy> receives;
    std::uint64_t exchanges = 0;

    Endpoint() = default;
    Endpoint(const Endpoint&) = delete;
    Endpoint& operator=(const Endpoint&) = delete;
    ~Endpoint() {
        communicator.reset();
        close(socket);
    }

    std::size_t exchange() {
        ++exchanges;
        const std::size_t came = communicator->exchange();
        EXPECT_EQ(came, communicator->received().size());
        for (const Received& received : communicator->received()) {
            EXPECT_EQ(reinterpret_cast<std::uintptr_t>(received.bytes) % 64, 0U);
            receives.push_back({{received.bytes, received.bytes + received.size},
                                received.segment_size,
                                received.from});
        }
        return came;
    }
    /// Exchanges until `empty_max` exchanges in a row receive nothing.
    void drain(int empty_max = 3) {
        for (int empty = 0; empty < empty_max;) empty = exchange() == 0 ? empty + 1 : 0;
    }
    /// Exchanges until there are copies of `count` receives. Returns false after `timeout_ns`.
    bool receive(std::size_t count) {
        for (const Tick begin = now(); receives.size() < count;) {
            exchange();
            if (now() - begin > timeout_ns) return false;
        }
        return true;
    }
    [[nodiscard]] std::vector<std::byte> all_bytes() const {
        std::vector<std::byte> all;
        for (const Copy& copy : receives)
            all.insert(all.end(), copy.bytes.begin(), copy.bytes.end());
        return all;
    }
    [[nodiscard]] const Counters& counters() const { return communicator->counters(); }
};

inline std::vector<std::byte> pattern(std::size_t size, unsigned seed = 1) {
    std::vector<std::byte> bytes(size);
    std::uint32_t state = seed * 2654435761U + 1;
    for (std::byte& byte : bytes) {
        state = state * 1664525U + 1013904223U;
        byte = static_cast<std::byte>(state >> 24);
    }
    return bytes;
}

/// A test that runs once for each engine. It is skipped if this machine lacks the engine.
class EngineTest : public testing::TestWithParam<EngineKind> {
protected:
    void open(Endpoint& endpoint, std::size_t sends_max = 64, std::size_t receives_max = 8,
              int file = -1) {
        std::string error;
        endpoint.socket = open_udp_socket(Address::loopback(0), error);
        ASSERT_TRUE(endpoint.socket.is_open()) << error;
        endpoint.index = peers_.add(endpoint.socket.address);
        endpoint.communicator = open_engine(GetParam(),
                                            {.socket = endpoint.socket.fd,
                                             .peers = &peers_,
                                             .file = file,
                                             .sends_max = sends_max,
                                             .receives_max = receives_max},
                                            error);
        if (!endpoint.communicator) GTEST_SKIP() << error;
    }
    PeerTable peers_;  // Grows with each endpoint.

    [[nodiscard]] static bool is_uring() { return GetParam() != EngineKind::mmsg; }
};

inline std::string engine_name(const testing::TestParamInfo<EngineKind>& info) {
    return name_of(info.param);
}

inline auto every_engine() {
    return testing::Values(EngineKind::uring_defer, EngineKind::uring_coop, EngineKind::uring_plain,
                           EngineKind::mmsg);
}

/// Opens an endpoint. If open() fails or skips the test, returns from the test.
/// ASSERT_NO_FATAL_FAILURE would not detect a skip.
#define PAXOS_OPEN(...)                               \
    do {                                              \
        open(__VA_ARGS__);                            \
        if (HasFatalFailure() || IsSkipped()) return; \
    } while (false)

}  // namespace paxos::io::test
