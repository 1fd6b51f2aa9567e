#include "node/usage.h"

#include <sys/resource.h>

namespace paxos::node {
namespace {

std::uint64_t nanoseconds(const timeval& time) {
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(time.tv_usec) * 1000;
}

/// `who`: RUSAGE_SELF or RUSAGE_THREAD.
Usage usage_of(int who) {
    rusage usage{};
    getrusage(who, &usage);  // Cannot fail with these arguments (getrusage(2)).
    return {.cpu_user_ns = nanoseconds(usage.ru_utime),
            .cpu_system_ns = nanoseconds(usage.ru_stime),
            .page_faults = static_cast<std::uint64_t>(usage.ru_minflt + usage.ru_majflt),
            .switches = static_cast<std::uint64_t>(usage.ru_nivcsw),
            .sleeps = static_cast<std::uint64_t>(usage.ru_nvcsw)};
}

}  // namespace

Usage usage_of_process() { return usage_of(RUSAGE_SELF); }
Usage usage_of_thread() { return usage_of(RUSAGE_THREAD); }

}  // namespace paxos::node
