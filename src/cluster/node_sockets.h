// The nodes' sockets: opened, bound and probed by the launcher before any node is forked.
#pragma once

#include <string>
#include <vector>

#include "io/sockets.h"
#include "node/plan.h"

namespace paxos::cluster {

/// Opens one socket per node and sends a datagram through each. On failure returns false with all
/// sockets closed, and `error` says what failed, why, and the remedy.
[[nodiscard]] bool open_node_sockets(const node::Plan& plan, std::vector<io::Socket>& sockets,
                                     std::string& error);

}  // namespace paxos::cluster
