// The slots of a run in a node's log. A durable cluster continues the log of earlier runs, so a run
// begins at a slot of the log that is called the base. The base is slot 0 of the run. The board
// uses slots of the run; the protocol and the load use slots of the log.
//
// Slots of the log below the base belong to earlier runs. Their values are unknown to this run.
#pragma once

#include <algorithm>
#include <span>

#include "paxos/log.h"
#include "paxos/slot_range.h"

namespace paxos::node {

template <class Protocol>
class RunLog {
public:
    /// `protocol` outlives this object.
    RunLog(const Protocol& protocol, Slot base) : protocol_(protocol), base_(base) {}

    [[nodiscard]] Slot base() const { return base_; }
    /// Converts a slot of the log to a slot of the run. A slot below the base becomes 0.
    [[nodiscard]] Slot of(Slot slot) const { return std::max(slot, base_) - base_; }
    [[nodiscard]] SlotRange of(SlotRange slots) const { return {of(slots.first), of(slots.end)}; }
    /// The part of `slots` from the base on. Argument and result are slots of the log.
    [[nodiscard]] SlotRange part(SlotRange slots) const {
        return {std::max(slots.first, base_), std::max(slots.end, base_)};
    }

    // These functions call those of the same name in the protocol, but take and return slots of the
    // run.
    [[nodiscard]] Slot ring_begin() const { return of(protocol_.ring_begin()); }
    [[nodiscard]] std::span<const Value> values_of(Slot first, Slot end) const {
        return protocol_.values_of(base_ + first, base_ + end);
    }
    [[nodiscard]] LogSlot slot_of(Slot slot) const { return protocol_.slot_of(base_ + slot); }

private:
    const Protocol& protocol_;
    const Slot base_;
};

}  // namespace paxos::node
