// See figures.h.
#include "compare/figures.h"

#include <algorithm>
#include <utility>

#include "measure/text.h"

namespace paxos::compare {
namespace {

/// A window of the base and the window of the new side that it is compared with.
using Pair = std::pair<std::uint64_t, std::uint64_t>;

/// Pairs each window that is on both sides with itself. If there is none, pairs the windows by
/// position, provided that `across_windows` is true and both sides have equally many windows.
std::vector<Pair> pairs_of(const Side& base, const Side& fresh, bool across_windows) {
    const std::vector<std::uint64_t> before = windows_of(base), after = windows_of(fresh);
    std::vector<Pair> pairs;
    for (const std::uint64_t window : before)
        if (std::binary_search(after.begin(), after.end(), window))
            pairs.emplace_back(window, window);
    if (!pairs.empty() || !across_windows || before.size() != after.size()) return pairs;
    for (std::size_t i = 0; i < before.size(); ++i) pairs.emplace_back(before[i], after[i]);
    return pairs;
}

std::string list_of(const std::vector<std::uint64_t>& windows) {
    std::string text;
    for (const std::uint64_t window : windows)
        text += (text.empty() ? "" : ",") + std::to_string(window);
    return text.empty() ? "none" : text;
}

bool is_virtual(const Side& side) {
    const auto fact = side.front().machine.find("hypervisor");
    return fact != side.front().machine.end() && fact->second == "true";
}

/// The maximum share of blocks that may lack a figure. A block is four runs. A run with fewer than
/// twenty rounds has no p50, so its block is left out. Leaving out the block favours neither build,
/// because the cause of so few rounds is the machine. But if most blocks are left out, the rest is
/// not a valid sample.
constexpr double gaps_share_max = 0.5;

class Comparer {
public:
    Comparer(const Side& base, const Side& fresh, Comparison& comparison)
        : base_(base), fresh_(fresh), comparison_(comparison) {}

    void take(const std::vector<Pair>& pairs) {
        for (const Pair& pair : pairs)
            for (const MetricTraits& metric : metrics) {
                const bool is_primary = (metric.metric == Metric::rate && pair == pairs.back()) ||
                                        (metric.metric == Metric::p50 && pair == pairs.front());
                take(metric.metric, pair, is_primary);
            }
        // Puts the rate first, as in the summary.
        std::stable_sort(comparison_.primary.begin(), comparison_.primary.end(),
                         [](const Figure& a, const Figure& b) { return a.metric < b.metric; });
    }

private:
    void take(Metric metric, const Pair& pair, bool is_primary) {
        const Sample before = sample_of(base_, pair.first, metric);
        const Sample after = sample_of(fresh_, pair.second, metric);
        if (before.empty() || after.empty()) return;
        Figure figure = figure_of(metric, pair, before, after);
        if (comparison_.in_turn)
            take_blocks(figure);
        else
            take_repetitions(figure, before, after);
        if (!is_primary) {
            comparison_.others.push_back(std::move(figure));
            return;
        }
        if (has_gaps(figure)) {
            figure.verdict = Verdict::inconclusive;
            figure.reason = "too few rounds for this figure in " + std::to_string(gaps(figure)) +
                            " of " + measure::counted(comparison_.in_turn->blocks.size(), "block") +
                            " (longer runs: -- --duration 1s)";
        } else if (comparison_.differences.are_all_asked()) {
            set_verdict(figure, comparison_.terms.margin);
        } else {
            figure.verdict = Verdict::not_comparable;
            figure.reason = "the two sides differ in more than the build (see above)";
        }
        comparison_.primary.push_back(std::move(figure));
    }

    [[nodiscard]] static Figure figure_of(Metric metric, const Pair& pair, const Sample& before,
                                          const Sample& after) {
        const std::vector<double> base = pooled(before), fresh = pooled(after);
        Figure figure;
        figure.metric = metric;
        figure.base_window = pair.first;
        figure.fresh_window = pair.second;
        figure.base_count = base.size();
        figure.fresh_count = fresh.size();
        figure.base = median(base);
        figure.fresh = median(fresh);
        return figure;
    }

    void take_repetitions(Figure& figure, const Sample& before, const Sample& after) const {
        const std::vector<double> base = pooled(before), fresh = pooled(after);
        figure.change = shift_between(base, fresh, verdict_confidence);
        figure.doubt = doubt_between(
            before, after, comparison_.controls, streaks_of(base_, fresh_),
            usual_spread(figure.metric, is_virtual(base_) || is_virtual(fresh_)));
        figure.allowing = widened(figure.change, figure.doubt.most());
        const double visible = smallest_detectable(figure.change, verdict_confidence);
        figure.visible = widened({.estimate = 0, .low = 0, .high = visible}, figure.doubt.most())
                             .high;
    }

    void take_blocks(Figure& figure) const {
        figure.log_ratios = log_ratios(base_, figure.base_window, fresh_, figure.fresh_window,
                                       figure.metric);
        weigh_blocks(figure);
    }

    /// The number of blocks in which one of the four runs lacks the figure.
    [[nodiscard]] std::size_t gaps(const Figure& figure) const {
        return comparison_.in_turn ? comparison_.in_turn->blocks.size() - figure.log_ratios.size()
                                   : 0;
    }
    [[nodiscard]] bool has_gaps(const Figure& figure) const {
        return comparison_.in_turn &&
               static_cast<double>(gaps(figure)) >
                   gaps_share_max * static_cast<double>(comparison_.in_turn->blocks.size());
    }

    const Side& base_;
    const Side& fresh_;
    Comparison& comparison_;
};

}  // namespace

bool add_figures(const Side& base, const Side& fresh, Comparison& comparison, std::string& why) {
    const std::vector<Pair> pairs = pairs_of(base, fresh,
                                             comparison.terms.across.contains("window"));
    if (pairs.empty()) {
        why = fresh.front().path +
              ": the two sides have no window in common: " + list_of(windows_of(base)) + " in " +
              base.front().path + ", " + list_of(windows_of(fresh)) + " here";
        return false;
    }
    Comparer(base, fresh, comparison).take(pairs);
    if (!comparison.primary.empty()) return true;
    why =
        fresh.front().path +
        ": the two sides have neither a rate nor a p50 in common, because too few rounds were run";
    return false;
}

}  // namespace paxos::compare
