// CLOCK_MONOTONIC in nanoseconds, the same for all processes of a machine.
//
// The vDSO reads the clock without a system call, except on machines whose clock source the vDSO
// cannot read.
#pragma once

#include <ctime>

#include "paxos/tick.h"

namespace paxos {

inline constexpr Tick ns_per_second = 1'000'000'000;

[[nodiscard]] inline Tick monotonic_now() {
    timespec time{};
    // CLOCK_MONOTONIC with a valid pointer cannot fail (clock_gettime(2)).
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<Tick>(time.tv_sec) * ns_per_second + static_cast<Tick>(time.tv_nsec);
}

}  // namespace paxos
