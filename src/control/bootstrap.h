// The bootstrap: how this process learns its part in a cluster. The result has the rank, the number
// of processes, the addresses of rank 0, and a secret. Everything else is exchanged over channels
// (channel.h).
//
// The bootstrap uses --peers and --id if they are given. Otherwise it looks for an engine (Slurm's
// srun, Open MPI's mpirun) that has started several processes. If the engine offers PMIx (mpirun,
// srun --mpi=pmix), the bootstrap uses PMIx; if not, the start is refused. Without such an engine,
// all nodes run on this host.
#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/address.h"
#include "base/fd.h"
#include "control/network.h"
#include "control/secret.h"
#include "paxos/tick.h"

namespace paxos::control {

/// Time limit for PMIx, whose calls may hang when hosts do not reach each other.
inline constexpr Tick bootstrap_timeout_ns = 20'000'000'000;

enum class StartKind : std::uint8_t { local, peers, pmix };

struct BootstrapOptions {
    /// Texts HOST:PORT, by rank. REQUIRES: HostPort::parse accepts each text, and no two texts are
    /// equal.
    std::vector<std::string> peers;
    std::optional<std::uint32_t> id;  ///< The position of this process in `peers`.
    /// With PMIx, the port at which rank 0 listens. If 0, the kernel chooses.
    std::uint16_t port = 0;
    std::optional<Network> network;  ///< If set, only addresses in this network are used.
    std::optional<Secret> key;       ///< From a key file.
    std::uint32_t size_max = 0;      ///< Maximum number of processes.
};

/// Returns the value of an environment variable, or null if it is not set.
using Environment = std::function<const char*(const char* name)>;

/// The number of processes that the engine started, including this one. None if there is no engine.
[[nodiscard]] std::optional<std::uint32_t> processes_started(const Environment& environment);

/// How this process was started. If an engine started it in a way that gives no rank, `error` is
/// set and the exit code must be 3.
[[nodiscard]] StartKind start_kind(const BootstrapOptions& options, const Environment& environment,
                                   std::string& error);

struct Bootstrap {
    StartKind how = StartKind::local;
    std::uint32_t rank = 0;
    std::uint32_t size = 1;
    /// Where rank 0 may be reached. Empty in rank 0 itself.
    std::vector<Address> rank0;
    /// Where this process can be reached, according to --peers. Behind address translation, this
    /// host may not have these addresses itself.
    std::vector<Address> self;
    Fd listening;     ///< In rank 0: the listening socket for its Listener.
    Secret secret{};  ///< For channels and for datagram_key.
    /// Whether there is a key file. Without one, the secret does not protect against attackers.
    bool has_key = false;
    std::string peer_list;  ///< The peers as given, for Identity::facts.
};

/// Returns none if this process cannot be part of a cluster because of its host or of how it was
/// started. `error` then says why in one line, with the remedy.
[[nodiscard]] std::optional<Bootstrap> bootstrap(StartKind how, const BootstrapOptions& options,
                                                 std::string& error);

}  // namespace paxos::control
