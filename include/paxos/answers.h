// An acceptor's answers to a request, but for promises, which are the variant's.
#pragma once

#include "paxos/message.h"
#include "paxos/mutants.h"

namespace paxos {

[[nodiscard]] inline Message accepted_of(const Message& accept, NodeId self) {
    return {.kind = MessageKind::accepted,
            .from = self,
            .slot_count = 1,
            .slot = accept.slot,
            .ballot = accept.ballot,
            .value = accept.value};
}

/// No to `request`, in a message of its own that carries the higher ballot `promised` (S07).
[[nodiscard]] inline Message refusal_of(const Message& request, Ballot promised, NodeId self) {
    const bool promises = mutant == Mutant::S07_a_refusal_is_a_promise &&
                          request.kind == MessageKind::prepare;
    if constexpr (mutant == Mutant::S07_a_refusal_names_no_higher_ballot) promised = request.ballot;
    return {.kind = promises ? MessageKind::promise : MessageKind::nack,
            .from = self,
            .slot_count = request.slot_count,
            .slot = request.slot,
            .ballot = request.ballot,
            .detail = promises ? 0 : promised.bits()};
}

}  // namespace paxos
