// What rank 0 does before the first run: it waits until each launcher has described its host (the
// HostCard), places the nodes, and checks that every node hears every other node (the mesh check,
// mesh.h).
#include <algorithm>
#include <map>

#include "cluster/mesh.h"
#include "cluster/node_sockets.h"
#include "cluster/placement_text.h"
#include "cluster/remotes.h"
#include "io/clock.h"
#include "measure/environment.h"
#include "trace/words.h"

namespace paxos::cluster {
namespace {

constexpr Tick mesh_timeout_ns = 2'000'000'000;

/// Calls `visit(from, to)` for each ordered pair of different nodes.
template <class Visit>
void for_each_path(std::size_t nodes, Visit&& visit) {
    for (std::size_t to = 0; to < nodes; ++to)
        for (std::size_t from = 0; from < nodes; ++from)
            if (from != to) visit(static_cast<NodeId>(from), static_cast<NodeId>(to));
}

std::size_t headers_size_of(const Address& address) {
    return address.family() == AF_INET6 ? limits::ipv6_headers_size : limits::ipv4_headers_size;
}

/// For example "h1: n0 on 0, n3 on 1; h2: n1 n4 on 0 (yield)".
std::string hosts_text(const std::vector<measure::Host>& hosts, const Placement& placement) {
    std::map<std::string, std::map<int, NodeMask>> nodes_of;  // By host and core.
    for (const measure::Host& host : hosts)
        nodes_of[host.name][placement.core_of[static_cast<std::size_t>(host.node)]].add(
            static_cast<NodeId>(host.node));
    std::string text;
    for (const auto& [name, cores] : nodes_of) {
        text += (text.empty() ? "" : "; ") + name + ":";
        const char* separator = " ";
        for (const auto& [core, nodes] : cores) {
            const std::size_t first = nodes.lowest();
            text += separator + trace::names_of(nodes) + " on " + std::to_string(core);
            if (shares_core(placement, first))
                text += std::string(" (") + name_of(placement.idle_of[first]) + ")";
            separator = ", ";
        }
    }
    return text;
}

}  // namespace

bool Remotes::check(const node::Plan& plan, const std::vector<int>& cores, int signals,
                    Placement& placement, std::string& error) {
    const bool have_cards = await_answers(
        remotes_, [](const Remote& remote) { return remote.has_card; }, answer_timeout_ns_,
        signals);
    for (const Remote& remote : remotes_)
        if (!remote.has_card) {
            error = remote.absence();
            return false;
        }
    if (!have_cards) return false;

    const auto card_of = [&](std::size_t node) -> const HostCard& {
        return node == 0 ? own_card_ : remotes_[node - 1].card;
    };
    for (std::size_t i = 0; i < nodes(); ++i) {
        neighbours_.emplace_back();
        for (std::size_t j = 0; j < nodes(); ++j)
            if (i == j || may_share_cores(card_of(i), card_of(j)))
                neighbours_[i].add(static_cast<NodeId>(j));
    }
    if (!place_one(plan, neighbours_[0], 0, cores, own_seat_, error)) return false;

    NodeSockets sockets;
    io::PeerTable peers;
    if (!open_node_sockets(plan, {own_address_, 0, 1}, sockets, error)) return false;
    const std::uint64_t run = io::now();  // An id for the check's datagrams only.
    if (!order_prepare(plan, 0, run, signals, error)) return false;
    share_members(sockets.receivers.front(), sockets.senders.front(), peers);

    Mesh mesh(sockets.receivers.front(), peers, 0, run);
    order_all(Order::mesh);
    Tick send_at = 0;
    const auto is_complete = [&] {
        mesh.receive();
        if (io::now() >= send_at) {
            mesh.send();
            send_at = io::now() + beat_interval_ns;
        }
        return is_mesh_complete(mesh.report());
    };
    // The wait may time out, because a router may silently drop datagrams that are too large. The
    // nodes then send only datagrams of a size that arrived on every path.
    static_cast<void>(await(is_complete, mesh_timeout_ns, signals));
    error = fault_of_mesh(mesh.report());
    if (!error.empty()) return false;
    for_each_path(nodes(), [&](NodeId from, NodeId to) {
        const std::uint32_t heard = mesh_of(to, mesh.report()).heard[from];
        datagram_size_ = std::min<std::size_t>(datagram_size_, heard);
    });
    describe(placement, mesh.report());
    return true;
}

const MeshReport& Remotes::mesh_of(NodeId node, const MeshReport& own) const {
    return node == 0 ? own : of(node).mesh;
}

bool Remotes::is_mesh_complete(const MeshReport& own) const {
    bool is_complete = true;
    const std::size_t headers_size = headers_size_of(own_address_);
    for_each_path(nodes(), [&](NodeId from, NodeId to) {
        // Each end reports the path MTU that its kernel knows. Until a kernel learns the path MTU,
        // it returns the MTU of the interface. The smaller of the two values limits the path.
        std::size_t expected = limits::datagram_size;
        for (const std::uint32_t mtu : {mesh_of(from, own).mtu[to], mesh_of(to, own).mtu[from]})
            if (mtu >= headers_size + limits::datagram_size_min)
                expected = std::min(expected, limits::datagram_size_in(mtu, headers_size));
        if (mesh_of(to, own).heard[from] < expected) is_complete = false;
    });
    return is_complete;
}

std::string Remotes::fault_of_mesh(const MeshReport& own) const {
    std::size_t missing = 0;
    std::string first;
    for_each_path(nodes(), [&](NodeId from, NodeId to) {
        const std::uint32_t heard = mesh_of(to, own).heard[from];
        if (heard >= limits::datagram_size_min || missing++ != 0) return;
        first = name_of(to) + " does not hear " + name_of(from) +
                (heard != 0
                     ? ": small datagrams arrive, but datagrams of " +
                           std::to_string(limits::datagram_size_min) +
                           " bytes do not; the path needs an MTU of " +
                           std::to_string(limits::datagram_size_min + headers_size_of(own_address_))
                     : ": a firewall drops UDP between them, or they have no common network: open "
                       "UDP (--port fixes the ports), or choose another network with --network");
        const std::string sent = text_of(mesh_of(from, own).error);
        if (!sent.empty()) first += " (" + sent + ")";
    });
    if (missing > 1)
        first += "\n" + std::to_string(missing - 1) + " more of " +
                 std::to_string(nodes() * (nodes() - 1)) + " paths between nodes do not work";
    return first;
}

void Remotes::describe(Placement& placement, const MeshReport& mesh) {
    placement = Placement{};
    hosts_.clear();
    for (std::size_t i = 0; i < nodes(); ++i) {
        const auto node = static_cast<NodeId>(i);
        const HostCard& card = i == 0 ? own_card_ : of(node).card;
        placement.core_of.push_back(i == 0 ? own_seat_.core : of(node).socket.core);
        placement.idle_of.push_back(i == 0 ? own_seat_.idle : of(node).socket.idle);
        placement.machine_of.push_back(neighbours_[i].lowest());
        measure::Host host;
        host.name = i == 0 ? measure::read_environment().host : of(node).channel.peer().host;
        host.node = static_cast<int>(i);
        host.kernel = text_of(card.kernel);
        host.cores_online = static_cast<int>(card.cores_online);
        for (const std::uint32_t mtu : mesh_of(node, mesh).mtu)
            if (mtu != 0 && (host.mtu == 0 || mtu < host.mtu)) host.mtu = mtu;
        if (i != 0 && of(node).clock.estimate()) {
            host.clock_offset_ns = of(node).clock.estimate()->offset_ns;
            host.clock_error_ns = of(node).clock.estimate()->error_ns;
        }
        hosts_.push_back(host);
    }
    for (std::size_t i = 0; i < nodes(); ++i)
        placement.shares_cores = placement.shares_cores || shares_core(placement, i);
    placement.text = hosts_text(hosts_, placement);
}

}  // namespace paxos::cluster
