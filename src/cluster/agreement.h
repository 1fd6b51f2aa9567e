// Checks whether the nodes learned the same log, by comparing the slots that at least two nodes
// learned. For digests, checkpoints and incarnations see node/board.h.
//
// 1. Intervals: if two nodes completed the same interval of slots, the entries of their digests for
//    this interval are compared, unless one of the nodes skipped a slot of the interval. An entry
//    of a digest is the sum of the hashes of all slots of its interval. So if two nodes have
//    intervals of different sizes, the entries of the smaller intervals are added up first.
// 2. Pieces: each incarnation of a node has its own log, from the first to the last slot that the
//    incarnation restored or learned. The sum of the hashes of this log is compared with the sums
//    of other nodes over the same slots. A sum over a range of slots is the difference of two
//    prefix sums. The prefix sum at a slot is the sum over all slots below it. So when a node dies,
//    the other nodes publish their prefix sums at the end of its log. When the node is restarted,
//    they publish their prefix sums at the slot from which it catches up (node/checkpointer.h). As
//    a result, both the last slots of a dead node and the first slots that it learns after a
//    restart are compared. For a node that was stopped cleanly, the prefix sum at each slot of its
//    ring is also known.
// 3. Retained slots: nodes that were stopped cleanly publish the hash of each learned slot in their
//    ring. These slots are compared one by one, even if the nodes skipped earlier slots.
// 4. A slot of a node counts as compared if one of these ways compared it with the same slot of
//    another node.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "node/board.h"

namespace paxos::cluster {

/// The log of one incarnation of a node, to be compared with other logs. REQUIRES: no process
/// writes `digests` or `checkpoints` any more.
struct LogOf {
    NodeId node = 0;
    const node::Digests* digests = nullptr;
    const node::Checkpoints* checkpoints = nullptr;
    bool stopped_cleanly = false;
    SlotRange skipped{};  ///< Contains all slots that the node skipped.
    Slot begin = 0;       ///< The first slot of the log; 0 unless the node was restarted.
};

struct Agreement {
    bool differs = false;
    NodeMask dissenters;  ///< Nodes outside the largest group of at least one comparison.
    /// The lowest slots known to contain a difference: [differs_first, differs_end).
    Slot differs_first = 0;
    Slot differs_end = 0;
    /// The nodes, grouped by the content of these slots, largest group first.
    std::vector<NodeMask> groups;
    /// For each node, how many of its slots were compared with those of another node.
    std::array<std::uint64_t, limits::nodes_max> compared{};
    /// For each node, the number of slots that at least one of its incarnations learned.
    std::array<std::uint64_t, limits::nodes_max> learned{};
    std::uint64_t compared_total = 0;  ///< Slots that were compared between at least two nodes.
    std::uint64_t learned_total = 0;   ///< Slots that at least one node learned.
    std::uint64_t learned_by_one = 0;  ///< Slots that only one node learned.
};

/// `logs` may have several logs of one node. These belong to its consecutive incarnations, and may
/// overlap.
[[nodiscard]] Agreement compare(std::span<const LogOf> logs);

/// The sum of all entries of `digests`. It is equal for equal logs, even if their intervals have
/// different sizes.
[[nodiscard]] std::uint64_t digest_of_log(const node::Digests& digests);
/// The number of slots in `digests`.
[[nodiscard]] std::uint64_t slots_of_log(const node::Digests& digests);

}  // namespace paxos::cluster
