// Checks the fields of messages. A message is valid if and only if a correct node can send it.
//
// Has no state. Checks that depend on this node's state (is the mask a quorum, is the ballot high
// enough) belong to the protocol.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "wire/wire.h"

namespace paxos::wire {

/// Why the first invalid message in these cells is invalid; none if all are valid. A message is
/// invalid if node `sender` cannot have sent it, provided that it is a correct node of a cluster of
/// `nodes` nodes. REQUIRES: sender < nodes.
[[nodiscard]] std::optional<Rejection> find_fault(std::span<const Message> messages, NodeId sender,
                                                  std::size_t nodes);

/// Whether all these messages are valid if the first one is valid, and are otherwise invalid for
/// the same reason. True if there is a message, each message is about one slot below slot_max, and
/// the messages are equal in all fields but slot and value. If messages of this kind have no value,
/// all values must be zero.
[[nodiscard]] bool is_run(std::span<const Message> messages);

}  // namespace paxos::wire
