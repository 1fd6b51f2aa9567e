// Counts of what happened in a world, and their sums over many worlds.
#pragma once

#include <array>
#include <cstdint>

#include "sim/damage.h"

namespace paxos::sim {

/// What happened to every datagram. In each world, sent + duplicated + forged = accepted + rejected
/// + lost + cut off + overflowed + for dead nodes + in flight at the end.
struct Ledger {
    std::uint64_t sent = 0;  ///< Counted for each recipient.
    std::uint64_t duplicated = 0;
    std::uint64_t forged = 0;
    std::uint64_t accepted = 0;
    std::uint64_t rejected = 0;
    std::uint64_t lost = 0;
    std::uint64_t cut_off = 0;
    std::uint64_t overflowed = 0;  ///< The recipient's socket was full.
    std::uint64_t for_the_dead = 0;
    std::uint64_t under_way = 0;  ///< In flight at the end.

    [[nodiscard]] bool closes() const {
        return sent + duplicated + forged ==
               accepted + rejected + lost + cut_off + overflowed + for_the_dead + under_way;
    }
};

/// What happened to the disks. Every flush in progress at a crash is torn, lost or written, unless
/// it had failed.
struct DiskTally {
    std::uint64_t flushes = 0;  ///< Flushes that succeeded.
    std::uint64_t slow = 0;
    std::uint64_t failed = 0;       ///< Flushes that failed and ended the node.
    std::uint64_t short_write = 0;  ///< Failed flushes of which a part was written.
    std::uint64_t torn = 0;         ///< Crashes that left some sectors of the flush.
    std::uint64_t lost = 0;         ///< Crashes that left nothing of the flush.
    std::uint64_t written = 0;      ///< Crashes that left all of the flush.
    std::uint64_t unflushed = 0;    ///< Crashes that lost records for which no flush had begun.
    std::uint64_t torn_starts = 0;  ///< Crashes of nodes that were restarting.
    std::uint64_t torn_tails = 0;   ///< Recoveries that found an incomplete batch at the end.
    /// Files damaged by bit rot and by a misdirected write; their nodes stayed dead.
    std::uint64_t rotten = 0, misdirected = 0;
    std::uint64_t full = 0;         ///< Times that a disk became full.
    std::uint64_t checkpoints = 0;  ///< Successful flushes with a checkpoint.
    /// Flushes with a checkpoint, of each of which only a part was written.
    std::uint64_t torn_checkpoints = 0;
};

struct Tally {
    std::uint64_t worlds = 0;
    std::uint64_t decisions = 0;  ///< Slots that a quorum decided, according to the oracle.
    std::uint64_t messages = 0;   ///< Messages that reached the protocol of a node.
    std::uint64_t turns = 0;
    std::uint64_t no_ops = 0, skipped = 0, takeovers = 0, preemptions = 0, resent = 0;
    std::uint64_t copies = 0;  ///< Messages that nodes sent twice, because losses were frequent.
    std::uint64_t from_history = 0;  ///< Decisions that nodes sent from their history.
    Ledger datagrams;
    /// Datagrams delayed by jitter or as stragglers, and datagrams that overtook an earlier one on
    /// the same path.
    std::uint64_t delayed = 0, overtaken = 0;
    std::array<std::uint64_t, damage_kinds> damaged{};
    /// `cuts` counts all temporary cuts. Among these are one-way cuts, cuts with a bridge node,
    /// cuts of one node, and cuts that open and close repeatedly. Permanent cuts are counted
    /// separately.
    std::uint64_t cuts = 0, one_way_cuts = 0, bridge_cuts = 0, single_node_cuts = 0;
    std::uint64_t flapping_cuts = 0, permanent_cuts = 0;
    std::uint64_t clogs = 0;  ///< Times that the path from one node to another was congested.
    std::uint64_t pauses = 0, crashes = 0, restarts = 0;
    std::uint64_t starved = 0;  ///< Times that the turns of a node took much longer for a while.
    /// Worlds whose ballot counters start near 2^32 or near the maximum.
    std::uint64_t late_counters = 0;
    DiskTally disks;

    void add(const Tally& other);
};

}  // namespace paxos::sim
