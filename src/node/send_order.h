// To whom a node sends first: to those it has heard last the longest ago.
//
// Who has not answered yet, where others have, is who has its turn yet to come on the core that
// they share. What reaches it before that is answered together with what it has still to read, in
// one turn and one datagram.
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

    /// REQUIRES: node < nodes.
    void hear(NodeId node) {
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
    std::array<NodeId, limits::nodes_max> order_{};  // The first `nodes_`: each node once.
};

}  // namespace paxos::node
