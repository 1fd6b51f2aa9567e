// How ranks other than 0 join a cluster. A Connector finds rank 0 at one of several addresses.
//
// 1. Tries the addresses in turn until connect_timeout_ns has passed. Addresses are tried
//    repeatedly because rank 0 may start later. Within candidate_timeout_ns, the connection must be
//    made and the process at the address must prove that it has the key. That process then has
//    handshake_timeout_ns (listener.h) to accept this process. candidate_timeout_ns is short,
//    because an address may belong to a different host. For example, many hosts have Docker's
//    172.17.0.1.
// 2. The search ends at once if rank 0 refuses this process (because the builds differ or its rank
//    is taken), if rank 0 has another version, or if the process at every address has another key.
#pragma once

#include <poll.h>

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "control/channel.h"
#include "control/identity.h"
#include "control/secret.h"
#include "paxos/tick.h"

namespace paxos::control {

inline constexpr Tick candidate_timeout_ns = 300'000'000;
inline constexpr Tick connect_timeout_ns = 20'000'000'000;

class Connector {
public:
    /// Binds the socket of each attempt to the first of `sources` that this host has and that
    /// matches the candidate (the address that is tried). Two addresses match if both are of the
    /// same family, and if both or neither are loopback. If no source matches, the kernel chooses
    /// the address. REQUIRES: `candidates` is not empty. `self` is not rank 0.
    Connector(const std::vector<Address>& candidates, std::vector<Address> sources,
              const Secret& secret, Identity self, Tick now);
    ~Connector();
    Connector(Connector&&) noexcept;

    void watch(std::vector<pollfd>& watched) const;
    void step(Tick now);
    /// When step must be called at the latest.
    [[nodiscard]] Tick deadline() const;
    /// The channel to rank 0. None if it is not connected yet, or if an earlier call has returned
    /// it.
    [[nodiscard]] std::optional<Channel> take();
    /// Why there will be no channel, with the remedy. Empty while the Connector still tries, and
    /// after it has connected.
    [[nodiscard]] const std::string& failure() const;

private:
    struct State;
    std::unique_ptr<State> state_;
};

}  // namespace paxos::control
