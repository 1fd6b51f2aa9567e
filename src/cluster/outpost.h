// An outpost: the launcher of one node other than n0, usually on another host than n0. It starts,
// watches and stops its node on orders of rank 0, the launcher of n0 (host_messages.h).
//
// 1. The node never outlives the outpost, and the outpost does not outlive rank 0. The outpost
//    ends its node and itself when the connection ends, or when it has heard nothing from rank 0
//    for orphaned_after_ns. Before the first order, it waits longer (outpost.cpp).
// 2. Only rank 0 gives a verdict on the run, so the exit code of the outpost is 0 whenever rank 0
//    dismissed it.
// 3. The outpost writes nothing to the terminal.
#pragma once

#include <string>
#include <vector>

#include "control/channel.h"
#include "control/secret.h"
#include "paxos/ballot.h"

namespace paxos::cluster {

struct OutpostEnd {
    /// 0 if dismissed; 1 if rank 0 is lost or sent an unexpected order; 3 after an error in this
    /// process; 128 plus the number of a second signal. A first signal is only passed on to rank 0.
    int exit_code = 0;
    std::string reason;  ///< One line. Empty if rank 0 dismissed the outpost or a signal ended it.
};

/// Serves rank 0 over `channel` until rank 0 dismisses this process. The node receives at `port`;
/// if `port` is 0, the kernel chooses. `cores` has the same meaning as in `place`. `directory` is
/// for the node's file; if it is empty, the node keeps everything in memory.
[[nodiscard]] OutpostEnd serve(control::Channel channel, NodeId self, std::uint16_t port,
                               const control::Secret& secret, const std::vector<int>& cores,
                               const std::string& directory);

}  // namespace paxos::cluster
