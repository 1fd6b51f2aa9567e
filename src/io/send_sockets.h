// The send-only sockets of one node: a socket for each other node, connected to that node. The
// kernel keeps the route of a connected socket, which saves 5 to 8 % of the time of an unpipelined
// round.
//
// 1. All sockets are bound to the node's source address in the PeerTable and share its port
//    (SO_REUSEPORT, only among sockets of the same user). They receive nothing.
// 2. A connected socket reports that an earlier datagram was rejected (ICMP), for example because
//    the peer has died: a later send then fails with ECONNREFUSED, and succeeds when repeated.
//    SendQueue repeats the send.
#pragma once

#include <array>
#include <string>

#include "io/peers.h"

namespace paxos::io {

class SendSockets {
public:
    SendSockets() { fds_.fill(-1); }
    ~SendSockets();
    SendSockets(const SendSockets&) = delete;
    SendSockets& operator=(const SendSockets&) = delete;

    /// Opens a socket to each peer but `self`. False: `error` has what failed and the remedy.
    [[nodiscard]] bool open(const PeerTable& peers, PeerIndex self, std::string& error);
    /// The descriptor of the socket connected to `peer`. REQUIRES: the socket is open.
    [[nodiscard]] int operator[](PeerIndex peer) const { return fds_[peer]; }

private:
    std::array<int, limits::nodes_max> fds_;  // By peer; -1: none.
};

}  // namespace paxos::io
