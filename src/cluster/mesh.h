// The mesh check of one node, before the first run: sends datagrams to each peer, and reports which
// of the peers' datagrams arrive.
//
// 1. Each peer gets a small datagram, and one datagram of each size that full datagrams may have
//    (is_datagram_size() in limits.h). A firewall drops all of these datagrams, and a path with a
//    small MTU drops only the larger ones. The sockets forbid fragmentation (IP_PMTUDISC_DO).
//    Otherwise IP would fragment the large datagrams, they would arrive, and the check would miss
//    the small MTU.
// 2. Before the first run, the launcher closes the sockets of the check, including the receiver,
//    and opens others, so that no datagram that the check left in a socket reaches a run.
#pragma once

#include <string>

#include "cluster/host_messages.h"
#include "io/peers.h"
#include "io/send_sockets.h"
#include "io/sockets.h"

namespace paxos::cluster {

class Mesh {
public:
    /// `receiver` and `peers` must outlive this object.
    Mesh(const io::Socket& receiver, const io::PeerTable& peers, NodeId self, std::uint64_t run);

    /// Sends the datagrams to every peer. Call it ten times a second, because datagrams may be
    /// lost. Returns whether the MTU of any path has changed in the report.
    bool send();
    /// Takes the datagrams that have arrived. Returns whether the report has changed.
    bool receive();
    [[nodiscard]] const MeshReport& report() const { return report_; }

private:
    struct Probe {
        std::uint64_t magic, run;
        std::uint32_t from, size;
    };
    void send(NodeId to, std::uint32_t size);
    /// Stores the MTU of the path to `to` in the report. Returns whether the MTU is known and has
    /// changed.
    bool read_mtu(NodeId to);

    const io::Socket& receiver_;
    const io::PeerTable& peers_;
    NodeId self_;
    std::uint64_t run_;
    io::SendSockets sockets_;
    bool is_open_ = false;
    MeshReport report_;
};

}  // namespace paxos::cluster
