// The control groups of this process, versions 1 and 2: what they grant, and what they did when that
// was used up. Everything is read anew at each call.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace paxos::measure {

struct MemoryLimit {
    std::uint64_t bytes = 0;
    std::string file;  ///< Where it is set.
};

class Cgroups {
public:
    /// `root` stands before /proc and /sys, for tests.
    explicit Cgroups(const std::string& root = "");

    /// Cores' worth of time, the least of all groups around this process. Absent: no limit.
    [[nodiscard]] std::optional<double> cpu_quota() const;
    /// Periods in which a group had used up its quota and stood still.
    [[nodiscard]] std::uint64_t throttled() const;
    /// The least of all groups around this process. Absent: no limit.
    [[nodiscard]] std::optional<MemoryLimit> memory_limit() const;
    /// Processes that the kernel killed in these groups because their memory was used up.
    [[nodiscard]] std::uint64_t oom_kills() const;

private:
    struct Group {
        std::string folder;
        bool is_v2 = false;
    };
    void add(const std::string& hierarchy, std::string group, std::vector<Group>& groups);

    std::string root_;
    std::vector<Group> cpu_, memory_;  ///< The innermost first.
};

}  // namespace paxos::measure
