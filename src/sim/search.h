// An exhaustive search of a small world, breadth first: the real protocol's nodes and everything
// that an unreliable network may do (safety.md, proof 4).
//
// 1. A message may be delivered at any time, any number of times, or never: the network is the set
//    of all messages ever sent. This covers loss, duplication, reordering, delay, partitions,
//    pauses and crashes.
// 2. Time does not pass. The search chooses when a timer expires: that of a take-over, of a
//    retransmission or, in a ring of two, that of a node left behind, which then skips. In a ring
//    of two no node waits for a slower one (options in search_nodes.h). With records, the search
//    also chooses when a node flushes and when it crashes.
// 3. The search's own record of what happened (search_oracle.h) checks every state.
#pragma once

#include <cstdint>
#include <string>

#include "paxos/options.h"

namespace paxos::sim {

struct SearchScope {
    Variant variant = default_variant;
    std::size_t nodes = 3;      ///< All of them acceptors and learners.
    std::size_t proposers = 2;  ///< Nodes 0 .. proposers - 1 may take over.
    Slot slots = 1;
    std::size_t accept_quorum = 0;  ///< Options::accept_quorum.
    bool runs = false;              ///< One message may cover a run of slots (S44).
    /// The ring has two slots, and a node may be left behind: it skips slots that a peer no longer
    /// retains.
    bool ring_of_two = false;
    /// Nodes keep records. A flush is a choice, and so is a crash, after which the node restarts
    /// from what was flushed.
    bool durable = false;
    unsigned crashes = 0;  ///< In a history, all nodes together.
    unsigned ballots = 3;  ///< Ballots begun in a history, all proposers together.
    /// The counters cross 2^32, which reveals code that keeps them in 32 bits (S36).
    std::uint64_t first_counter = (std::uint64_t{1} << 32) - 1;
    std::uint64_t states_max = ~std::uint64_t{0};  ///< The search stops there, incomplete.
    /// Drops messages in flight that have no effect (search.cpp). If false: the same result, with
    /// far more states.
    bool forgets = true;
    /// Compares one in this many states that were taken for equal (search_nodes.h); 0: none.
    unsigned audit_one_in = 16;
};

struct SearchResult {
    bool complete = false;  ///< Every state was visited, and no message was dropped wrongly.
    std::uint64_t states = 0;
    std::uint64_t happened = 0;  ///< States that differ in more than the messages in flight.
    std::uint64_t transitions = 0;
    std::uint64_t skips = 0;  ///< Transitions in which a node left behind skips.
    std::uint64_t node_states = 0;
    std::uint64_t messages = 0;  ///< Different ones.
    unsigned depth = 0;          ///< The largest number of steps to a state.
    unsigned rounds = 0;         ///< Searches until no message was dropped wrongly.
    /// Empty, or the rule that was broken and the shortest history that breaks it.
    std::string failure;
};

[[nodiscard]] SearchResult search(const SearchScope& scope);

}  // namespace paxos::sim
