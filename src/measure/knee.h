// The knee: the highest rate at which a percentile of the latency keeps an objective.
//
// 1. A rate keeps or misses the objective by the majority of its runs: two that agree. One miss may
//    be a disturbance of the machine, and one success may be luck.
// 2. Rates double until one misses, or halve until one keeps it; then bisection. On the way one
//    success is enough, but the knee itself is confirmed by two.
// 3. Pure: told how each run went, it says at which rate the next one is. A search has at most
//    knee_runs_max runs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "measure/result.h"

namespace paxos::measure {

/// "p99<500us": the percentile of a run's latencies must be below the limit.
struct Objective {
    std::string text{};        ///< As given.
    std::string percentile{};  ///< As in result files: "p50", "p99" or "p99_9".
    double fraction = 0;       ///< 0.99 for p99.
    std::uint64_t limit_ns = 0;

    /// False also if there are too few samples for the percentile.
    [[nodiscard]] bool is_met(const RowResult& row) const;
};

/// The first rate of a search, and the lowest one, in rounds a second. The highest is
/// node::rate_max.
inline constexpr std::uint64_t knee_rate_first = 10'000;
inline constexpr std::uint64_t knee_rate_min = 1'000;
/// The search ends when the rates above and below the knee differ by this factor or less.
inline constexpr double knee_resolution = 1.05;
/// A machine without disturbances needs about 20 runs.
inline constexpr unsigned knee_runs_max = 60;

/// How long a run at `rate` is: enough samples for the percentile, and enough time for the backlog
/// of a rate 5 % too high to exceed the limit.
[[nodiscard]] std::uint64_t knee_run_ns(const Objective& objective, std::uint64_t rate);

/// What a search has found.
struct Knee {
    enum class Outcome : std::uint8_t {
        found,
        never_met,   ///< Not even the lowest rate kept the objective.
        always_met,  ///< The highest rate kept it.
        unsettled,   ///< knee_runs_max were not enough: runs at one rate differ too much.
        stopped,     ///< The search did not end.
    };
    Objective objective;
    Outcome outcome = Outcome::stopped;
    std::optional<std::uint64_t> rate{};    ///< The highest rate that kept the objective.
    std::optional<std::uint64_t> missed{};  ///< The lowest rate that missed it.
};
[[nodiscard]] std::string_view name_of(Knee::Outcome outcome);

class KneeSearch {
public:
    /// Rates from `first` down to `least` and up to `most`, in rounds a second. REQUIRES:
    /// 0 < least <= first <= most.
    KneeSearch(std::uint64_t least, std::uint64_t first, std::uint64_t most)
        : least_(least), first_(first), most_(most) {}

    /// The rate of the next run; none: the search has ended.
    [[nodiscard]] std::optional<std::uint64_t> next() const;
    /// A run was made at `rate`, which next() returned.
    void note(std::uint64_t rate, bool is_met);

    /// The result so far. Its objective is empty.
    [[nodiscard]] Knee knee() const;

private:
    /// The runs at one rate.
    struct Tally {
        unsigned met = 0, missed = 0;

        [[nodiscard]] bool has_kept() const { return met >= 2; }
        [[nodiscard]] bool has_missed() const { return missed >= 2; }
    };
    using Tallies = std::map<std::uint64_t, Tally>;
    [[nodiscard]] Tallies::const_iterator lowest_missed() const;
    /// The highest rate below the lowest missed one that kept the objective at least `times` times;
    /// none: end().
    [[nodiscard]] Tallies::const_iterator highest_met(unsigned times) const;

    std::uint64_t least_, first_, most_;
    Tallies tallies_;
    unsigned runs_ = 0;
};

}  // namespace paxos::measure
