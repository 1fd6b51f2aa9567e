// Detects whether the nodes lose cores or CPU time during the run, by rereading affinity masks and
// the CPU quota ten times a second. Rereading is necessary, because the kernel moves pinned
// processes without notice if a cpuset shrinks.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "cluster/cluster.h"
#include "measure/cgroups.h"
#include "paxos/ballot.h"
#include "paxos/quorum.h"

namespace paxos::cluster {

class CoreWatch {
public:
    /// `placement` must outlive this object. `root` is a prefix for /proc and /sys, for tests.
    explicit CoreWatch(const Placement& placement, const std::string& root = "");

    /// Rereads everything. `pid_of` has the process id of each node. Only the processes of `live`
    /// are read.
    void reread(const std::vector<int>& pid_of, NodeMask live);

    /// Nodes that may now run on the same core as another live node, although the two were placed
    /// on different cores.
    [[nodiscard]] NodeMask sharing() const { return sharing_; }
    /// The first change of each node's cores and of the CPU quota since the start, even if it was
    /// reverted. Empty if there are none.
    [[nodiscard]] const std::string& changes() const { return changes_; }
    /// Number of periods since the start in which the CPU quota was exhausted.
    [[nodiscard]] std::uint64_t throttled() const { return cgroups_.throttled() - throttled_; }

private:
    const Placement& placement_;
    measure::Cgroups cgroups_;
    std::optional<double> quota_;  ///< The quota at the start, in cores.
    std::uint64_t throttled_;      ///< Cgroups::throttled() at the start.
    NodeMask moved_, sharing_;
    bool quota_changed_ = false;
    std::string changes_;
};

}  // namespace paxos::cluster
