// The names of nodes in the simulator's texts, and its units of time (in nanoseconds).
#pragma once

#include <string>

#include "paxos/ballot.h"

namespace paxos::sim {

inline constexpr Tick microsecond = 1'000;
inline constexpr Tick millisecond = 1'000'000;

[[nodiscard]] inline std::string name(NodeId node) { return "n" + std::to_string(node); }

}  // namespace paxos::sim
