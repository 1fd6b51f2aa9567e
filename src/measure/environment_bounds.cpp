// What this process may take: the cgroups' quota of cores (versions 1 and 2), locked memory. See
// environment_parts.h.
#include <sys/resource.h>

#include <charconv>
#include <fstream>
#include <sstream>

#include "measure/cgroups.h"
#include "measure/environment_parts.h"

namespace paxos::measure {
namespace {

const std::string cgroup_folder = "/sys/fs/cgroup";

/// "200000 100000" in cpu.max: two cores' worth. "max 100000": no limit.
std::optional<double> quota_v2(const std::string& folder) {
    std::istringstream line(first_line(folder + "/cpu.max"));
    double quota = 0, period = 0;
    if (!(line >> quota >> period) || period <= 0) return std::nullopt;
    return quota / period;
}

/// No limit is written as -1, which is no whole number without sign.
std::optional<double> quota_v1(const std::string& folder) {
    const std::optional<std::uint64_t> quota = read_number(folder + "/cpu.cfs_quota_us");
    const std::optional<std::uint64_t> period = read_number(folder + "/cpu.cfs_period_us");
    if (!quota || !period || *period == 0) return std::nullopt;
    return static_cast<double>(*quota) / static_cast<double>(*period);
}

/// The least quota of a group and those around it. A container does not see the groups around its
/// own, and /proc may name a path that it does not have: the folders that are there count.
void read_quota(const std::string& root, const std::string& hierarchy, std::string group,
                Environment& environment) {
    const bool is_v2 = hierarchy.empty();
    for (;;) {
        if (group == "/") group.clear();
        std::string folder = cgroup_folder;
        folder += hierarchy + group;
        const std::optional<double> quota = is_v2 ? quota_v2(root + folder) : quota_v1(root + folder);
        if (quota && *quota < environment.cpu_quota.value_or(*quota + 1)) {
            environment.cpu_quota = quota;
            environment.cpu_quota_file = folder + (is_v2 ? "/cpu.max" : "/cpu.cfs_quota_us");
        }
        if (group.empty()) return;
        group.erase(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
    }
}

/// Lines "4:cpu,cpuacct:/group" of version 1, "0::/group" of version 2.
void read_cgroups(const std::string& root, Environment& environment) {
    std::ifstream file(root + "/proc/self/cgroup");
    for (std::string line; std::getline(file, line);) {
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const std::string group = line.substr(second + 1);
        if (controllers.empty()) read_quota(root, "", group, environment);
        if (("," + controllers + ",").find(",cpu,") != std::string::npos)
            read_quota(root, "/" + controllers, group, environment);
    }
}

void read_capabilities(const std::string& root, Environment& environment) {
    constexpr unsigned ipc_lock = 14;  // CAP_IPC_LOCK
    std::ifstream file(root + "/proc/self/status");
    for (std::string line; std::getline(file, line);) {
        if (!line.starts_with("CapEff:\t")) continue;
        std::uint64_t bits = 0;
        const char* const begin = line.data() + 8;
        if (std::from_chars(begin, line.data() + line.size(), bits, 16).ec == std::errc{})
            environment.may_lock_memory = (bits >> ipc_lock & 1) != 0;
    }
}

}  // namespace

void read_bounds(const std::string& root, Environment& environment) {
    read_cgroups(root, environment);
    read_capabilities(root, environment);
    if (const std::optional<MemoryLimit> limit = Cgroups(root).memory_limit())
        environment.memory_limit = limit->bytes;
    rlimit limit{};
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        environment.memory_lock_limit = limit.rlim_cur;
}

}  // namespace paxos::measure
