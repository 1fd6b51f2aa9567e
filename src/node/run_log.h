// A run's part of a node's log. A durable cluster continues the log of earlier runs, so a run
// begins at some slot of the log, the base. The board counts the slots of the run, from 0; the
// protocol and the load count the slots of the log.
//
// Slots below the base belong to earlier runs. Their values are unknown to this run.
#pragma once

#include <algorithm>
#include <span>

#include "paxos/log.h"
#include "paxos/slot_range.h"

namespace paxos::node {

template <class Protocol>
class RunLog {
public:
    /// `protocol` outlives this.
    RunLog(const Protocol& protocol, Slot base) : protocol_(protocol), base_(base) {}

    [[nodiscard]] Slot base() const { return base_; }
    /// The slot of the run at `slot` of the log; 0 if that is below the base.
    [[nodiscard]] Slot of(Slot slot) const { return std::max(slot, base_) - base_; }
    [[nodiscard]] SlotRange of(SlotRange slots) const { return {of(slots.first), of(slots.end)}; }
    /// The part of `slots` that belongs to the run. Both are slots of the log.
    [[nodiscard]] SlotRange part(SlotRange slots) const {
        return {std::max(slots.first, base_), std::max(slots.end, base_)};
    }

    // Like the protocol's functions of these names, but in slots of the run.
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
