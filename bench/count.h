// How a benchmark says what one thing cost.
#pragma once

#include <benchmark/benchmark.h>

namespace paxos::bench {

/// `count` things were done while the clock ran; `name` is "per_" and what they are.
inline void report(benchmark::State& state, const char* name, std::size_t count) {
    using benchmark::Counter;
    state.SetItemsProcessed(static_cast<std::int64_t>(count));
    // An inverted rate is seconds a thing: shown as "12.7ns", 1.27e-08 in the JSON file.
    state.counters[name] = Counter(static_cast<double>(count), Counter::kIsRate | Counter::kInvert);
}

}  // namespace paxos::bench
