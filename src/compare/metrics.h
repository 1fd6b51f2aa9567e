// The figures that are compared for each window (number of rounds in flight). Each has its names,
// its unit, and whether more is better.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string_view>

namespace paxos::compare {

enum class Metric : std::uint8_t { rate, p50, p99, p99_9, max, cpu, datagrams };
inline constexpr std::size_t metric_count = static_cast<std::size_t>(Metric::datagrams) + 1;

enum class Unit : std::uint8_t { per_second, nanoseconds, plain };

struct MetricTraits {
    Metric metric;
    std::string_view name;  ///< The name in a table.
    std::string_view key;   ///< The name in the JSON output.
    Unit unit;
    bool more_is_better;
};

inline constexpr std::array<MetricTraits, metric_count> metrics{{
    {Metric::rate, "rate", "decisions_per_second", Unit::per_second, true},
    {Metric::p50, "p50", "latency_ns_p50", Unit::nanoseconds, false},
    {Metric::p99, "p99", "latency_ns_p99", Unit::nanoseconds, false},
    {Metric::p99_9, "p99.9", "latency_ns_p99_9", Unit::nanoseconds, false},
    {Metric::max, "max", "latency_ns_max", Unit::nanoseconds, false},
    {Metric::cpu, "cpu", "cpu_ns_per_decision", Unit::nanoseconds, false},
    {Metric::datagrams, "datagrams", "datagrams_per_decision", Unit::plain, false},
}};

constexpr bool metrics_are_in_order() {
    for (std::size_t i = 0; i < metrics.size(); ++i)
        if (static_cast<std::size_t>(metrics[i].metric) != i) return false;
    return true;
}
static_assert(metrics_are_in_order(), "the table is in the order of Metric");

[[nodiscard]] constexpr const MetricTraits& traits_of(Metric metric) {
    return metrics[static_cast<std::size_t>(metric)];
}

}  // namespace paxos::compare
