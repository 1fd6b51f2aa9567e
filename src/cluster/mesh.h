// The mesh check of one node, before the first run: sends datagrams to each peer, and records which
// of the peers' datagrams arrive.
//
// 1. A small and a full datagram go to each peer: a firewall drops both, a small MTU only the full
//    one.
// 2. It uses sockets of its own, so that none of its datagrams reaches a run.
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

    /// Sends both datagrams to every peer. They may be lost: call it ten times a second.
    void send();
    /// Takes the datagrams that have arrived. True: the report has changed.
    bool receive();
    [[nodiscard]] const MeshReport& report() const { return report_; }

private:
    struct Probe {
        std::uint64_t magic, run;
        std::uint64_t from;
    };
    void read_mtu(NodeId to);

    const io::Socket& receiver_;
    const io::PeerTable& peers_;
    NodeId self_;
    std::uint64_t run_;
    io::SendSockets sockets_;
    bool is_open_ = false;
    MeshReport report_;
};

}  // namespace paxos::cluster
