// When a node speaks only to be heard: whoever needs its watermarks hears them once a heartbeat, or a quarter of the ring,
// at the latest: by a datagram that goes there anyway, or by an empty one.
#pragma once

#include "paxos/outbox.h"

namespace paxos {

template <class Limits>
class Heartbeat {
public:
    /// `every_ns`: the longest silence.
    explicit Heartbeat(Tick every_ns) : every_ns_(every_ns) {}
    void begin(Tick now) { due_at_ = now + every_ns_ / 2; }

    /// `outbox` holds all else that this step says; `audience` needs to know that this node has learned all below `learned`.
    void beat(Outbox<Limits>& outbox, NodeMask audience, Slot learned, Tick now) {
        for (const Send& send : outbox.sends()) told_ = told_ | send.to;
        if (now < due_at_ && learned < learned_told_ + Limits::ring_slots / 4) return;
        const NodeMask untold = audience - told_;
        if (!untold.empty()) outbox.add_empty(untold);
        told_ = NodeMask{};
        learned_told_ = learned;
        due_at_ = now + every_ns_;
    }

private:
    Tick every_ns_;
    Tick due_at_ = 0;
    NodeMask told_;  // Since the last beat.
    Slot learned_told_ = 0;
};

}  // namespace paxos
