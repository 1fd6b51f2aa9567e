// Steal: time that this machine's cores wanted and its hypervisor gave to others. The kernel counts
// it from the start of the machine, so a share needs two readings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace paxos::measure {

/// All cores together, in the kernel's ticks (USER_HZ).
struct CpuTime {
    std::uint64_t total = 0;
    std::uint64_t stolen = 0;
};

/// The first line of /proc/stat. `root` stands before /proc, for tests. Absent: not readable.
[[nodiscard]] std::optional<CpuTime> read_cpu_time(const std::string& root = "");

/// What was stolen between two readings, 0 to 1. Absent: a reading is, or no tick has passed.
[[nodiscard]] std::optional<double> stolen_share(const std::optional<CpuTime>& before,
                                                 const std::optional<CpuTime>& after);

}  // namespace paxos::measure
