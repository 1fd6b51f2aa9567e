// The monotonic clock of a node, in nanoseconds. A node reads it once in each pass of its loop (a
// turn).
#pragma once

#include <ctime>

#include "base/clock.h"

namespace paxos::io {

using paxos::Tick;

using paxos::ns_per_second;

[[nodiscard]] inline Tick now() { return monotonic_now(); }

/// `now` as an object, for code that also runs on a simulated clock.
struct Clock {
    [[nodiscard]] Tick now() const { return io::now(); }
};

[[nodiscard]] inline double to_seconds(Tick ns) {
    return static_cast<double>(ns) / static_cast<double>(ns_per_second);
}

[[nodiscard]] inline timespec to_timespec(Tick ns) {
    return {.tv_sec = static_cast<std::time_t>(ns / ns_per_second),
            .tv_nsec = static_cast<long>(ns % ns_per_second)};
}

}  // namespace paxos::io
