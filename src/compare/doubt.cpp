// Estimates how much the machine alone may have changed a figure between two sides. See verdict.h.
#include <algorithm>
#include <cmath>
#include <string>
#include <utility>

#include "compare/statistics.h"
#include "compare/verdict.h"

namespace paxos::compare {
namespace {

/// The usual spread (usual_spread in verdict.h). On a virtual machine the load of other guests
/// dominates. In 40 default runs, one per second, the logarithm of the rate had a standard
/// deviation of 0.14. The logarithm of the latency with one round in flight had a standard
/// deviation of 0.03. The rate switches within a second between two levels that differ by a factor
/// of 1.7, and the floor does not show every such switch. The constants are larger than these
/// standard deviations: with smaller ones, comparisons of a build with itself said WORSE.
constexpr double spread_of_rates_virtual = 0.18;
constexpr double spread_of_times_virtual = 0.05;
constexpr double spread_metal = 0.01;

/// The usual spread has the weight of this many files. A side of n files has the weight of n - 1
/// files (its degrees of freedom), so a few files outweigh the usual spread.
constexpr double guess_weight = 2;

/// 95 % of a normal distribution lie within this many standard deviations of its mean.
constexpr double deviations = 1.96;

/// A figure of the floor. The rate is the only figure that is not steady: it has two levels, with
/// and without coalesced receives. The rate therefore does not show the state of the machine.
struct FloorFigure {
    std::string_view name;
    Unit unit;
    double measure::FloorResult::* figure;
    bool is_steady;
    bool is_of_settings;  ///< The figure depends on the nodes and phases of the run.
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

/// squares_of() for the logarithms of the medians of the files.
double squares_of(const Sample& sample) {
    std::vector<double> logarithms;
    for (const std::vector<double>& file : sample) logarithms.push_back(std::log(median(file)));
    return squares_of(logarithms);
}

/// The variance of the logarithms within files, pooled over the files; 0 if each file has only one
/// repetition.
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

Streaks streaks_of(const Side& base, const Side& fresh) {
    std::vector<std::pair<std::string, bool>> files;
    for (const Result& result : base) files.emplace_back(result.date, false);
    for (const Result& result : fresh) files.emplace_back(result.date, true);
    std::sort(files.begin(), files.end());
    Streaks streaks{.base = 0, .fresh = 0};
    for (std::size_t i = 0; i < files.size(); ++i)
        if (i == 0 || files[i].second != files[i - 1].second)
            ++(files[i].second ? streaks.fresh : streaks.base);
    return streaks;
}

double usual_spread(Metric metric, bool is_virtual) {
    if (!is_virtual) return spread_metal;
    return metric == Metric::rate || metric == Metric::cpu ? spread_of_rates_virtual
                                                           : spread_of_times_virtual;
}

/// Estimates the variance between streaks (Streaks in verdict.h) as a weighted mean of two
/// variances: the variance between the files of a side, and the usual variance, which is the square
/// of `usual_spread` and has the weight of `guess_weight` files. A machine varies between files at
/// least as much as within a file. The variance within the files therefore replaces the usual
/// variance if it is larger. Each side counts as the mean of its streaks. The variance of the
/// difference of the two sides is the sum of the variances of the two means.
Doubt doubt_between(const Sample& base, const Sample& fresh, const std::vector<Control>& controls,
                    const Streaks& streaks, double usual_spread) {
    Doubt doubt;
    for (const Control& control : controls)
        if (control.counts) doubt.seen = std::max(doubt.seen, std::abs(std::log1p(control.change)));
    const double usual = std::max(usual_spread * usual_spread,
                                  (variance_within(base) + variance_within(fresh)) / 2);
    const double variance = (guess_weight * usual + squares_of(base) + squares_of(fresh)) /
                            (guess_weight + static_cast<double>(base.size() + fresh.size() - 2));
    doubt.unseen = deviations * std::sqrt(variance * (1 / static_cast<double>(streaks.base) +
                                                      1 / static_cast<double>(streaks.fresh)));
    return doubt;
}

}  // namespace paxos::compare
