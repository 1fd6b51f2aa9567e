// Where one node runs on its host, and what its launcher passes to it.
#pragma once

#include <string>
#include <vector>

#include "cluster/cluster.h"
#include "cluster/host_messages.h"
#include "io/peers.h"
#include "io/sockets.h"
#include "node/node.h"

namespace paxos::cluster {

/// The core of a node, and how the node waits there.
struct Seat {
    int core = -1;
    node::IdleKind idle = node::IdleKind::spin;  ///< Never automatic.
    bool shares_core = false;
};

/// Places node `self` on `cores`, or on the affinity mask if `cores` is empty. `neighbours` has
/// `self` and all nodes whose launchers may use at least one core that this launcher may use. Each
/// of these launchers computes the placement independently. Their results agree only if all of them
/// may use exactly the same cores. Returns false on failure; `error` then says why.
[[nodiscard]] bool place_one(const node::Plan& plan, NodeMask neighbours, NodeId self,
                             const std::vector<int>& cores, Seat& seat, std::string& error);

/// Reads the facts about this host that rank 0, the launcher of n0, needs.
[[nodiscard]] HostCard read_host_card();
/// Whether processes of these hosts may run on the same core.
[[nodiscard]] bool may_share_cores(const HostCard& one, const HostCard& other);

/// What a node needs from its launcher. The objects that it refers to outlive the node.
struct NodeParts {
    const node::Plan& plan;
    node::Board& board;
    const io::Socket& socket;
    int wake;
    const wire::Membership& membership;
    const io::PeerTable& peers;
    const node::LogFiles* files = nullptr;  ///< Null in memory-only mode.
};
[[nodiscard]] node::Context context_of(const NodeParts& parts, NodeId self, const Seat& seat);

}  // namespace paxos::cluster
