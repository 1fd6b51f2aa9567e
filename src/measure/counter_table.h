// The counters of a node, in one table. Publishing, summing and the result file iterate over it, so
// a new counter needs a member and a row here, and a source in node/recorder.cpp.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>

namespace paxos::measure {

/// Counts from the start of a node, or their sums over all nodes.
struct Counters {
    // The ledger of the cluster when nothing is in flight: sent = received + lost. `kernel_dropped`
    // counts a dropped send of many datagrams as one.
    std::uint64_t datagrams_sent = 0, datagrams_received = 0, kernel_dropped = 0, send_errors = 0;
    std::uint64_t segment_fallbacks = 0;  ///< UDP_SEGMENT failed and was switched off.
    std::uint64_t injected_lost = 0, injected_duplicated = 0, injected_reordered = 0,
                  injected_corrupted = 0, injected_delayed = 0;
    // As in paxos::Counters.
    std::uint64_t late = 0, outside_ring = 0, unanswered = 0, decided = 0, decided_first = 0,
                  preemptions = 0, takeovers = 0, ballots_exhausted = 0;
};

struct Counter {
    const char* group;  ///< The object in the result file.
    const char* name;   ///< The key in that object.
    std::uint64_t Counters::* member;
};

inline constexpr Counter counter_table[]{
    {"datagrams", "sent", &Counters::datagrams_sent},
    {"datagrams", "received", &Counters::datagrams_received},
    {"datagrams", "kernel_dropped", &Counters::kernel_dropped},
    {"datagrams", "send_errors", &Counters::send_errors},
    {"datagrams", "segment_fallbacks", &Counters::segment_fallbacks},
    {"injected", "lost", &Counters::injected_lost},
    {"injected", "duplicated", &Counters::injected_duplicated},
    {"injected", "reordered", &Counters::injected_reordered},
    {"injected", "corrupted", &Counters::injected_corrupted},
    {"injected", "delayed", &Counters::injected_delayed},
    {"protocol", "late", &Counters::late},
    {"protocol", "outside_ring", &Counters::outside_ring},
    {"protocol", "unanswered", &Counters::unanswered},
    {"protocol", "decided", &Counters::decided},
    {"protocol", "decided_first", &Counters::decided_first},
    {"protocol", "preemptions", &Counters::preemptions},
    {"protocol", "takeovers", &Counters::takeovers},
    {"protocol", "ballots_exhausted", &Counters::ballots_exhausted},
};
inline constexpr std::size_t counter_count = std::size(counter_table);
static_assert(sizeof(Counters) == counter_count * sizeof(std::uint64_t), "one row per counter");

}  // namespace paxos::measure
