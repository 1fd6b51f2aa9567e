#include "measure/knee.h"

#include <algorithm>
#include <cmath>

#include "measure/figures.h"

namespace paxos::measure {
namespace {

constexpr std::uint64_t run_ns_min = 200'000'000;
/// The minimum duration of a run, as a multiple of the latency limit. If the rate is 5 % too high,
/// the backlog delays a round by 5 % of the time since the run began. A run that lasts 20 times the
/// limit is long enough for this delay to reach the limit.
constexpr std::uint64_t limits_per_run = 20;

/// The geometric mean of two rates, rounded to three significant digits, so that rate_text() shows
/// it exactly.
std::uint64_t between(std::uint64_t low, std::uint64_t high) {
    const double middle = std::sqrt(static_cast<double>(low) * static_cast<double>(high));
    const double unit = std::pow(10.0, std::max(std::floor(std::log10(middle)) - 2, 0.0));
    return static_cast<std::uint64_t>(std::llround(std::round(middle / unit) * unit));
}

bool is_close(std::uint64_t low, std::uint64_t high) {
    return static_cast<double>(high) <= static_cast<double>(low) * knee_resolution;
}

}  // namespace

bool Objective::is_met(const RowResult& row) const {
    const std::optional<double> value = measure::percentile(*row.latency, fraction);
    return value && *value < static_cast<double>(limit_ns);
}

std::uint64_t knee_run_ns(const Objective& objective, std::uint64_t rate) {
    // One tenth more samples than percentile() needs, because a run that ends by time may have
    // fewer than expected.
    const double samples = 11 / (1 - objective.fraction);
    const auto samples_ns = static_cast<std::uint64_t>(samples * 1e9 / static_cast<double>(rate));
    return std::max({run_ns_min, limits_per_run * objective.limit_ns, samples_ns});
}

std::string_view name_of(Knee::Outcome outcome) {
    switch (outcome) {
        case Knee::Outcome::found: return "found";
        case Knee::Outcome::never_met: return "never_met";
        case Knee::Outcome::always_met: return "always_met";
        case Knee::Outcome::unsettled: return "unsettled";
        case Knee::Outcome::stopped: break;
    }
    return "stopped";
}

KneeSearch::Tallies::const_iterator KneeSearch::lowest_missed() const {
    return std::ranges::find_if(tallies_, [](const auto& one) { return one.second.has_missed(); });
}

KneeSearch::Tallies::const_iterator KneeSearch::highest_met(unsigned times) const {
    auto found = tallies_.end();
    for (auto one = tallies_.begin(); one != lowest_missed(); ++one)
        if (one->second.met >= times) found = one;
    return found;
}

std::optional<std::uint64_t> KneeSearch::next() const {
    if (runs_ == knee_runs_max) return std::nullopt;
    // A rate that missed the objective once and never met it counts neither as met nor as missed.
    // The search therefore chooses this rate again.
    const auto missed = lowest_missed(), met = highest_met(1), end = tallies_.end();
    if (missed == end && met == end) return first_;
    if (missed == end && met->first < most_) return std::min(met->first * 2, most_);
    if (met == end)
        return missed->first > least_ ? std::optional(std::max(missed->first / 2, least_))
                                      : std::nullopt;
    if (missed != end && !is_close(met->first, missed->first))
        return between(met->first, missed->first);
    return met->second.has_met() ? std::nullopt : std::optional(met->first);
}

void KneeSearch::note(std::uint64_t rate, bool is_met) {
    Tally& tally = tallies_[rate];
    ++(is_met ? tally.met : tally.missed);
    ++runs_;
}

Knee KneeSearch::knee() const {
    Knee result;
    const auto missed = lowest_missed(), met = highest_met(2);
    if (missed != tallies_.end()) result.missed = missed->first;
    if (met != tallies_.end()) result.rate = met->first;
    if (const auto once = highest_met(1); !result.rate && once != tallies_.end())
        result.met_once = once->first;
    if (next()) return result;
    if (result.rate == most_)
        result.outcome = Knee::Outcome::always_met;
    else if (result.missed == least_)
        result.outcome = Knee::Outcome::never_met;
    else if (result.rate && result.missed && is_close(*result.rate, *result.missed))
        result.outcome = Knee::Outcome::found;
    else
        result.outcome = Knee::Outcome::unsettled;
    return result;
}

}  // namespace paxos::measure
