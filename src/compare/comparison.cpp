// See comparison.h.
#include "compare/comparison.h"

#include <algorithm>

#include "compare/figures.h"

namespace paxos::compare {
namespace {

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

/// The notes below the verdicts.
std::vector<std::string> notes_of(const Comparison& comparison, const Streaks& streaks,
                                  bool is_same_file) {
    std::vector<std::string> notes;
    if (is_same_file)
        notes.emplace_back("same file: both sides are the same runs, so nothing was compared");
    else if (comparison.has(Verdict::inconclusive) && streaks.base + streaks.fresh == 2)
        notes.emplace_back(
            "one side was measured before the other. How much the machine changed in between can "
            "only be estimated; paxos_fast ab OLD NEW runs two builds alternately");
    else if (comparison.has(Verdict::inconclusive))
        notes.emplace_back(
            "to detect smaller changes, use a quieter machine, pool more files of alternating runs "
            "(BASE... --with NEW...), or run paxos_fast ab OLD NEW");
    if (comparison.base.degraded || comparison.fresh.degraded)
        notes.emplace_back(
            "--allow-degraded: in some of these runs a node died, was silent or was left behind");
    if (comparison.controls.empty())
        notes.emplace_back(
            "the floor is not measured on both sides, so changes of the machine are unknown");
    if (comparison.has(Verdict::not_comparable))
        notes.emplace_back("to compare despite this difference, use --across NAME,...");
    return notes;
}

/// The notes for builds that ran alternately.
std::vector<std::string> notes_of(const Comparison& comparison) {
    std::vector<std::string> notes{
        "in at least 95% of comparisons, every interval printed for rate and p50 contains the true "
        "change"};
    if (comparison.has(Verdict::inconclusive) && !comparison.is_decided())
        notes.emplace_back(
            "to detect smaller changes, allow more time (--max-time) or use a quieter machine");
    return notes;
}

}  // namespace

bool Comparison::has(Verdict verdict) const {
    return std::any_of(primary.begin(), primary.end(),
                       [&](const Figure& figure) { return figure.verdict == verdict; });
}

bool Comparison::is_decided() const {
    return std::all_of(primary.begin(), primary.end(),
                       [&](const Figure& figure) { return is_settled(figure, in_turn->detect); });
}

bool compare(const Side& base, const Side& fresh, const Terms& terms, Comparison& comparison,
             std::string& why) {
    comparison = {};
    comparison.base = head_of(base);
    comparison.fresh = head_of(fresh);
    comparison.terms = terms;
    comparison.differences = differences_of(base.front(), fresh.front(), terms.across);
    comparison.controls = controls_of(base, fresh, comparison.differences);
    if (!add_figures(base, fresh, comparison, why)) return false;
    const bool is_same_file = base.size() == 1 && fresh.size() == 1 &&
                              base[0].date == fresh[0].date && base[0].rows == fresh[0].rows;
    comparison.notes = notes_of(comparison, streaks_of(base, fresh), is_same_file);
    return true;
}

bool compare_in_turn(const Side& base, const Side& fresh, const Terms& terms, const InTurn& in_turn,
                     Comparison& comparison, std::string& why) {
    comparison = {};
    comparison.base = head_of(base);
    comparison.fresh = head_of(fresh);
    for (Head* const head : {&comparison.base, &comparison.fresh}) head->paths.resize(1);
    comparison.terms = terms;
    comparison.in_turn = in_turn;
    if (!add_figures(base, fresh, comparison, why)) return false;
    comparison.notes = notes_of(comparison);
    return true;
}

}  // namespace paxos::compare
