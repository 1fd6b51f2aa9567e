#include "measure/cgroups.h"

#include <fstream>
#include <sstream>

#include "measure/environment_parts.h"

namespace paxos::measure {
namespace {

/// Version 1 of cgroups writes "no limit" as a number of bytes just below 2^63. Numbers from 2^62
/// on therefore count as no limit.
constexpr std::uint64_t no_limit = std::uint64_t{1} << 62;

/// The number after `key` in lines of "key number"; 0 if no line has this key.
std::uint64_t value_of(const std::string& path, const std::string& key) {
    std::ifstream file(path);
    std::string name;
    for (std::uint64_t value = 0; file >> name >> value;)
        if (name == key) return value;
    return 0;
}

/// The quota in cores. In version 2 the text "200000 100000" means two cores, and "max 100000"
/// means no limit. In version 1 these numbers are in two files, and a quota of -1 means no limit.
std::optional<double> quota_of(const std::string& folder, bool is_v2) {
    double quota = 0, period = 0;
    if (is_v2) {
        std::istringstream line(first_line(folder + "/cpu.max"));
        if (!(line >> quota >> period)) return std::nullopt;
    } else {
        quota = static_cast<double>(read_number(folder + "/cpu.cfs_quota_us").value_or(0));
        period = static_cast<double>(read_number(folder + "/cpu.cfs_period_us").value_or(0));
    }
    if (quota <= 0 || period <= 0) return std::nullopt;
    return quota / period;
}

}  // namespace

Cgroups::Cgroups(const std::string& root) : root_(root) {
    // A line is "4:cpu,cpuacct:/group" in version 1 and "0::/group" in version 2.
    std::ifstream file(root + "/proc/self/cgroup");
    for (std::string line; std::getline(file, line);) {
        const std::size_t first = line.find(':');
        const std::size_t second = line.find(':', first + 1);
        if (first == std::string::npos || second == std::string::npos) continue;
        const std::string controllers = line.substr(first + 1, second - first - 1);
        const std::string group = line.substr(second + 1);
        const auto has = [&](const char* name) {
            return controllers.empty() || ("," + controllers + ",").find(name) != std::string::npos;
        };
        const std::string hierarchy = controllers.empty() ? "" : "/" + controllers;
        if (has(",cpu,")) add(hierarchy, group, cpu_);
        if (has(",memory,")) add(hierarchy, group, memory_);
    }
}

/// Adds `group` and its ancestors. A container does not see the ancestors of its own group, and
/// /proc may name a path that does not exist in the container. Some files of these groups may
/// therefore be unreadable. An unreadable file counts as no limit, and as a count of 0.
void Cgroups::add(const std::string& hierarchy, std::string group, std::vector<Group>& groups) {
    for (;;) {
        if (group == "/") group.clear();
        groups.push_back({"/sys/fs/cgroup" + hierarchy + group, hierarchy.empty()});
        if (group.empty()) return;
        group.erase(group.rfind('/') == std::string::npos ? 0 : group.rfind('/'));
    }
}

std::optional<CpuQuota> Cgroups::cpu_quota() const {
    std::optional<CpuQuota> least;
    for (const Group& group : cpu_)
        if (const auto cores = quota_of(root_ + group.folder, group.is_v2);
            cores && (!least || *cores < least->cores))
            least = CpuQuota{*cores,
                             group.folder + (group.is_v2 ? "/cpu.max" : "/cpu.cfs_quota_us")};
    return least;
}

std::uint64_t Cgroups::throttled() const {
    std::uint64_t sum = 0;
    for (const Group& group : cpu_)
        sum += value_of(root_ + group.folder + "/cpu.stat", "nr_throttled");
    return sum;
}

std::optional<MemoryLimit> Cgroups::memory_limit() const {
    std::optional<MemoryLimit> least;
    for (const Group& group : memory_) {
        const std::string file = group.folder +
                                 (group.is_v2 ? "/memory.max" : "/memory.limit_in_bytes");
        const std::optional<std::uint64_t> bytes = read_number(root_ + file);
        if (bytes && *bytes < no_limit && (!least || *bytes < least->bytes))
            least = MemoryLimit{*bytes, file};
    }
    return least;
}

std::uint64_t Cgroups::oom_kills() const {
    std::uint64_t sum = 0;
    for (const Group& group : memory_)
        sum += value_of(
            root_ + group.folder + (group.is_v2 ? "/memory.events" : "/memory.oom_control"),
            "oom_kill");
    return sum;
}

}  // namespace paxos::measure
