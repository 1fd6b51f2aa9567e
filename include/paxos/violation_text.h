// The texts of violations, for messages of programs that embed the protocol.
#pragma once

#include "paxos/step.h"

namespace paxos {

/// What a violation of `kind` is, as seen by the node that reports it ("this node").
[[nodiscard]] constexpr const char* text_of(ViolationKind kind) {
    switch (kind) {
        case ViolationKind::none: break;
        case ViolationKind::two_values_decided: return "two values were decided in one slot";
        case ViolationKind::decided_without_quorum: return "a DECIDE names no quorum";
        case ViolationKind::named_without_vote:
            return "a DECIDE names this node as an acceptor, but it did not accept that value";
        case ViolationKind::two_values_at_a_ballot:
            return "two values were proposed at one ballot in one slot";
    }
    return "none";
}

}  // namespace paxos
