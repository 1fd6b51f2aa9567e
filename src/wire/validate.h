// Checks the fields of messages. A message is valid if and only if a correct node can send it.
//
// No state. Checks that depend on this node's state (is the mask a quorum, is the ballot high
// enough) belong to the protocol.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "wire/wire.h"

namespace paxos::wire {

/// Why the first invalid message in these cells is invalid; none if all are valid. A message is
/// invalid if node `sender` of a cluster of `nodes` nodes, being correct, cannot have sent it.
/// REQUIRES: sender < nodes.
[[nodiscard]] std::optional<Rejection> find_fault(std::span<const Message> messages, NodeId sender,
                                                  std::size_t nodes);

/// Whether the messages are about one slot each and equal in all but the slot, which is below
/// slot_max, and the value, if messages of this kind have one. Then the first one stands for all:
/// they are valid, or invalid for the same reason. False if there is no message.
[[nodiscard]] bool is_run(std::span<const Message> messages);

}  // namespace paxos::wire
