// Steal is the time in which the hypervisor did not run this machine's cores although they had
// work. The kernel's counters start at boot, so a share needs two readings.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace paxos::measure {

/// Time since boot, summed over all cores, in the kernel's ticks (USER_HZ).
struct CpuTime {
    std::uint64_t total = 0;
    std::uint64_t stolen = 0;
};

/// Reads /proc/stat. `root` is a prefix for /proc, for tests. Absent: not readable.
[[nodiscard]] std::optional<CpuTime> read_cpu_time(const std::string& root = "");

/// The share of stolen time between two readings, 0 to 1. Absent: a reading is absent, no tick has
/// passed, or a counter has decreased.
[[nodiscard]] std::optional<double> stolen_share(const std::optional<CpuTime>& before,
                                                 const std::optional<CpuTime>& after);

}  // namespace paxos::measure
