// Whether the nodes still have the cores and the time that the run began with: affinity masks and the
// CPU quota, read again ten times a second. A shrinking cpuset moves pinned processes silently.
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
    explicit CoreWatch(const Placement& placement)
        : placement_(placement), quota_(cgroups_.cpu_quota()), throttled_(cgroups_.throttled()) {}

    /// Reads again. `pid_of` has the process of each node; only those of `live` are asked for theirs.
    void look(const std::vector<int>& pid_of, NodeMask live);

    /// Nodes that may run on another live node's core, and did not share one at the start.
    [[nodiscard]] NodeMask sharing() const { return sharing_; }
    /// What has changed since the start; stays when it changes back. Empty: nothing.
    [[nodiscard]] const std::string& changes() const { return changes_; }
    /// Periods in which the quota was used up since the start.
    [[nodiscard]] std::uint64_t throttled() const { return cgroups_.throttled() - throttled_; }

private:
    const Placement& placement_;
    measure::Cgroups cgroups_;
    std::optional<double> quota_;  ///< At the start.
    std::uint64_t throttled_;      ///< At the start.
    NodeMask moved_, sharing_;
    bool quota_changed_ = false;
    std::string changes_;
};

}  // namespace paxos::cluster
