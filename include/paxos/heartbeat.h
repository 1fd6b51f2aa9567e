// Heartbeats: datagrams that carry a header and no messages.
//
// Heartbeats bound how stale each peer's information about this node can be. Some peers need to
// know how far this node has learned (the audience). Each of them gets a datagram at least once per
// heartbeat interval, and whenever this node has learned another quarter of the log's ring. The
// datagram is a heartbeat only if this node has sent nothing else to the peer. Each of the other
// peers gets at least one datagram per contact interval.
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
          contact_step_ns_(options.timing.contact_ns /
                           std::max<std::size_t>(options.nodes - 1, 1)) {}
    void begin(Tick now) {
        due_at_ = now + interval_ns_ / 2;
        contact_at_ = now + contact_step_ns_;
    }

    /// Whether beat() must be called now.
    [[nodiscard]] bool is_due(Slot learned, Tick now) const {
        return now >= due_at_ || learned >= learned_sent_ + Limits::ring_slots / 4;
    }
    /// Sends a heartbeat to each node of `audience` that was sent nothing since the last call.
    /// `outbox` holds everything else that this step sends. REQUIRES: is_due().
    void beat(Outbox<Limits>& outbox, NodeMask audience, Slot learned, Tick now) {
        const NodeMask missing = audience - reached_;
        if (!missing.empty()) outbox.add_empty(missing);
        reached_ = NodeMask{};
        learned_sent_ = learned;
        due_at_ = now + interval_ns_;
    }
    /// Notes that the destinations in `outbox` need no heartbeat. Called at the end of each step,
    /// before beat().
    void note_sent(const Outbox<Limits>& outbox) {
        for (const Send& send : outbox.sends()) reached_ = reached_ | send.to;
    }

    /// Sends a header to each of `peers` to which this step sends nothing else. REQUIRES: `peers`
    /// is not empty.
    void greet(Outbox<Limits>& outbox, NodeMask peers) {
        outbox.add_empty(peers);
        reached_ = reached_ | peers;
    }
    /// Returns the peers that have become due for a datagram since the last call. Each peer becomes
    /// due once per contact interval. The peers become due one after another, at even distances, so
    /// if this function is called often enough, it returns at most one peer.
    [[nodiscard]] NodeMask next_contacts(Tick now) {
        NodeMask due;
        for (; now >= contact_at_ && due.count() + 1 < nodes_; contact_at_ += contact_step_ns_) {
            contact_ = static_cast<NodeId>((contact_ + 1) % nodes_);
            if (contact_ == self_) contact_ = static_cast<NodeId>((contact_ + 1) % nodes_);
            due = due | NodeMask::of(contact_);
        }
        contact_at_ = std::max(contact_at_, now);
        return due;
    }

private:
    std::size_t nodes_;
    NodeId self_;
    Tick interval_ns_;
    Tick contact_step_ns_;
    Tick due_at_ = 0;
    Tick contact_at_ = 0;
    NodeId contact_ = 0;
    NodeMask reached_;  // Peers sent to since the last beat().
    Slot learned_sent_ = 0;
};

}  // namespace paxos
