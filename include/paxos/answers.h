// What a node answers, and what it asks when it has missed something. Requests are the proposer's.
#pragma once

#include "paxos/message.h"

namespace paxos {

/// Yes to `request`: all that it says, said back by this node, as a message of `kind`.
[[nodiscard]] inline Message yes_to(const Message& request, MessageKind kind, NodeId self) {
    Message yes = request;
    yes.kind = kind;
    yes.from = self;
    return yes;
}

/// What was decided in the `count` slots from `first` on?
[[nodiscard]] inline Message question_of(Slot first, std::uint32_t count, NodeId self) {
    return {.kind = MessageKind::learn, .from = self, .slot_count = count, .slot = first};
}

/// No to `request`, in a message of its own that carries the higher ballot `promised` (S07).
[[nodiscard]] inline Message refusal_of(const Message& request, Ballot promised, NodeId self) {
    return {.kind = MessageKind::nack,
            .from = self,
            .slot_count = request.slot_count,
            .slot = request.slot,
            .ballot = request.ballot,
            .detail = promised.bits()};
}

}  // namespace paxos
