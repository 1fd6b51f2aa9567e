// The counters of a node, in one table. The code that publishes the counters, sums them and writes
// the result file iterates over the table. So a new counter needs a member and a row here, and a
// line in node/recorder.cpp that sets the member.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>

namespace paxos {

/// The counts of one node since its start, or the sums over all nodes.
struct NodeCounters {
    // If nothing is in flight, `datagrams_sent - datagrams_received`, summed over the cluster, is
    // the number of datagrams lost on the way. `kernel_dropped` counts a dropped send of several
    // datagrams as one.
    std::uint64_t datagrams_sent = 0, datagrams_received = 0, kernel_dropped = 0, send_errors = 0;
    std::uint64_t segment_fallbacks = 0;  ///< Sends that failed with UDP_SEGMENT, but not without.
    /// With UDP_SEGMENT and UDP_GRO, one send or receive may hold several datagrams. If there are
    /// more receives than sends, some datagrams that were sent together arrived separately.
    std::uint64_t sends = 0, receives = 0;
    std::uint64_t injected_lost = 0, injected_duplicated = 0, injected_reordered = 0,
                  injected_corrupted = 0, injected_delayed = 0;
    // The counters of the same name in paxos::Counters.
    std::uint64_t late = 0, outside_ring = 0, unanswered = 0, decided = 0, decided_first = 0,
                  preemptions = 0, takeovers = 0, ballots_exhausted = 0;
};

/// A row of the table.
struct Counter {
    const char* group;  ///< The object in the result file.
    const char* name;   ///< The key in that object.
    std::uint64_t NodeCounters::* member;
};

inline constexpr Counter counter_table[]{
    {"datagrams", "sent", &NodeCounters::datagrams_sent},
    {"datagrams", "received", &NodeCounters::datagrams_received},
    {"datagrams", "kernel_dropped", &NodeCounters::kernel_dropped},
    {"datagrams", "send_errors", &NodeCounters::send_errors},
    {"datagrams", "segment_fallbacks", &NodeCounters::segment_fallbacks},
    {"datagrams", "sends", &NodeCounters::sends},
    {"datagrams", "receives", &NodeCounters::receives},
    {"injected", "lost", &NodeCounters::injected_lost},
    {"injected", "duplicated", &NodeCounters::injected_duplicated},
    {"injected", "reordered", &NodeCounters::injected_reordered},
    {"injected", "corrupted", &NodeCounters::injected_corrupted},
    {"injected", "delayed", &NodeCounters::injected_delayed},
    {"protocol", "late", &NodeCounters::late},
    {"protocol", "outside_ring", &NodeCounters::outside_ring},
    {"protocol", "unanswered", &NodeCounters::unanswered},
    {"protocol", "decided", &NodeCounters::decided},
    {"protocol", "decided_first", &NodeCounters::decided_first},
    {"protocol", "preemptions", &NodeCounters::preemptions},
    {"protocol", "takeovers", &NodeCounters::takeovers},
    {"protocol", "ballots_exhausted", &NodeCounters::ballots_exhausted},
};
inline constexpr std::size_t counter_count = std::size(counter_table);
static_assert(sizeof(NodeCounters) == counter_count * sizeof(std::uint64_t), "one row per counter");

}  // namespace paxos
