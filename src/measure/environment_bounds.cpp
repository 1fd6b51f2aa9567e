// Reads the limits of this process: CPU quota and memory limit of its cgroups, locked memory.
#include <sys/resource.h>

#include <charconv>
#include <fstream>

#include "measure/cgroups.h"
#include "measure/environment_parts.h"

namespace paxos::measure {
namespace {

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
    read_capabilities(root, environment);
    const Cgroups cgroups(root);
    if (const std::optional<CpuQuota> quota = cgroups.cpu_quota()) {
        environment.cpu_quota = quota->cores;
        environment.cpu_quota_file = quota->file;
    }
    if (const std::optional<MemoryLimit> limit = cgroups.memory_limit())
        environment.memory_limit = limit->bytes;
    rlimit limit{};
    if (getrlimit(RLIMIT_MEMLOCK, &limit) == 0 && limit.rlim_cur != RLIM_INFINITY)
        environment.memory_lock_limit = limit.rlim_cur;
}

}  // namespace paxos::measure
