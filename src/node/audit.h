// A look at everything that was learned: was it proposed (S22), and what is its digest?
#pragma once

#include <cstdint>
#include <span>

#include "paxos/log.h"
#include "paxos/value_source.h"

namespace paxos::node {

struct Audit {
    std::uint64_t digest;  ///< The sum of the slots' own (digest.h).
    std::uint64_t no_ops;  ///< Slots that hold a no-op.
    bool is_proposed;      ///< In every slot stands what some node proposes for it, or a no-op.
};

/// Of the slots from `first` on, which were learned and stand in `places`.
[[nodiscard]] Audit audit(std::span<const LogSlot> places, Slot first, const ValueSource& source);

/// Whether `value` may be decided in `slot`: some node proposes it, or it fills a gap.
[[nodiscard]] inline bool may_be_decided(const Value& value, Slot slot, const ValueSource& source) {
    return source.is_proposed(value, slot) || value.is_no_op();
}

}  // namespace paxos::node
