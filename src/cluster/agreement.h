// Checks whether the nodes learned the same log: compares every slot that two nodes learned.
//
// 1. Intervals: where two nodes completed the same interval of slots, their digests are compared,
//    unless one of them skipped a slot in it. If interval sizes differ, the entries of the
//    smaller intervals are added up first: an entry is a sum over its slots.
// 2. Pieces: each incarnation of a node has a log of its own, from the first slot that it restored
//    or learned to the last. Its sum over all of these slots is compared with those of other nodes.
//    When a node dies, the survivors publish their sums at the end of its log, and when it runs
//    again, at the slot from which it learns more (node/checkpointer.h). For a node that was
//    stopped cleanly, the sum is known at each slot that it retained. So the last slots of a dead
//    node are compared, and the first ones that it learns after a restart.
// 3. Retained slots: nodes that were stopped cleanly publish the hash of each slot that they still
//    retain. These slots are compared one by one, whatever the nodes skipped before.
// 4. A node's slot counts as compared if one of these ways compared it with another node's.
#pragma once

#include <array>
#include <span>
#include <vector>

#include "node/board.h"

namespace paxos::cluster {

/// The log of one incarnation of a node, to be compared with those of others. The node no longer
/// writes it.
struct LogOf {
    NodeId node = 0;
    const node::Digests* digests = nullptr;
    const node::Checkpoints* checkpoints = nullptr;
    bool stopped_cleanly = false;
    SlotRange skipped{};  ///< Contains all slots that the node skipped.
    Slot begin = 0;       ///< The log has nothing below; 0 unless the node was restarted.
};

struct Agreement {
    bool differs = false;
    NodeMask dissenters;     ///< Nodes that differ somewhere from the largest group.
    Slot differs_first = 0;  ///< The slots that differ, as narrowly as known: [first, end).
    Slot differs_end = 0;
    std::vector<NodeMask> groups;  ///< The groups of nodes that agree there, largest first.
    /// The number of slots of each node that were compared with another node's.
    std::array<std::uint64_t, limits::nodes_max> compared{};
    /// The number of slots that each node learned, in any of its incarnations.
    std::array<std::uint64_t, limits::nodes_max> learned{};
    std::uint64_t compared_total = 0;  ///< Slots that were compared between at least two nodes.
    std::uint64_t learned_total = 0;   ///< Slots that at least one node learned.
    std::uint64_t learned_by_one = 0;  ///< Of these, slots that only one node learned.
};

/// Logs of one node are logs of consecutive incarnations, and may overlap.
[[nodiscard]] Agreement compare(std::span<const LogOf> logs);

/// The sum of all digests: equal for equal logs, whatever the size of their intervals.
[[nodiscard]] std::uint64_t digest_of_log(const node::Digests& digests);
/// The number of slots in `digests`.
[[nodiscard]] std::uint64_t slots_of_log(const node::Digests& digests);

}  // namespace paxos::cluster
