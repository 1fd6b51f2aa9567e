// What about this machine makes figures what they are. Every fact that cannot be read is absent,
// none is guessed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace paxos::measure {

struct Environment {
    std::string host;          ///< Empty: unknown, as with all texts here.
    std::string kernel;        ///< "6.1.0-18-amd64".
    std::string architecture;  ///< "x86_64".
    std::string cpu_model;
    int cores_online = 0;
    std::vector<int> cores_allowed;  ///< Affinity mask of this process.
    std::string governor;            ///< Of the first allowed core: "performance", "powersave", ...
    std::optional<bool> boost;       ///< The clock may rise above the nominal one.
    std::string boost_file;          ///< Where that is switched; empty without `boost`.
    /// Allowed cores that are threads of one physical core, where there are several of one.
    std::optional<std::vector<std::vector<int>>> smt_groups;
    std::optional<std::string> isolated;   ///< Cores without other processes (isolcpus): "2-3", "".
    std::optional<std::string> nohz_full;  ///< Cores without the timer's tick: "2-3", "".
    std::optional<double> mhz;             ///< Of the first core, now.
    std::optional<bool> hypervisor;        ///< The CPU says that it is a guest's.
    std::optional<std::uint64_t> memory_bytes;
    std::optional<std::uint64_t> rmem_max;  ///< net.core.rmem_max.
    std::optional<std::uint64_t> wmem_max;
    std::optional<std::uint64_t> io_uring_disabled;  ///< kernel.io_uring_disabled: 0, 1 or 2.
    std::vector<double> load;                        ///< Over 1, 5 and 15 minutes, before the run.
    /// Cores' worth of time that a cgroup grants; absent: no limit.
    std::optional<double> cpu_quota;
    std::string cpu_quota_file;                 ///< Where it is set; empty without `cpu_quota`.
    std::optional<std::uint64_t> memory_limit;  ///< Bytes that a cgroup grants; absent: no limit.
    std::optional<std::uint64_t> memory_lock_limit;  ///< Bytes (ulimit -l); absent: none.
    std::optional<bool> may_lock_memory;             ///< CAP_IPC_LOCK: the limit does not hold.

    // Found by trying, by whoever may open sockets and rings.
    std::optional<std::uint64_t> receive_buffer_size;  ///< Bytes that a socket was granted.
    std::string io;               ///< "io_uring", or "mmsg: " and why not io_uring.
    std::optional<double> steal;  ///< Share of the cores' time that the hypervisor took, 0 to 1.
};

/// Reads it all. `root` stands before /proc and /sys, for tests.
[[nodiscard]] Environment read_environment(const std::string& root = "");

/// The time now, as ISO 8601 with the zone: 2026-01-31T12:00:00+01:00.
[[nodiscard]] std::string date_now();

}  // namespace paxos::measure
