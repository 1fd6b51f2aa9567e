// Reports the cost of one item.
#pragma once

#include <benchmark/benchmark.h>

namespace paxos::bench {

/// Adds a counter for the cost of one item. The cost is the measured time divided by `count`, the
/// number of items that were processed in this time. `name` is "per_" followed by the kind of item.
inline void report(benchmark::State& state, const char* name, std::size_t count) {
    using benchmark::Counter;
    state.SetItemsProcessed(static_cast<std::int64_t>(count));
    // An inverted rate is in seconds per item: "12.7ns" on the terminal, 1.27e-08 in the JSON file.
    state.counters[name] = Counter(static_cast<double>(count), Counter::kIsRate | Counter::kInvert);
}

}  // namespace paxos::bench
