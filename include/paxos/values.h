// A view of the values of adjacent slots. The values lie in a message and the cells behind it, in
// adjacent messages, or in a ring.
#pragma once

#include <cstddef>
#include <cstring>

#include "paxos/message.h"
#include "paxos/slot_range.h"

namespace paxos {

struct Values {
    const std::byte* first;  ///< The value of `slot`.
    Slot slot;
    std::size_t stride;  ///< Bytes from one slot's value to the next slot's.

    static Values at(const Value& first, Slot slot, std::size_t stride = sizeof(Value)) {
        return {reinterpret_cast<const std::byte*>(&first), slot, stride};
    }
    /// REQUIRES: there is a value for `wanted`.
    [[nodiscard]] const Value& of(Slot wanted) const {
        return *reinterpret_cast<const Value*>(first + (wanted - slot) * stride);
    }
    /// Copies the values of `slots` to `place`, without gaps.
    void copy(SlotRange slots, std::byte* place) const {
        if (stride == sizeof(Value)) {
            std::memcpy(place, &of(slots.first), slots.size() * sizeof(Value));
            return;
        }
        for (Slot wanted = slots.first; wanted < slots.end; ++wanted, place += sizeof(Value))
            std::memcpy(place, &of(wanted), sizeof(Value));
    }
};

}  // namespace paxos
