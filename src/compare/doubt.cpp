// How far the machine alone may have moved a figure between two sides. See judge.h.
#include <algorithm>
#include <cmath>

#include "compare/judge.h"
#include "compare/statistics.h"

namespace paxos::compare {
namespace {

/// What files of one and the same program differ by (standard deviation of the logarithm) where
/// nothing else is known of it: on a virtual machine the neighbours decide.
constexpr double usual_spread_virtual = 0.04;
constexpr double usual_spread_metal = 0.01;

/// That guess counts like so many files more than the first; what the files themselves show soon
/// outweighs it.
constexpr double guess_weight = 2;

/// A normal distribution's 95 % lie within so many standard deviations.
constexpr double deviations = 1.96;

struct FloorFigure {
    std::string_view name;
    Unit unit;
    double measure::FloorResult::* figure;
};
constexpr FloorFigure floor_figures[] = {
    {"round trip", Unit::nanoseconds, &measure::FloorResult::rtt_ns_p50},
    {"round", Unit::nanoseconds, &measure::FloorResult::round_ns_p50},
    {"rate", Unit::per_second, &measure::FloorResult::decisions_per_second}};

/// The sum of the squared distances of the files' medians from their mean, as logarithms.
double squares_of(const Sample& sample) {
    double mean = 0, squares = 0;
    for (const std::vector<double>& file : sample)
        mean += std::log(median(file)) / static_cast<double>(sample.size());
    for (const std::vector<double>& file : sample) squares += std::pow(std::log(median(file)) - mean, 2);
    return squares;
}

}  // namespace

std::vector<Control> controls_of(const Side& base, const Side& fresh) {
    std::vector<Control> controls;
    for (const FloorFigure& floor : floor_figures) {
        const std::vector<double> before = floors_of(base, floor.figure);
        const std::vector<double> after = floors_of(fresh, floor.figure);
        if (before.empty() || after.empty()) continue;
        Control control{
            .name = floor.name, .unit = floor.unit, .base = median(before), .fresh = median(after)};
        control.change = control.fresh / control.base - 1;
        controls.push_back(control);
    }
    return controls;
}

/// The variance between files is estimated from the files, with the usual one as if `guess_weight`
/// files more had shown it; of the difference of two sides it is the sum of both means'.
Doubt doubt_between(const Sample& base, const Sample& fresh, const std::vector<Control>& controls,
                    bool is_virtual) {
    Doubt doubt;
    for (const Control& control : controls)
        doubt.seen = std::max(doubt.seen, std::abs(std::log1p(control.change)));
    const auto files_base = static_cast<double>(base.size());
    const auto files_fresh = static_cast<double>(fresh.size());
    const double usual = is_virtual ? usual_spread_virtual : usual_spread_metal;
    const double variance = (guess_weight * usual * usual + squares_of(base) + squares_of(fresh)) /
                            (guess_weight + files_base + files_fresh - 2);
    doubt.unseen = deviations * std::sqrt(variance * (1 / files_base + 1 / files_fresh));
    doubt.lone = base.size() == 1 || fresh.size() == 1;
    return doubt;
}

}  // namespace paxos::compare
