// The properties of this machine that affect measurements. A fact that cannot be read is absent,
// never guessed.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace paxos::measure {

struct Environment {
    std::string host;          ///< Empty if unknown, like every std::string of this struct.
    std::string kernel;        ///< Such as "6.1.0-18-amd64".
    std::string architecture;  ///< Such as "x86_64".
    std::string cpu_model;
    int cores_online = 0;            ///< 0: unknown.
    std::vector<int> cores_allowed;  ///< Affinity mask of this process.
    /// Governor of the first allowed core: "performance", "powersave", ...
    std::string governor;
    std::optional<bool> boost;  ///< The clock may exceed the nominal frequency.
    std::string boost_file;     ///< The file that controls boost; empty if `boost` is absent.
    /// Groups of allowed cores that are hardware threads of one physical core.
    std::optional<std::vector<std::vector<int>>> smt_groups;
    /// Cores on which the scheduler starts no process by itself (isolcpus): "2-3"; "": none.
    std::optional<std::string> isolated;
    std::optional<std::string> nohz_full;  ///< Cores without the timer tick: "2-3"; "": none.
    std::optional<double> mhz;             ///< Current frequency of the first core.
    std::optional<bool> hypervisor;        ///< The CPU reports a hypervisor.
    std::optional<std::uint64_t> memory_bytes;
    std::optional<std::uint64_t> rmem_max;  ///< net.core.rmem_max.
    std::optional<std::uint64_t> wmem_max;
    std::optional<std::uint64_t> io_uring_disabled;  ///< kernel.io_uring_disabled: 0, 1 or 2.
    std::vector<double> load;  ///< Load averages of 1, 5 and 15 minutes, before the run.
    /// The CPU quota of the cgroups, in cores; absent: no limit.
    std::optional<double> cpu_quota;
    std::string cpu_quota_file;  ///< The file that sets the quota; empty if `cpu_quota` is absent.
    std::optional<std::uint64_t> memory_limit;  ///< Limit of the cgroups, in bytes; absent: none.
    std::optional<std::uint64_t> memory_lock_limit;  ///< Bytes (ulimit -l); absent: no limit.
    /// This process has CAP_IPC_LOCK, so that `memory_lock_limit` does not apply.
    std::optional<bool> may_lock_memory;

    // The members below are set by the callers of read_environment, because read_environment opens
    // no socket or ring and does not wait.
    std::optional<std::uint64_t> receive_buffer_size;  ///< Bytes granted to a socket.
    std::string io;                                    ///< "io_uring", or "mmsg: " and the reason.
    /// Type of the file system that contains the directory of --durable, such as "ext4".
    std::string file_system;
    /// The cache mode of the disk that holds this directory: "write back" or "write through".
    std::string write_cache;
    std::optional<double> steal;  ///< Share of the cores' time that the hypervisor took, 0 to 1.
};

/// Reads all facts except the last members of Environment, which the callers set. `root` is a
/// prefix for /proc and /sys, for tests.
[[nodiscard]] Environment read_environment(const std::string& root = "");

/// The current local time, in ISO 8601 with the zone: 2026-01-31T12:00:00+01:00.
[[nodiscard]] std::string date_now();

}  // namespace paxos::measure
