// One node: one process, one thread, one ring, one core. It turns until the launcher says stop.
#pragma once

#include "io/peers.h"
#include "node/board.h"
#include "node/plan.h"
#include "wire/wire.h"

namespace paxos::node {

/// What the launcher hands to a node. Everything pointed to outlives the node.
struct Context {
    const Plan* plan = nullptr;
    NodeId self = 0;
    Control control;
    NodeBoard* board = nullptr;  ///< This node's own.
    int socket = -1;             ///< Bound; the launcher's to close.
    int wake = -1;               ///< An eventfd: 1 is added whenever the node's state changes.
    wire::Membership membership;
    const io::PeerTable* peers = nullptr;  ///< By node, this one included.
    int core = -1;                         ///< Where it has been pinned.
    IdleKind idle = IdleKind::spin;        ///< Never automatic.
    bool shares_core = false;
    std::uint64_t receive_buffer_size = 0;
};

/// Runs the node in this process, to its end: waits for Phase::start, turns until Phase::stop.
/// Returns the exit code of the process: 0, 3 if the machine does not allow it, 5 if a truth of the
/// cluster is broken.
int run(const Context& context);

}  // namespace paxos::node
