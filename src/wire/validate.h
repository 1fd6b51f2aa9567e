// The ranges of a message's fields: exactly the messages that a correct node can send pass.
//
// No state. Checks that depend on this node's state (is the mask a quorum, is the ballot high
// enough) belong to the protocol.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "wire/wire.h"

namespace paxos::wire {

/// The reason why a correct node `sender` of a cluster of `nodes` cannot have sent the first
/// invalid one of `messages`; none if all are valid. REQUIRES: sender < nodes.
[[nodiscard]] std::optional<Rejection> find_fault(std::span<const Message> messages, NodeId sender,
                                                  std::size_t nodes);

/// Whether there is at least one message, each covers one slot, and they differ only in the slot,
/// within its range, and in the value, if the kind of the first one has a value. Then all are
/// valid, or the first one is invalid for the same reason as the others.
[[nodiscard]] bool is_run(std::span<const Message> messages);

}  // namespace paxos::wire
