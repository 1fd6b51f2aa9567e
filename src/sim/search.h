// An exhaustive search of a small world: the real protocol's nodes, and everything that a network
// without honour may do to them, breadth first (safety.md, proof 4).
//
// 1. A message that has been said may be delivered at any time, any number of times, or never: the
//    network is the set of all that was ever said. Loss, duplication, reordering, delay,
//    partitions, pauses and crashes are all in it.
// 2. Time stands still. A timer is a choice: a proposer takes over; it retransmits; in a ring of
//    two, a node left behind by a peer skips. In a ring of two no node waits for a slower one
//    (options in search_nodes.h).
// 3. What is right is judged in every state by books of the search's own (search_books.h).
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
    /// The ring has two slots, and a node may be left behind: it skips slots that a peer no longer
    /// retains.
    bool ring_of_two = false;
    unsigned ballots = 3;  ///< Ballots begun in a history, all proposers together.
    /// The counters cross 2^32, so that whoever keeps them in 32 bits is found (S36).
    std::uint64_t first_counter = (std::uint64_t{1} << 32) - 1;
    std::uint64_t states_max = ~std::uint64_t{0};  ///< Gives up there, incomplete.
    /// Letters that make no difference (search.cpp). Without: the same, in far more states.
    bool forgets = true;
    /// Of the states taken for the same, how many are compared (search_nodes.h).
    unsigned audit_one_in = 16;
};

struct SearchResult {
    bool complete = false;  ///< Every state was seen, and nothing was left out wrongly.
    std::uint64_t states = 0;
    std::uint64_t happened = 0;  ///< States that differ in more than what is under way.
    std::uint64_t transitions = 0;
    std::uint64_t skips = 0;  ///< Transitions in which a node left behind skips.
    std::uint64_t node_states = 0;
    std::uint64_t messages = 0;  ///< Different ones.
    unsigned depth = 0;          ///< Of the longest shortest history.
    unsigned rounds = 0;         ///< Searches until no message was forgotten too early.
    /// Empty, or the rule that was broken and the shortest history that breaks it.
    std::string failure;
};

[[nodiscard]] SearchResult search(const SearchScope& scope);

}  // namespace paxos::sim
