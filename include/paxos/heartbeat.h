// Heartbeats: datagrams that carry a header and no messages.
//
// Bounds how stale this node's header can be at each peer. Peers that need its watermarks (the
// audience) get a header at least once per heartbeat interval or quarter of the ring; every other
// peer gets one per contact interval. Any other datagram to the same peer counts as a heartbeat.
#pragma once

#include "paxos/options.h"
#include "paxos/outbox.h"

namespace paxos {

template <class Limits>
class Heartbeat {
public:
    explicit Heartbeat(const Options& options)
        : nodes_(options.nodes),
          self_(options.self),
          interval_ns_(options.timing.heartbeat_ns),
          contact_step_ns_(options.timing.contact_ns / std::max<std::size_t>(options.nodes - 1, 1)) {}
    void begin(Tick now) {
        due_at_ = now + interval_ns_ / 2;
        contact_at_ = now + contact_step_ns_;
    }

    /// Whether a heartbeat to the audience may be due.
    [[nodiscard]] bool is_due(Slot learned, Tick now) const {
        return now >= due_at_ || learned >= learned_sent_ + Limits::ring_slots / 4;
    }
    /// `outbox` holds everything else that this step sends. REQUIRES: is_due().
    void beat(Outbox<Limits>& outbox, NodeMask audience, Slot learned, Tick now) {
        const NodeMask missing = audience - reached_;
        if (!missing.empty()) outbox.add_empty(missing);
        reached_ = NodeMask{};
        learned_sent_ = learned;
        due_at_ = now + interval_ns_;
    }
    /// Called at the end of each step, before beat(): the destinations in `outbox` need no
    /// heartbeat.
    void note_sent(const Outbox<Limits>& outbox) {
        for (const Send& send : outbox.sends()) reached_ = reached_ | send.to;
    }

    /// Sends a header to `peer`, unless another datagram goes there.
    void greet(Outbox<Limits>& outbox, NodeId peer) {
        outbox.add_empty(NodeMask::of(peer));
        reached_ = reached_ | NodeMask::of(peer);
    }
    /// The peer that is due its periodic header; no_node if none is. Peers take turns, one at a
    /// time, so that no step sends to all of them.
    [[nodiscard]] NodeId next_contact(Tick now) {
        if (now < contact_at_ || nodes_ == 1) return no_node;
        contact_at_ = std::max(contact_at_ + contact_step_ns_, now);
        contact_ = static_cast<NodeId>((contact_ + 1) % nodes_);
        if (contact_ == self_) contact_ = static_cast<NodeId>((contact_ + 1) % nodes_);
        return contact_;
    }

private:
    std::size_t nodes_;
    NodeId self_;
    Tick interval_ns_;
    Tick contact_step_ns_;
    Tick due_at_ = 0;
    Tick contact_at_ = 0;
    NodeId contact_ = 0;
    NodeMask reached_;  // Peers sent to since the last beat.
    Slot learned_sent_ = 0;
};

}  // namespace paxos
