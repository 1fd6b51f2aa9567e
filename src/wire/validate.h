// Checks the fields of messages against the kind of the message, its sender and the number of
// nodes. A correct node sends nothing that is rejected here.
//
// Checks that need the state or options of this node belong to the protocol. Examples are whether
// the mask of a DECIDE is a quorum, and whether a ballot is high enough.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "wire/wire.h"

namespace paxos::wire {

/// Returns why the first invalid message in these cells is invalid; none if all are valid. The
/// cells are those of a datagram from node `sender` in a cluster of `nodes` nodes. REQUIRES:
/// `sender < nodes`.
[[nodiscard]] std::optional<Rejection> find_fault(std::span<const Message> messages, NodeId sender,
                                                  std::size_t nodes);

/// Whether the messages are alike, so that the first one stands for all: all are valid, or all are
/// invalid for the same reason. Messages are alike if each is about one slot below slot_max and
/// they are equal in all fields but slot and value. If messages of this kind have no value, their
/// value fields must all be zero. Returns false if there is no message.
[[nodiscard]] bool is_run(std::span<const Message> messages);

}  // namespace paxos::wire
