// See verdict.h.
#include "compare/verdict.h"

#include <fmt/format.h>

#include <cmath>
#include <limits>

#include "base/text.h"
#include "compare/sequential.h"

namespace paxos::compare {
namespace {

bool excludes_zero(const Change& change) { return change.low > 0 || change.high < 0; }

bool lies_within(const Change& change, double margin) {
    return change.low > -margin && change.high < margin;
}

/// The reason for the verdict `inconclusive` if the repetitions show a change that the machine may
/// have caused.
std::string machine_reason(const Figure& figure) {
    const std::string may = fmt::format("; with that uncertainty the change is {} to {}",
                                        percent_text(figure.allowing.low),
                                        percent_text(figure.allowing.high));
    if (figure.doubt.seen >= figure.doubt.unseen)
        return fmt::format("the floor of the machine changed by {:.1f}%",
                           100 * std::expm1(figure.doubt.seen)) +
               may;
    return fmt::format(
               "too few files were made alternately: two measurements of the same build may differ "
               "by {:.1f}%",
               100 * std::expm1(figure.doubt.unseen)) +
           may;
}

void inconclusive(Figure& figure, std::string reason) {
    figure.verdict = Verdict::inconclusive;
    figure.reason = std::move(reason);
}

}  // namespace

std::string_view name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::worse: return "WORSE";
        case Verdict::better: return "better";
        case Verdict::same: return "same";
        case Verdict::inconclusive: return "inconclusive";
        case Verdict::not_comparable: return "not comparable";
    }
    return "";
}

std::string percent_text(double change) {
    if (!std::isfinite(change)) return "-";
    if (change >= 99.995) return ">+9999%";
    if (change >= 9.995) return fmt::format("{:+.0f}%", 100 * change);
    const std::string text = fmt::format("{:+.1f}%", 100 * change);
    return text == "-0.0%" ? "+0.0%" : text;
}

Change widened(const Change& change, double by) {
    const double factor = std::exp(by);
    return {.estimate = change.estimate,
            .low = (1 + change.low) / factor - 1,
            .high = (1 + change.high) * factor - 1};
}

void weigh_blocks(Figure& figure) {
    figure.change = {.estimate = 0, .low = -1, .high = std::numeric_limits<double>::infinity()};
    if (!figure.log_ratios.empty())
        figure.change = shift_of_pairs(figure.log_ratios, analysis_confidence());
    figure.allowing = figure.change;
    figure.visible = smallest_detectable(figure.change, analysis_confidence());
}

bool is_settled(const Figure& figure, double detect) {
    // An inconclusive figure is settled too if its interval is no wider than `detect`, because the
    // interval then cannot contain both zero and a change of that size.
    return figure.verdict != Verdict::inconclusive ||
           figure.change.high - figure.change.low <= detect;
}

void set_verdict(Figure& figure, double margin) {
    const Change& change = figure.change;
    const std::string beyond = fmt::format("the margin of {:g}%", 100 * margin);
    const bool is_in_turn = !figure.log_ratios.empty();
    if (!is_in_turn && (figure.base_count == 1 || figure.fresh_count == 1))
        return inconclusive(figure, "one repetition is not enough (--repetitions 10)");
    if (!std::isfinite(change.high))
        return inconclusive(
            figure,
            is_in_turn ? counted(figure.log_ratios.size(), "block") +
                             (figure.log_ratios.size() == 1 ? " is" : " are") +
                             " too few for an interval; a longer --max-time allows more"
                       : fmt::format(
                             "{} and {} repetitions are too few for an interval (--repetitions 10)",
                             figure.base_count, figure.fresh_count));
    // For the verdict `same`, the widened interval must lie within the margin, because a change of
    // the machine in the opposite direction may have hidden a change of the build.
    if (lies_within(widened(change, figure.doubt.seen), margin)) {
        figure.verdict = Verdict::same;
        figure.reason = "within " + beyond;
        return;
    }
    if (!excludes_zero(change) && figure.visible > 1)
        return inconclusive(
            figure, fmt::format("the runs differ too much from each other: only a change above "
                                "{:.0f}% would probably have been detected",
                                100 * figure.visible));
    if (!excludes_zero(change))
        return inconclusive(
            figure,
            fmt::format(
                "no change detected; a change of {:.1f}% or more would probably have been detected",
                100 * figure.visible));
    if (std::abs(change.estimate) <= margin)
        return inconclusive(figure, is_in_turn
                                        ? "there is a change, but it may be within " + beyond
                                        : "there is a change, but it may be within " + beyond +
                                              ", or the machine may have caused it");
    if (!excludes_zero(figure.allowing)) return inconclusive(figure, machine_reason(figure));
    const bool is_gain = (change.estimate > 0) == traits_of(figure.metric).more_is_better;
    figure.verdict = is_gain ? Verdict::better : Verdict::worse;
    figure.reason = "beyond " + beyond;
    if (!is_in_turn)
        figure.reason += fmt::format("; after allowing for changes of the machine: {} to {}",
                                     percent_text(figure.allowing.low),
                                     percent_text(figure.allowing.high));
}

}  // namespace paxos::compare
