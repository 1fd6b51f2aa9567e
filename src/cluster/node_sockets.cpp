// See node_sockets.h.
#include "cluster/node_sockets.h"

#include "cluster/cluster.h"
#include "io/probe.h"
#include "paxos/limits.h"

namespace paxos::cluster {
namespace {

void close_all(std::vector<io::Socket>& sockets) {
    for (io::Socket& socket : sockets) io::close(socket);
    sockets.clear();
}

}  // namespace

bool open_node_sockets(const node::Plan& plan, std::vector<io::Socket>& sockets,
                       std::string& error) {
    for (std::size_t i = 0; i < plan.nodes; ++i) {
        const auto port = static_cast<std::uint16_t>(plan.port == 0 ? 0 : plan.port + i);
        sockets.push_back(io::open_udp_socket(io::Address::loopback(port), error));
        if (sockets.back().is_open()) continue;
        close_all(sockets);
        return false;
    }
    if (io::probe(sockets, limits::datagram_size, error)) return true;
    close_all(sockets);
    return false;
}

bool check_network(const node::Plan& plan, std::string& error) {
    std::vector<io::Socket> sockets;
    if (!open_node_sockets(plan, sockets, error)) return false;
    close_all(sockets);
    return true;
}

}  // namespace paxos::cluster
