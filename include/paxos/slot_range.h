// A range of slots.
#pragma once

#include "paxos/ballot.h"

namespace paxos {

/// Slots [first, end).
struct SlotRange {
    Slot first = 0;
    Slot end = 0;
    [[nodiscard]] constexpr std::uint64_t size() const { return end - first; }
    [[nodiscard]] constexpr bool empty() const { return first == end; }
    constexpr bool operator==(const SlotRange&) const = default;
};

}  // namespace paxos
