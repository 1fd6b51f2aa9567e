// The floor: what bare UDP between pinned processes costs on these cores, with no protocol, no
// checks and none of our own I/O, so that a fault of ours cannot hide in it. Every figure of a run
// stands beside it.
//
// 1. Plain sockets and plain calls; nothing of src/io.
// 2. Same nodes, same cores, same way of waiting as the run: alone on a core a process spins,
//    otherwise it yields.
// 3. Bounded in time: about 0.4 s in all, whatever happens. No process outlives the call, nor the
//    caller.
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "measure/result.h"

namespace paxos::measure {

struct FloorPlan {
    std::size_t nodes = 0;
    unsigned phases = 2;  ///< Requests that are answered per round: 2 for classic, 1 for multi.
    std::vector<int> core_of;  ///< By node.
};

/// Measures. `stop_fd`, unless -1, ends it when it becomes readable; what has not been measured by
/// then is zero, and so is everything with one node, which has nobody to talk to. `problem` says
/// why something could not be measured.
[[nodiscard]] FloorResult measure_floor(const FloorPlan& plan, int stop_fd, std::string& problem);

}  // namespace paxos::measure
