// The mesh check of one node, before the first run: datagrams from each of its send sockets to each
// peer, and which of theirs arrive here.
//
// 1. A small datagram and one of every size that full ones may have go to each peer: a firewall
//    drops all, a small MTU the larger ones. IP must not fragment them.
// 2. It uses sockets of its own: nothing of the check is left in the sockets of a run.
#pragma once

#include <string>

#include "cluster/host_messages.h"
#include "io/peers.h"
#include "io/send_sockets.h"
#include "io/sockets.h"

namespace paxos::cluster {

class Mesh {
public:
    /// `receiver` and `peers` outlive it.
    Mesh(const io::Socket& receiver, const io::PeerTable& peers, NodeId self, std::uint64_t run);

    /// Sends the datagrams to every peer. Datagrams get lost: call it ten times a second. True: the
    /// MTU of a path has changed.
    bool send();
    /// Takes what has arrived. True: more is known than before.
    bool receive();
    [[nodiscard]] const MeshReport& report() const { return report_; }

private:
    struct Probe {
        std::uint64_t magic, run;
        std::uint32_t from, size;
    };
    void send(NodeId to, std::uint32_t size);
    /// False: it is as before, or unknown.
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
