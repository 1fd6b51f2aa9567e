// See wording.h.
#include "compare/wording.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "measure/text.h"

namespace paxos::compare {

std::string value_text(double value, Unit unit) {
    switch (unit) {
        case Unit::per_second: return measure::rate_text(value);
        case Unit::nanoseconds: return measure::time_text(value);
        case Unit::plain: break;
    }
    return measure::scaled_text(value);
}

std::string figure_text(const Figure& figure) {
    std::string text = std::string(traits_of(figure.metric).name) + " at " +
                       std::to_string(figure.base_window);
    if (figure.fresh_window != figure.base_window)
        text += "/" + std::to_string(figure.fresh_window);
    return text;
}

std::string interval_text(const Change& change) {
    if (!std::isfinite(change.high)) return "-";
    return percent_text(change.low) + " to " + percent_text(change.high);
}

std::string visible_text(double visible) {
    // Omits the sign, because the text applies to both directions.
    const std::string text = percent_text(visible);
    const std::size_t sign = text.find('+');
    return sign == std::string::npos ? text : text.substr(0, sign) + text.substr(sign + 1);
}

std::string origin_text(const Head& head, bool is_in_turn) {
    std::string text = measure::counted(head.repetitions, "repetition") +
                       (is_in_turn ? " of " : " in ");
    if (head.paths.size() > 1) text += measure::counted(head.paths.size(), "file") + ", from ";
    text += head.paths.front();
    if (head.paths.size() > 1) text += " to " + head.paths.back();
    text += ", " + head.first_date;
    return head.last_date == head.first_date ? text : text + " to " + head.last_date;
}

std::string in_turn_text(const Comparison& comparison) {
    if (!comparison.in_turn) return {};
    const InTurn& in_turn = *comparison.in_turn;
    std::string text = fmt::format("{} of four runs in {:.1f}s, ",
                                   measure::counted(in_turn.blocks.size(), "block"),
                                   in_turn.elapsed_s);
    if (in_turn.ended_by == "decided")
        text += "until all figures were decided";
    else if (in_turn.ended_by == "time")
        text += "until the time was up (--max-time)";
    else if (in_turn.ended_by == "analyses")
        text += "the maximum number of blocks";
    else
        text += "stopped by " + in_turn.ended_by;
    text += "; each run:";
    for (const std::string& word : in_turn.options) text += " " + word;
    return text;
}

std::string change_text(const Comparison& comparison) {
    constexpr double differs_min = 0.01;
    const bool differs = std::ranges::any_of(comparison.primary, [](const Figure& figure) {
        return figure.base > 0 &&
               std::abs(figure.fresh / figure.base - 1 - figure.change.estimate) > differs_min;
    });
    if (!differs) return "";
    return comparison.in_turn
               ? "computed within each block, not from the two medians shown"
               : "the median over all pairs of runs, not the ratio of the two medians shown";
}

std::string controls_text(const std::vector<Control>& controls) {
    std::string text;
    for (const Control& control : controls)
        text += (text.empty() ? "" : ", ") + fmt::format("{} {} -> {} ({})", control.name,
                                                         value_text(control.base, control.unit),
                                                         value_text(control.fresh, control.unit),
                                                         percent_text(control.change));
    return text;
}

std::vector<std::string> difference_texts(const Differences& differences, bool asked) {
    std::vector<std::string> texts;
    for (const auto* list : {&differences.settings, &differences.machine})
        for (const Difference& difference : *list)
            if (difference.is_asked == asked)
                texts.push_back(difference.name + " " + difference.base + " -> " +
                                difference.fresh);
    return texts;
}

}  // namespace paxos::compare
