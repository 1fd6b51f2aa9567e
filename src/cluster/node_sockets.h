// The nodes' sockets: opened, bound and tried out by the launcher before any node is forked.
#pragma once

#include <string>
#include <vector>

#include "io/sockets.h"
#include "node/plan.h"

namespace paxos::cluster {

/// One socket a node, open in the end or closed on failure; a datagram has gone through each. False:
/// `error` says what failed, why, and the remedy.
[[nodiscard]] bool open_node_sockets(const node::Plan& plan, std::vector<io::Socket>& sockets,
                                     std::string& error);

}  // namespace paxos::cluster
