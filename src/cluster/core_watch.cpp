#include "cluster/core_watch.h"

#include <algorithm>
#include <cmath>

#include <fmt/format.h>

#include "io/cores.h"

namespace paxos::cluster {
namespace {

std::string list_of(const std::vector<int>& cores) {
    std::string text;
    for (const int core : cores) text += (text.empty() ? "" : ",") + std::to_string(core);
    return text;
}

std::optional<double> quota_of(const measure::Cgroups& cgroups) {
    const std::optional<measure::CpuQuota> quota = cgroups.cpu_quota();
    return quota ? std::optional(quota->cores) : std::nullopt;
}

std::string quota_text(const std::optional<double>& quota) {
    return quota ? fmt::format("{:.2f} cores", *quota) : "none";
}

bool have_common(const std::vector<int>& one, const std::vector<int>& other) {
    return std::any_of(one.begin(), one.end(), [&](int core) {
        return std::find(other.begin(), other.end(), core) != other.end();
    });
}

}  // namespace

CoreWatch::CoreWatch(const Placement& placement, const std::string& root)
    : placement_(placement),
      cgroups_(root),
      quota_(quota_of(cgroups_)),
      throttled_(cgroups_.throttled()) {}

void CoreWatch::reread(const std::vector<int>& pid_of, NodeMask live) {
    std::vector<std::vector<int>> cores(pid_of.size());
    live.for_each([&](NodeId node) {
        // The error is ignored, because a process that has just ended has no affinity mask.
        std::string ignored;
        cores[node] = io::affinity_mask(ignored, pid_of[node]);
        const int before = placement_.core_of[node];
        if (cores[node].empty() || moved_.has(node) || cores[node] == std::vector<int>{before})
            return;
        moved_.add(node);
        changes_ += fmt::format("{}n{} moved from core {} to {}", changes_.empty() ? "" : ", ",
                                node, before, list_of(cores[node]));
    });
    NodeMask sharing;
    live.for_each([&](NodeId node) {
        live.for_each([&](NodeId other) {
            if (other != node && placement_.core_of[node] != placement_.core_of[other] &&
                have_common(cores[node], cores[other]))
                sharing.add(node);
        });
    });
    sharing_ = sharing;
    const std::optional<double> quota = quota_of(cgroups_);
    if (quota_changed_ || quota == quota_) return;
    quota_changed_ = true;
    changes_ += fmt::format("{}the CPU quota changed from {} to {}", changes_.empty() ? "" : ", ",
                            quota_text(quota_), quota_text(quota));
}

}  // namespace paxos::cluster
