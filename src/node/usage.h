// The resource usage that the kernel has accounted to this process, or to the calling thread.
#pragma once

#include <cstdint>

namespace paxos::node {

struct Usage {
    std::uint64_t cpu_user_ns = 0, cpu_system_ns = 0;
    std::uint64_t page_faults = 0;
    std::uint64_t switches = 0;  ///< Number of involuntary context switches; a yield may cause one.
    std::uint64_t sleeps = 0;    ///< Number of voluntary context switches.

    [[nodiscard]] std::uint64_t cpu_ns() const { return cpu_user_ns + cpu_system_ns; }
};

/// Each of these functions makes a system call, which takes about 0.6 us for the process and about
/// 0.3 us for the thread.
[[nodiscard]] Usage usage_of_process();
[[nodiscard]] Usage usage_of_thread();

}  // namespace paxos::node
