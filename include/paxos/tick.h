// The unit of time of the protocol.
#pragma once

#include <cstdint>

namespace paxos {

/// Nanoseconds of a monotonic clock. The protocol never reads a clock: its caller does.
using Tick = std::uint64_t;
/// `tick` in microseconds, modulo 2^32. The difference of two results is correct up to 71 minutes.
constexpr std::uint32_t microseconds(Tick tick) { return static_cast<std::uint32_t>(tick / 1000); }

}  // namespace paxos
