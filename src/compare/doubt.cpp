// How far the machine alone may have moved a figure between two sides. See judge.h.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "compare/judge.h"
#include "compare/statistics.h"

namespace paxos::compare {
namespace {

/// On a virtual machine the neighbours decide. Of 40 default runs, one a second, rates differed by
/// 0.14 from one to the next: they have two gears, 1.7 apart, and change them within a second,
/// which the floor does not always show. Times of a round alone in the machine differed by 0.03.
constexpr double spread_of_rates_virtual = 0.18;
constexpr double spread_of_times_virtual = 0.05;
constexpr double spread_metal = 0.01;

/// That guess counts like so many files more than the first; what the files themselves show soon
/// outweighs it.
constexpr double guess_weight = 2;

/// A normal distribution's 95 % lie within so many standard deviations.
constexpr double deviations = 1.96;

/// Its rate has two gears, as receives come to be coalesced or not, and is no measure of a mood.
struct FloorFigure {
    std::string_view name;
    Unit unit;
    double measure::FloorResult::* figure;
    bool is_steady;
    bool is_of_settings;  ///< Laid with as many nodes and phases as the run has.
};
constexpr FloorFigure floor_figures[] = {
    {"round trip", Unit::nanoseconds, &measure::FloorResult::rtt_ns_p50, true, false},
    {"round", Unit::nanoseconds, &measure::FloorResult::round_ns_p50, true, true},
    {"rate", Unit::per_second, &measure::FloorResult::decisions_per_second, false, true}};

/// The sum of the squared distances of `logarithms` from their mean.
double squares_of(const std::vector<double>& logarithms) {
    double mean = 0, squares = 0;
    for (const double one : logarithms) mean += one / static_cast<double>(logarithms.size());
    for (const double one : logarithms) squares += (one - mean) * (one - mean);
    return squares;
}

/// That of the files' medians.
double squares_of(const Sample& sample) {
    std::vector<double> logarithms;
    for (const std::vector<double>& file : sample) logarithms.push_back(std::log(median(file)));
    return squares_of(logarithms);
}

/// Of the repetitions of one file; 0 where each has one only.
double variance_within(const Sample& sample) {
    double squares = 0;
    std::size_t freedom = 0;
    for (const std::vector<double>& file : sample) {
        std::vector<double> logarithms;
        for (const double figure : file) logarithms.push_back(std::log(figure));
        squares += squares_of(logarithms);
        freedom += file.size() - 1;
    }
    return freedom == 0 ? 0 : squares / static_cast<double>(freedom);
}

}  // namespace

std::vector<Control> controls_of(const Side& base, const Side& fresh,
                                 const Differences& differences) {
    std::vector<Control> controls;
    for (const FloorFigure& floor : floor_figures) {
        const std::vector<double> before = floors_of(base, floor.figure);
        const std::vector<double> after = floors_of(fresh, floor.figure);
        if (before.empty() || after.empty()) continue;
        Control control{
            .name = floor.name, .unit = floor.unit, .base = median(before), .fresh = median(after)};
        control.change = control.fresh / control.base - 1;
        const bool is_disturbed = !differences.settings.empty() && floor.is_of_settings;
        control.counts = floor.is_steady && !is_disturbed && differences.machine.empty();
        controls.push_back(control);
    }
    return controls;
}

Turns turns_of(const Side& base, const Side& fresh) {
    std::vector<std::pair<std::string, bool>> files;
    for (const Result& result : base) files.emplace_back(result.date, false);
    for (const Result& result : fresh) files.emplace_back(result.date, true);
    std::sort(files.begin(), files.end());
    Turns turns{.base = 0, .fresh = 0};
    for (std::size_t i = 0; i < files.size(); ++i)
        if (i == 0 || files[i].second != files[i - 1].second)
            ++(files[i].second ? turns.fresh : turns.base);
    return turns;
}

double usual_spread(Metric metric, bool is_virtual) {
    if (!is_virtual) return spread_metal;
    return metric == Metric::rate || metric == Metric::cpu ? spread_of_rates_virtual
                                                           : spread_of_times_virtual;
}

/// The variance between turns is estimated from the files, with the usual one as if `guess_weight`
/// files more had shown it; of the difference of two sides it is the sum of both means'. A machine
/// that is restless within a run is no calmer between two: then that is the usual.
Doubt doubt_between(const Sample& base, const Sample& fresh, const std::vector<Control>& controls,
                    const Turns& turns, double usual_spread) {
    Doubt doubt;
    for (const Control& control : controls)
        if (control.counts) doubt.seen = std::max(doubt.seen, std::abs(std::log1p(control.change)));
    const double usual = std::max(usual_spread * usual_spread,
                                  (variance_within(base) + variance_within(fresh)) / 2);
    const double variance = (guess_weight * usual + squares_of(base) + squares_of(fresh)) /
                            (guess_weight + static_cast<double>(base.size() + fresh.size() - 2));
    doubt.unseen = deviations * std::sqrt(variance * (1 / static_cast<double>(turns.base) +
                                                      1 / static_cast<double>(turns.fresh)));
    return doubt;
}

}  // namespace paxos::compare
