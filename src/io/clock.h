// The clock: nanoseconds of CLOCK_MONOTONIC, the same for all processes of a machine. A node reads
// it once a turn.
//
// The vDSO reads it without a system call, except on machines whose clock source it cannot read.
#pragma once

#include <ctime>

#include "paxos/tick.h"

namespace paxos::io {

using paxos::Tick;

inline constexpr Tick ns_per_second = 1'000'000'000;

[[nodiscard]] inline Tick now() {
    timespec time{};
    // CLOCK_MONOTONIC with a valid pointer cannot fail (clock_gettime(2)).
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<Tick>(time.tv_sec) * ns_per_second + static_cast<Tick>(time.tv_nsec);
}

/// `now` as an object, for code that also runs on a simulated clock.
struct Clock {
    [[nodiscard]] Tick now() const { return io::now(); }
};

[[nodiscard]] inline timespec to_timespec(Tick ns) {
    return {.tv_sec = static_cast<std::time_t>(ns / ns_per_second),
            .tv_nsec = static_cast<long>(ns % ns_per_second)};
}

}  // namespace paxos::io
