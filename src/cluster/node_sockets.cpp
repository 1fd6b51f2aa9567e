// See node_sockets.h.
#include "cluster/node_sockets.h"

#include "cluster/cluster.h"
#include "io/probe.h"
#include "paxos/limits.h"

namespace paxos::cluster {

void NodeSockets::close() {
    for (auto* sockets : {&receivers, &senders}) {
        for (io::Socket& socket : *sockets) io::close(socket);
        sockets->clear();
    }
}

bool open_node_sockets(const node::Plan& plan, const LocalNodes& nodes, NodeSockets& sockets,
                       std::string& error) {
    auto& [receivers, senders] = sockets;
    bool is_open = true;
    for (std::size_t i = nodes.first; i < nodes.first + nodes.count && is_open; ++i) {
        const auto port = static_cast<std::uint16_t>(plan.port == 0 ? nodes.address.port()
                                                                    : plan.port + i);
        receivers.push_back(io::open_udp_socket(nodes.address.at(port), error));
        is_open = receivers.back().is_open();
    }
    // The sending sockets are opened last, so that the kernel does not choose a port that the user
    // wants for a receiver.
    for (std::size_t i = 0; i < nodes.count && is_open; ++i) {
        senders.push_back(io::open_send_socket(nodes.address.at(0), nullptr, error));
        is_open = senders.back().is_open();
    }
    if (is_open && io::probe(receivers, limits::datagram_size, error)) return true;
    sockets.close();
    return false;
}

bool check_network(const node::Plan& plan, std::string& error) {
    NodeSockets sockets;
    return open_node_sockets(plan, {Address::loopback(0), 0, plan.nodes}, sockets, error);
}

}  // namespace paxos::cluster
