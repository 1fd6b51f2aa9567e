// The CPU quota and the memory limit of this process's control groups (versions 1 and 2), and how
// often they were hit. Every call reads the files.
//
// The groups around this process are its own group and all ancestors of that group.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace paxos::measure {

struct CpuQuota {
    double cores = 0;
    std::string file;  ///< The file that sets the quota.
};
struct MemoryLimit {
    std::uint64_t bytes = 0;
    std::string file;  ///< The file that sets the limit.
};

class Cgroups {
public:
    /// `root` is a prefix for /proc and /sys, for tests.
    explicit Cgroups(const std::string& root = "");

    /// The lowest CPU quota of all groups around this process. Absent: no limit.
    [[nodiscard]] std::optional<CpuQuota> cpu_quota() const;
    /// Periods so far in which a group was throttled because its quota was exhausted, summed over
    /// all groups around this process.
    [[nodiscard]] std::uint64_t throttled() const;
    /// The lowest memory limit of all groups around this process. Absent: no limit.
    [[nodiscard]] std::optional<MemoryLimit> memory_limit() const;
    /// OOM kills so far, summed over all groups around this process. In version 2 a group also
    /// counts the kills of its descendants, so one kill may count several times.
    [[nodiscard]] std::uint64_t oom_kills() const;

private:
    struct Group {
        std::string folder;
        bool is_v2 = false;
    };
    void add(const std::string& hierarchy, std::string group, std::vector<Group>& groups);

    std::string root_;
    std::vector<Group> cpu_, memory_;  ///< Innermost group first.
};

}  // namespace paxos::measure
