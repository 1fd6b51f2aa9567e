// Runs: adjacent messages of a datagram that differ only in slot and value. A handler checks
// the equal fields once per run.
//
// Proposers send requests in batches and acceptors answer them in batches, so most datagrams are
// one run.
#pragma once

#include <algorithm>

#include "paxos/step.h"

namespace paxos {

/// Whether `a` and `b` can be in one run.
[[nodiscard]] inline bool are_alike(const Message& a, const Message& b) {
    return a.kind == b.kind && a.from == b.from && a.slot_count == b.slot_count &&
           a.ballot == b.ballot && a.detail == b.detail;
}

/// Calls `handle(run)` for each run of `arrival`, in order. No run is empty.
template <class Handle>
void for_each_run(const Arrival& arrival, Handle&& handle) {
    for (std::span rest = arrival.messages; !rest.empty();) {
        std::size_t length = arrival.is_run ? rest.size() : 1;
        while (length < rest.size() && are_alike(rest.front(), rest[length])) ++length;
        const std::span run = rest.first(length);
        PAXOS_VERIFY(std::all_of(run.begin(), run.end(), [&](const Message& message) {
            return are_alike(run.front(), message);
        }));
        handle(run);
        rest = rest.subspan(length);
    }
}

}  // namespace paxos
