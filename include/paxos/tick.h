// Time as the protocol sees it.
#pragma once

#include <cstdint>

namespace paxos {

/// Nanoseconds of a monotonic clock. The protocol never reads a clock: its caller does.
using Tick = std::uint64_t;

}  // namespace paxos
