// The nodes' sockets. The launcher opens, binds and probes them before it forks any node.
#pragma once

#include <string>
#include <vector>

#include "io/sockets.h"
#include "node/plan.h"

namespace paxos::cluster {

/// The nodes that this launcher starts: `count` nodes, from node `first` on. They receive at
/// `address`. Node i receives at port Plan::port + i or, if Plan::port is 0, at the port of
/// `address`. If that port is also 0, the kernel chooses.
struct LocalNodes {
    Address address;
    std::size_t first = 0;
    std::size_t count = 0;
};

/// For each node, a socket that receives, and a socket that holds the port from which the node
/// sends.
struct NodeSockets {
    std::vector<io::Socket> receivers, senders;

    NodeSockets() = default;
    ~NodeSockets() { close(); }
    NodeSockets(const NodeSockets&) = delete;
    NodeSockets& operator=(const NodeSockets&) = delete;

    void close();
};

/// Opens the sockets of `nodes`, and sends a datagram through each receiver. On failure closes all
/// sockets and returns false. `error` then says what failed and why, and names the remedy.
[[nodiscard]] bool open_node_sockets(const node::Plan& plan, const LocalNodes& nodes,
                                     NodeSockets& sockets, std::string& error);

}  // namespace paxos::cluster
