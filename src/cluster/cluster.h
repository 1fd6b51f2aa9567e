// Runs a cluster from this machine: places its nodes on cores, runs them and returns the result.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "control/secret.h"
#include "language/language.h"
#include "measure/result.h"
#include "node/node.h"

namespace paxos::cluster {

/// The core of each node, and how the node waits.
struct Placement {
    std::vector<int> core_of;             ///< Indexed by node.
    std::vector<node::IdleKind> idle_of;  ///< Indexed by node; never automatic.
    std::string text;  ///< For the summary, such as "n0 on 0; n1 n2 n3 n4 share 1 (yield)".
    bool shares_cores = false;
    /// The number of each node's machine, indexed by node. Cores with equal numbers on different
    /// machines are different cores. Empty if all nodes are on this machine.
    std::vector<int> machine_of;
};

/// Whether another node runs on the core of `node`.
[[nodiscard]] bool shares_core(const Placement& placement, std::size_t node);

/// The number of cores on which nodes run.
[[nodiscard]] std::size_t cores_used(const Placement& placement);

/// Places nodes on `cores`. If `cores` is empty, places them on the cores in the affinity mask of
/// this process. If there are more nodes than cores, the first node, which is the proposer, gets a
/// core of its own, unless there is only one core. If false, `error` says why.
bool place(const node::Plan& plan, const std::vector<int>& cores, Placement& placement,
           std::string& error);

/// Whether the nodes of `plan` can bind their ports and reach each other. To find out, binds every
/// socket, sends a datagram to each receiving socket, and closes all sockets. Called first, so that
/// a conflict with another run is found before anything is measured.
[[nodiscard]] bool check_network(const node::Plan& plan, std::string& error);

struct Progress {
    std::uint64_t learned;   ///< Number of slots learned by the node that has learned the most.
    std::uint64_t slot_end;  ///< As Watch::slot_end(); ~0 while the end is unknown.
    double elapsed_s;
};

struct Callbacks {
    std::function<void(const Progress&)> progress;  ///< Called ten times a second; may be empty.
    /// Called for each line of --log, in order and in `language`; may be empty.
    std::function<void(const std::string&)> log_line;
    Language language = {};
    std::size_t columns = 80;  ///< The width of the introduction of --log.
    /// Called with a text such as "no decision for 2 s: ..."; may be empty.
    std::function<void(const std::string&)> warning;
};

class Remotes;

/// Runs one cluster to its end. Leaves no process and no shared memory behind. With AuthKind::on,
/// the run's key is derived from `secret`; if `secret` is null, the key is random. With `remotes`,
/// this process starts n0, and other launchers start the other nodes. With `files`, the nodes are
/// durable and keep their files (log_files.h). Otherwise the run leaves no file behind.
measure::RunResult run(const node::Plan& plan, const Placement& placement, int repetition,
                       const Callbacks& callbacks, const control::Secret* secret = nullptr,
                       Remotes* remotes = nullptr, node::LogFiles* files = nullptr);

}  // namespace paxos::cluster
