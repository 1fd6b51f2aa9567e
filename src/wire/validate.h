// Checks the fields of messages. A message is valid if and only if a correct node can send it.
//
// These checks do not depend on this node's state. Checks that do (is the mask a quorum, is the
// ballot high enough) belong to the protocol.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "wire/wire.h"

namespace paxos::wire {

/// Why the first invalid message in these cells is invalid; none if all are valid. A message is
/// invalid if a correct node `sender` in a cluster of `nodes` nodes cannot send it. REQUIRES:
/// sender < nodes.
[[nodiscard]] std::optional<Rejection> find_fault(std::span<const Message> messages, NodeId sender,
                                                  std::size_t nodes);

/// Whether the messages are alike, so that the first one stands for all: all are valid, or all are
/// invalid for the same reason. Messages are alike if each is about one slot below slot_max and
/// they are equal in all fields but slot and value. If messages of this kind have no value, their
/// value fields must all be zero. Returns false if there is no message.
[[nodiscard]] bool is_run(std::span<const Message> messages);

}  // namespace paxos::wire
