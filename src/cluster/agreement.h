// Whether the nodes learned the same log: their digests, compared interval by interval, every pair
// of nodes.
//
// 1. Only intervals that two nodes both completed are compared; one in which a node skipped a slot
//    is not.
// 2. Where nodes' intervals differ in size the finer are folded into the coarser: entries are sums.
// 3. The unfinished interval at the end is compared between nodes that were stopped in order at the
//    same slot. One that died may have written there what its count had not yet published.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "node/board.h"

namespace paxos::cluster {

/// One node's digests, to be held against the others'. The node no longer writes them.
struct DigestOf {
    NodeId node = 0;
    const node::Digests* digests = nullptr;
    bool stopped_in_order = false;
};

struct Agreement {
    bool differs = false;
    NodeMask dissenters;     ///< Nodes that differ, somewhere, from the most that agree there.
    Slot differs_first = 0;  ///< The first interval in which nodes differ, [first, end), ...
    Slot differs_end = 0;
    std::vector<NodeMask> camps;  ///< ... and who holds with whom there, the largest camp first.
    std::array<std::uint64_t, limits::nodes_max> compared{};  ///< Slots of each node that another also completed.
    std::uint64_t compared_total = 0;  ///< Slots that at least two nodes completed.
};

[[nodiscard]] Agreement compare(std::span<const DigestOf> logs);

/// Sum of all that `digests` holds: equal for equal logs, whatever the size of their intervals.
[[nodiscard]] std::uint64_t digest_of_log(const node::Digests& digests);
/// How many slots `digests` holds.
[[nodiscard]] std::uint64_t slots_of_log(const node::Digests& digests);

}  // namespace paxos::cluster
