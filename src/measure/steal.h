// Steal: time for which the hypervisor did not run this machine's cores although they had work. The
// kernel counts from the boot, so a share needs two readings.
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

/// The first line of /proc/stat. `root` is a prefix for /proc, for tests. Absent: not readable.
[[nodiscard]] std::optional<CpuTime> read_cpu_time(const std::string& root = "");

/// The share of stolen time between two readings, 0 to 1. Absent: a reading is absent, or no tick
/// has passed.
[[nodiscard]] std::optional<double> stolen_share(const std::optional<CpuTime>& before,
                                                 const std::optional<CpuTime>& after);

}  // namespace paxos::measure
