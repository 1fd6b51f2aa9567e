// Whether the kernel killed a process for want of memory during the run: by a cgroup's limit, or in the
// whole machine. It sends SIGKILL, as anybody may; only its own counts tell the difference.
#pragma once

#include <string>

#include "measure/cgroups.h"

namespace paxos::cluster {

class MemoryWatch {
public:
    /// Such kills since this was made.
    [[nodiscard]] std::uint64_t kills() const { return count() - before_; }
    /// "memory limit of 12582912 bytes in FILE"; empty: no limit.
    [[nodiscard]] std::string limit() const {
        const auto limit = cgroups_.memory_limit();
        if (!limit) return "";
        return "memory limit of " + std::to_string(limit->bytes) + " bytes in " + limit->file;
    }
    /// For an error: what happened, and the remedy. Empty: nothing.
    [[nodiscard]] std::string kills_text() const {
        if (kills() == 0) return "";
        const std::string limit_text = limit();
        return limit_text.empty()
                   ? ": the kernel killed it, since the machine is out of memory; fewer nodes"
                   : ": the kernel killed it: " + limit_text + "; raise it, or run fewer nodes";
    }

private:
    [[nodiscard]] std::uint64_t count() const { return cgroups_.oom_kills(); }

    measure::Cgroups cgroups_;
    std::uint64_t before_ = count();
};

}  // namespace paxos::cluster
