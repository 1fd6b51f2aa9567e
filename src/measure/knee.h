// Searches for the knee: the highest rate at which a percentile of the latency meets an objective.
//
// 1. A rate counts as meeting the objective only after two runs at this rate have met it, and as
//    missing it only after two runs have missed it. A single miss may be a disturbance of the
//    machine, and a single success may be luck.
// 2. If the first rate meets the objective, the rate is doubled until a rate misses it. Otherwise
//    the rate is halved until a rate meets it. The search then bisects. During the search, one run
//    that meets the objective is enough to try a higher rate. At the knee, two runs must meet it.
// 3. The caller makes the runs, reports the result of each run and gets the rate of the next one. A
//    search has at most knee_runs_max runs.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "measure/result.h"

namespace paxos::measure {

/// An objective such as "p99<500us": the percentile of a run's latencies must be below the limit.
struct Objective {
    std::string text{};        ///< As given.
    std::string percentile{};  ///< Its name in result files: "p50", "p99" or "p99_9".
    double fraction = 0;       ///< 0.99 for p99.
    std::uint64_t limit_ns = 0;

    /// False also if there are too few samples for the percentile.
    [[nodiscard]] bool is_met(const RowResult& row) const;
};

/// The first and the lowest rate of a search, in rounds per second. The highest is node::rate_max.
inline constexpr std::uint64_t knee_rate_first = 10'000;
inline constexpr std::uint64_t knee_rate_min = 1'000;
/// The search ends when the rates above and below the knee differ by this factor or less.
inline constexpr double knee_resolution = 1.05;
/// Maximum number of runs of a search. On a machine without disturbances a search needs about 20.
inline constexpr unsigned knee_runs_max = 60;

/// The duration of a run at `rate`, in ns. It is long enough for the samples that the percentile
/// needs. It is also long enough to detect a rate that is 5 % too high. At such a rate the backlog
/// grows, and by the end of the run it delays rounds by the limit of the objective.
[[nodiscard]] std::uint64_t knee_run_ns(const Objective& objective, std::uint64_t rate);

/// What a search has found.
struct Knee {
    enum class Outcome : std::uint8_t {
        found,
        never_met,   ///< Not even the lowest rate met the objective.
        always_met,  ///< Even the highest rate met the objective.
        /// No result after knee_runs_max runs, because runs at one rate differ too much.
        unsettled,
        stopped,  ///< The search was stopped before it ended.
    };
    Objective objective;
    Outcome outcome = Outcome::stopped;
    /// The highest rate below `missed` that met the objective twice.
    std::optional<std::uint64_t> rate{};
    std::optional<std::uint64_t> missed{};  ///< The lowest rate that missed the objective twice.
    /// If `rate` is absent: the highest rate below `missed` that met the objective in one run.
    std::optional<std::uint64_t> met_once{};
};
[[nodiscard]] std::string_view name_of(Knee::Outcome outcome);

class KneeSearch {
public:
    /// Begins at `first` and searches from `least` to `most`, in rounds per second. REQUIRES:
    /// 0 < least <= first <= most.
    KneeSearch(std::uint64_t least, std::uint64_t first, std::uint64_t most)
        : least_(least), first_(first), most_(most) {}

    /// The rate of the next run; none: the search has ended.
    [[nodiscard]] std::optional<std::uint64_t> next() const;
    /// Reports a run at `rate`, which next() returned.
    void note(std::uint64_t rate, bool is_met);

    /// The result so far. Does not set Knee::objective.
    [[nodiscard]] Knee knee() const;

private:
    /// The runs at one rate.
    struct Tally {
        unsigned met = 0, missed = 0;

        [[nodiscard]] bool has_met() const { return met >= 2; }
        [[nodiscard]] bool has_missed() const { return missed >= 2; }
    };
    using Tallies = std::map<std::uint64_t, Tally>;
    [[nodiscard]] Tallies::const_iterator lowest_missed() const;
    /// The highest rate that met the objective at least `times` times and is below the lowest
    /// missed rate; end() if there is none.
    [[nodiscard]] Tallies::const_iterator highest_met(unsigned times) const;

    std::uint64_t least_, first_, most_;
    Tallies tallies_;
    unsigned runs_ = 0;
};

}  // namespace paxos::measure
