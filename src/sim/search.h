// An exhaustive, breadth-first search of the states of a small simulated cluster. It runs the real
// protocol code and covers everything that an unreliable network may do (docs/safety.md, proof 4).
//
// 1. The network is the set of all messages ever sent. Each message may be delivered at any time,
//    any number of times, or never. This covers loss, duplication, reordering, delay, partitions,
//    pauses and crashes.
// 2. Time does not pass. The search chooses when the take-over timer and the retransmission timer
//    expire. If the log ring has two slots (`ring_of_two`), the search also chooses when a node
//    that is behind skips slots that a peer no longer retains. For this, the search makes all
//    peers report that they have learned everything, so that no proposer waits for a slower node.
//    If nodes keep records (`durable`), the search also chooses when a node flushes or crashes.
// 3. An oracle with its own record of what was sent (search_oracle.h) checks every state.
#pragma once

#include <cstdint>
#include <string>

#include "paxos/options.h"

namespace paxos::sim {

struct SearchScope {
    Variant variant = default_variant;
    std::size_t nodes = 3;      ///< All nodes are acceptors and learners.
    std::size_t proposers = 2;  ///< Nodes 0 .. proposers - 1 may take over.
    Slot slots = 1;
    std::size_t accept_quorum = 0;  ///< Options::accept_quorum.
    bool runs = false;              ///< One message may cover a run of slots (S44).
    /// The log ring has two slots, so that a node may fall behind and skip slots that a peer no
    /// longer retains.
    bool ring_of_two = false;
    /// Nodes keep records. A flush is a choice, and so is a crash, after which the node restarts
    /// from what was flushed.
    bool durable = false;
    unsigned crashes = 0;  ///< Maximum number of crashes in one history, over all nodes.
    unsigned ballots = 3;  ///< Maximum number of ballots in one history, over all proposers.
    /// Ballot counters start here and cross 2^32, which reveals code with 32-bit counters (S36).
    std::uint64_t first_counter = (std::uint64_t{1} << 32) - 1;
    /// The search stops, and is incomplete, after this many states.
    std::uint64_t states_max = ~std::uint64_t{0};
    /// Drops messages in flight that have no effect, or the same effect as another message. At the
    /// end the search verifies that this is also true later (search.cpp). If `forgets` is false,
    /// the result is the same, but the search has far more states.
    bool forgets = true;
    /// Audits one in this many of the states that were merged as equal (search_nodes.h); 0: none.
    unsigned audit_one_in = 16;
};

struct SearchResult {
    bool complete = false;     ///< Every state was visited, and no message was dropped wrongly.
    std::uint64_t states = 0;  ///< Distinct states of the cluster.
    /// Distinct states, ignoring the messages in flight.
    std::uint64_t states_without_messages = 0;
    std::uint64_t transitions = 0;
    std::uint64_t skips = 0;        ///< Transitions in which a node skips slots.
    std::uint64_t node_states = 0;  ///< Distinct states of one node, summed over the nodes.
    std::uint64_t messages = 0;     ///< Distinct messages, counted for each recipient.
    unsigned depth = 0;             ///< One above the number of transitions to the farthest state.
    /// Number of searches. If a dropped message would have had an effect in a later state, the
    /// search is repeated and keeps that message.
    unsigned attempts = 0;
    /// Empty, or the rule that was broken and the shortest history that breaks it.
    std::string failure;
};

[[nodiscard]] SearchResult search(const SearchScope& scope);

}  // namespace paxos::sim
