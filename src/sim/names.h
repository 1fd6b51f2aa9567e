// The names of nodes and violations in the simulator's texts, and its units of time (in
// nanoseconds).
#pragma once

#include <string>

#include "paxos/ballot.h"
#include "paxos/step.h"

namespace paxos::sim {

inline constexpr Tick microsecond = 1'000;
inline constexpr Tick millisecond = 1'000'000;

[[nodiscard]] inline std::string name(NodeId node) { return "n" + std::to_string(node); }

[[nodiscard]] inline const char* text_of(ViolationKind kind) {
    switch (kind) {
        case ViolationKind::none: break;
        case ViolationKind::two_values_decided: return "two values were decided";
        case ViolationKind::decided_without_quorum: return "a DECIDE names no quorum";
        case ViolationKind::named_without_vote:
            return "a DECIDE names it as an acceptor, but it did not accept that value";
        case ViolationKind::two_values_at_a_ballot: return "two values were proposed at one ballot";
    }
    return "none";
}

}  // namespace paxos::sim
