// Detects OOM kills during the run. An OOM kill happens when a cgroup reaches its limit or when the
// machine runs out of memory. Reads the kernel's counters, because a SIGKILL does not prove an OOM
// kill: other processes may also send SIGKILL.
#pragma once

#include <string>

#include "measure/cgroups.h"

namespace paxos::cluster {

class MemoryWatch {
public:
    /// OOM kills since this object was constructed.
    [[nodiscard]] std::uint64_t kills() const { return count() - before_; }
    /// For example "memory limit of 12582912 bytes in FILE". Empty if there is no limit.
    [[nodiscard]] std::string limit() const {
        const auto limit = cgroups_.memory_limit();
        if (!limit) return "";
        return "memory limit of " + std::to_string(limit->bytes) + " bytes in " + limit->file;
    }
    /// An error text that says what happened and names the remedy. Empty if there were no kills.
    [[nodiscard]] std::string kills_text() const {
        if (kills() == 0) return "";
        const std::string limit_text = limit();
        return limit_text.empty()
                   ? ": the kernel killed a node: the machine is out of memory; run fewer nodes"
                   : ": the kernel killed a node: " + limit_text + "; raise it, or run fewer nodes";
    }

private:
    [[nodiscard]] std::uint64_t count() const { return cgroups_.oom_kills(); }

    measure::Cgroups cgroups_;
    std::uint64_t before_ = count();
};

}  // namespace paxos::cluster
