// Checks that each learned value was proposed (S22), and computes the digest of the learned slots.
#pragma once

#include <cstdint>
#include <span>

#include "paxos/value_source.h"

namespace paxos::node {

struct Audit {
    std::uint64_t digest;  ///< The sum of the slots' digests (digest.h).
    std::uint64_t no_ops;  ///< Number of slots that hold a no-op.
    bool is_proposed;      ///< Whether each value was proposed for its slot, or is a no-op.
};

/// Audits the learned slots from `first`, in which `values` were decided.
[[nodiscard]] Audit audit(std::span<const Value> values, Slot first, const ValueSource& source);

/// Whether `value` may be decided in `slot`, because a node proposes it in this slot or because it
/// is a no-op.
[[nodiscard]] inline bool may_be_decided(const Value& value, Slot slot, const ValueSource& source) {
    return source.is_proposed(value, slot) || value.is_no_op();
}

}  // namespace paxos::node
