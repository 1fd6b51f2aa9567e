// The ranges of a message's fields: what a node that follows the protocol can have said, and
// nothing else.
//
// Pure. What depends on what this node knows (is the mask a quorum, is the ballot high enough) is
// the protocol's.
#pragma once

#include <cstddef>
#include <optional>
#include <span>

#include "wire/wire.h"

namespace paxos::wire {

/// Why the first bad one of `messages` cannot have been said by node `sender` of a cluster of
/// `nodes`; nothing if all are good. REQUIRES: sender < nodes.
[[nodiscard]] std::optional<Rejection> find_fault(std::span<const Message> messages, NodeId sender,
                                                  std::size_t nodes);

/// Whether there are `messages`, all are about one slot each, and they differ in nothing but the
/// slot, which has its range, and the value, where the first may have one. Then either all are good
/// or already the first one is not, for the same reason.
[[nodiscard]] bool is_run(std::span<const Message> messages);

}  // namespace paxos::wire
