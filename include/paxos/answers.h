// Builds the messages of acceptors and learners: PROMISE, ACCEPTED, NACK and LEARN. A proposer
// builds its requests itself.
#pragma once

#include "paxos/message.h"

namespace paxos {

/// A positive answer to `request` about `slot`: a PROMISE or an ACCEPTED (`kind`) with `value`.
[[nodiscard]] inline Message yes_to(const Message& request, MessageKind kind, Slot slot,
                                    const Value& value, NodeId self) {
    return {.kind = kind,
            .from = self,
            .slot_count = 1,
            .slot = slot,
            .ballot = request.ballot,
            .value = value};
}

/// A LEARN, which asks what was decided in the `count` slots from `first` on.
[[nodiscard]] inline Message question_of(Slot first, std::uint32_t count, NodeId self) {
    return {.kind = MessageKind::learn, .from = self, .slot_count = count, .slot = first};
}

/// A NACK of `request`. It carries the higher ballot `promised` (S07).
[[nodiscard]] inline Message refusal_of(const Message& request, Ballot promised, NodeId self) {
    return {.kind = MessageKind::nack,
            .from = self,
            .slot_count = request.slot_count,
            .slot = request.slot,
            .ballot = request.ballot,
            .detail = promised.bits()};
}

}  // namespace paxos
