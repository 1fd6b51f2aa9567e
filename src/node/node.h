// A node: one process with one thread on one core. It makes turns until the launcher stops it.
#pragma once

#include <string>

#include "io/peers.h"
#include "node/board.h"
#include "node/plan.h"
#include "store/format.h"
#include "wire/wire.h"

namespace paxos::node {

/// The files of a durable cluster.
struct LogFiles {
    std::string directory;
    store::Cluster cluster;
    /// The run's first slot in the log. When the run starts, no file has a record of this or a
    /// later slot.
    Slot base = 0;
};

/// What the launcher gives to a node. The objects that it points to outlive the node.
struct Context {
    const Plan* plan = nullptr;
    NodeId self = 0;
    Control control;
    NodeBoard* board = nullptr;  ///< The part of the board that this node writes.
    int socket = -1;             ///< A bound UDP socket; the launcher closes it.
    int wake = -1;               ///< An eventfd: 1 is added whenever the node's state changes.
    wire::Membership membership;
    const io::PeerTable* peers = nullptr;  ///< One entry per node, including this one.
    int core = -1;                         ///< The core to which the node is pinned.
    IdleKind idle = IdleKind::spin;        ///< Never automatic.
    bool shares_core = false;
    std::uint64_t receive_buffer_size = 0;
    const LogFiles* files = nullptr;  ///< Null in memory-only mode.
    /// The node was killed in this run and continues from its file. REQUIRES: `files`.
    bool is_later_incarnation = false;
    /// An earlier incarnation has counted the decisions in the slots below this one, so this
    /// incarnation does not count them again.
    Slot recorded_end = 0;

    [[nodiscard]] Slot base() const { return files == nullptr ? 0 : files->base; }
};

/// Runs the node in this process: waits for Phase::start, makes turns until Phase::stop. A later
/// incarnation first waits for the lock of its file, which the io_uring of the killed process may
/// still hold. Returns the exit code of the process: 0 after a clean stop; 3 if the host is not fit
/// or a write to the node's file failed; 5 if the node detected a violation.
int run(const Context& context);

}  // namespace paxos::node
