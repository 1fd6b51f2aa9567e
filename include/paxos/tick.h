// Time as the protocol sees it.
#pragma once

#include <cstdint>

namespace paxos {

/// Nanoseconds of a monotonic clock. The protocol never reads a clock: its caller does.
using Tick = std::uint64_t;
/// Microseconds of a tick, in 32 bits: differences are right for 71 minutes.
constexpr std::uint32_t microseconds(Tick tick) { return static_cast<std::uint32_t>(tick / 1000); }

}  // namespace paxos
