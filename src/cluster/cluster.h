// A cluster on this machine, from the first socket to the last process reaped: start, pin, watch,
// stop, gather.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "measure/result.h"
#include "node/plan.h"

namespace paxos::cluster {

/// Which node runs on which core, and how nodes that have to wait do so.
struct Placement {
    std::vector<int> core_of;             ///< By node.
    std::vector<node::IdleKind> idle_of;  ///< By node; never automatic.
    std::string text;  ///< For the summary: "n0 on 0; n1 n2 n3 n4 share 1 (yield)".
    bool shares_cores = false;
};

/// Places nodes on `cores` (empty: all of this process's affinity mask). With more nodes than cores
/// the first node, the proposer, gets a core of its own, or the one with the fewest neighbours.
/// False: `error` says why it cannot be.
bool place(const node::Plan& plan, const std::vector<int>& cores, Placement& placement,
           std::string& error);

/// Whether the nodes of `plan` can bind their ports and reach each other: binds every socket, sends
/// a datagram through it and closes it. Called before anything that takes time or would disturb
/// another run that uses the ports.
[[nodiscard]] bool check_network(const node::Plan& plan, std::string& error);

struct Progress {
    std::uint64_t learned;   ///< By the node that is furthest.
    std::uint64_t slot_end;  ///< ~0 where a duration ends the run.
    double elapsed_s;
};

struct Callbacks {
    std::function<void(const Progress&)> progress;  ///< Ten times a second; may be empty.
    /// Each line of --log, in order; may be empty.
    std::function<void(const std::string&)> log_line;
    std::function<void(const std::string&)> warning;  ///< "no decision for 2 s; waiting for ..."
};

/// Runs one cluster to its end. Never leaves a process, a file or shared memory behind.
measure::RunResult run(const node::Plan& plan, const Placement& placement, int repetition,
                       const Callbacks& callbacks);

}  // namespace paxos::cluster
