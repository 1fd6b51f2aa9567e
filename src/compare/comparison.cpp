// See comparison.h.
#include "compare/comparison.h"

#include <algorithm>
#include <utility>

namespace paxos::compare {
namespace {

/// A window of the base and the one that it is held against.
using Pair = std::pair<std::uint64_t, std::uint64_t>;

/// Those in both; if none is and windows are what the comparison is across, in their order.
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

Head head_of(const Side& side) {
    Head head{.paths = {},
              .build = side.front().build,
              .first_date = side.front().date,
              .last_date = side.front().date,
              .repetitions = 0,
              .degraded = false};
    for (const Result& result : side) {
        head.paths.push_back(result.path);
        head.degraded |= result.degraded;
        head.first_date = std::min(head.first_date, result.date);
        head.last_date = std::max(head.last_date, result.date);
        std::set<std::uint64_t> repetitions;
        for (const Row& row : result.rows) repetitions.insert(row.repetition);
        head.repetitions += repetitions.size();
    }
    return head;
}

class Comparer {
public:
    Comparer(const Side& base, const Side& fresh, Comparison& comparison)
        : base_(base), fresh_(fresh), comparison_(comparison) {}

    void take(const std::vector<Pair>& pairs) {
        for (const Pair& pair : pairs)
            for (const MetricTraits& metric : metrics) {
                const bool is_judged = (metric.metric == Metric::rate && pair == pairs.back()) ||
                                       (metric.metric == Metric::p50 && pair == pairs.front());
                take(metric.metric, pair, is_judged);
            }
        // The rate first, as in the summary's order of importance.
        std::stable_sort(comparison_.judged.begin(), comparison_.judged.end(),
                         [](const Figure& a, const Figure& b) { return a.metric < b.metric; });
    }

private:
    void take(Metric metric, const Pair& pair, bool is_judged) {
        const Sample before = sample_of(base_, pair.first, metric);
        const Sample after = sample_of(fresh_, pair.second, metric);
        if (before.empty() || after.empty()) return;
        Figure figure = figure_of(metric, pair, before, after);
        if (!is_judged) {
            comparison_.others.push_back(std::move(figure));
            return;
        }
        if (comparison_.differences.are_all_asked()) {
            judge(figure, comparison_.terms.margin);
        } else {
            figure.judgement = Judgement::not_comparable;
            figure.reason = "the two sides differ in more than the build, as said above";
        }
        comparison_.judged.push_back(std::move(figure));
    }

    [[nodiscard]] Figure figure_of(Metric metric, const Pair& pair, const Sample& before,
                                   const Sample& after) const {
        const std::vector<double> base = pooled(before), fresh = pooled(after);
        Figure figure{.metric = metric,
                      .base_window = pair.first,
                      .fresh_window = pair.second,
                      .base_count = base.size(),
                      .fresh_count = fresh.size(),
                      .base = median(base),
                      .fresh = median(fresh),
                      .change = shift_between(base, fresh, confidence),
                      .allowing = {},
                      .test = mann_whitney(base, fresh),
                      .visible = smallest_detectable(base, fresh, confidence),
                      .doubt = doubt_between(before, after, comparison_.controls, turns_of(base_, fresh_),
                                             is_virtual(base_) || is_virtual(fresh_)),
                      .judgement = std::nullopt,
                      .reason = {}};
        figure.allowing = widened(figure.change, figure.doubt.most());
        figure.visible = widened({.estimate = 0, .low = 0, .high = figure.visible}, figure.doubt.most())
                             .high;
        return figure;
    }

    const Side& base_;
    const Side& fresh_;
    Comparison& comparison_;
};

/// What the reader of the verdicts has to know.
std::vector<std::string> notes_of(const Comparison& comparison, const Turns& turns) {
    std::vector<std::string> notes;
    if (comparison.has(Judgement::inconclusive) && turns.base + turns.fresh == 2)
        notes.emplace_back(
            "one side was measured before the other: what the machine did in between is only "
            "guessed at. paxos_fast ab OLD NEW runs two builds in turn");
    else if (comparison.has(Judgement::inconclusive))
        notes.emplace_back(
            "more turns (BASE... --with NEW..., or paxos_fast ab OLD NEW) or a quieter machine "
            "will "
            "show more");
    if (comparison.base.degraded || comparison.fresh.degraded)
        notes.emplace_back(
            "a node died or was left behind in some of these runs (--allow-degraded)");
    if (comparison.controls.empty())
        notes.emplace_back("no floor in both: whether the machine itself has moved is not known");
    if (comparison.has(Judgement::not_comparable))
        notes.emplace_back("if the difference is the very question: --across NAME,...");
    return notes;
}

}  // namespace

bool Comparison::has(Judgement judgement) const {
    return std::any_of(judged.begin(), judged.end(),
                       [&](const Figure& figure) { return figure.judgement == judgement; });
}

bool compare(const Side& base, const Side& fresh, const Terms& terms, Comparison& comparison,
             std::string& why) {
    comparison = {};
    comparison.base = head_of(base);
    comparison.fresh = head_of(fresh);
    comparison.terms = terms;
    comparison.differences = differences_of(base.front(), fresh.front(), terms.across);
    comparison.controls = controls_of(base, fresh, comparison.differences);
    const std::vector<Pair> pairs = pairs_of(base, fresh, terms.across.contains("window"));
    if (pairs.empty()) {
        why = fresh.front().path + ": no window is on both sides: " + list_of(windows_of(base)) +
              " in " + base.front().path + ", " + list_of(windows_of(fresh)) + " here";
        return false;
    }
    Comparer(base, fresh, comparison).take(pairs);
    if (comparison.judged.empty()) {
        why = fresh.front().path +
              ": neither rate nor p50 is on both sides: too few rounds were run";
        return false;
    }
    comparison.notes = notes_of(comparison, turns_of(base, fresh));
    return true;
}

}  // namespace paxos::compare
