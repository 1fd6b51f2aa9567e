// The order in which a node sends to its peers: first to the peer heard least recently.
//
// On a shared core, a peer that has not answered yet has not been scheduled yet. If the node sends
// to this peer first, the datagram is likely to arrive before the peer runs. The peer then answers
// this datagram and the datagrams that are already in its socket in one turn, with one datagram.
#pragma once

#include <algorithm>
#include <array>

#include "paxos/quorum.h"

namespace paxos::node {

class SendOrder {
public:
    explicit SendOrder(std::size_t nodes) : nodes_(nodes) {
        for (std::size_t i = 0; i < nodes; ++i) order_[i] = static_cast<NodeId>(i);
    }

    /// Called when a datagram from `node` was received. REQUIRES: node < nodes.
    void note_heard(NodeId node) {
        if (order_[nodes_ - 1] == node) return;
        NodeId* const end = order_.data() + nodes_;
        NodeId* const place = std::find(order_.data(), end, node);
        std::rotate(place, place + 1, end);
    }
    /// Calls `visit(node)` for each of `nodes`, in order.
    template <class Visit>
    void for_each(NodeMask nodes, Visit&& visit) const {
        for (std::size_t i = 0; i < nodes_; ++i)
            if (nodes.has(order_[i])) visit(order_[i]);
    }

private:
    std::size_t nodes_;
    std::array<NodeId, limits::nodes_max> order_{};  // The first `nodes_` entries: each node once.
};

}  // namespace paxos::node
