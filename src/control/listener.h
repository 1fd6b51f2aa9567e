// How rank 0 gathers a cluster. A Listener accepts connections and returns the channels to the
// processes of the cluster. Other connections are refused and counted.
//
// 1. A connection that has not joined within handshake_timeout_ns is closed. If more than
//    handshakes_max connections have not joined, the oldest of them is closed. Both limits bound
//    the memory and the descriptors that unauthenticated peers can occupy.
// 2. Nothing that is sent over a connection can make the start of the cluster fail.
// 3. Each rank is accepted once. A second process with the same rank is refused, and the refusal
//    names this reason.
#pragma once

#include <poll.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/fd.h"
#include "control/channel.h"
#include "control/identity.h"
#include "control/secret.h"
#include "paxos/tick.h"

namespace paxos::control {

inline constexpr Tick handshake_timeout_ns = 2'000'000'000;
inline constexpr std::size_t handshakes_max = 64;

/// Connections that were refused.
struct Refusals {
    std::uint64_t strangers = 0;   ///< Connections that use another protocol, such as HTTP.
    std::uint64_t silent = 0;      ///< Connections that did not finish the handshake.
    std::uint64_t wrong_keys = 0;  ///< Connections that use our protocol with another key.
    /// Processes of another version, and processes whose identity does not match ours
    /// (difference() in identity.h).
    std::uint64_t other_builds = 0;
    std::uint64_t taken_ranks = 0;  ///< Processes whose rank has already joined.
    std::string last;  ///< The address of the last refused connection, and why it was refused.

    [[nodiscard]] std::uint64_t count() const {
        return strangers + silent + wrong_keys + other_builds + taken_ranks;
    }
    /// For example "refused 2 connections (1 from another program, 1 wrong key), last 10.77.0.3:
    /// another key". Empty if no connection was refused.
    [[nodiscard]] std::string text() const;
};

/// A TCP socket that listens at `port` on all addresses of this host. If `port` is 0, the kernel
/// chooses it. If the socket is not open, `error` says why and names the remedy.
[[nodiscard]] Fd open_listening_socket(std::uint16_t port, std::string& error);

class Listener {
public:
    /// `socket` is from open_listening_socket. `self` is rank 0.
    Listener(Fd socket, const Secret& secret, Identity self);
    ~Listener();
    Listener(Listener&&) noexcept;

    /// Appends to `watched` the descriptors that must be polled.
    void watch(std::vector<pollfd>& watched) const;
    /// Accepts connections and continues their handshakes. Refuses a connection if its handshake
    /// fails or takes too long.
    void step(Tick now);
    /// The time at which step must be called if no event comes earlier; ~0 if there is none.
    [[nodiscard]] Tick deadline() const;
    /// The channel of a process that has joined. Call until it returns none.
    [[nodiscard]] std::optional<Channel> take();
    /// Called when the process of `rank` has ended after take() returned its channel. Another
    /// process may then join with this rank. REQUIRES: `rank` has joined and is not 0.
    void forget(std::uint32_t rank);
    /// The ranks that have not joined.
    [[nodiscard]] std::vector<std::uint32_t> missing() const;
    [[nodiscard]] const Refusals& refusals() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace paxos::control
