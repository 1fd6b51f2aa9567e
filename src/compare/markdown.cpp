// The comparison as Markdown, for a pull request. See outputs.h.
#include "measure/markdown.h"
#include "compare/outputs.h"
#include "compare/wording.h"

namespace paxos::compare {
namespace {

using measure::markdown_escaped;

std::string row_of(const Figure& figure) {
    const Unit unit = traits_of(figure.metric).unit;
    const std::string verdict = figure.verdict ? std::string(name_of(*figure.verdict)) : "";
    std::string row = "|";
    for (const std::string& cell :
         {figure_text(figure), value_text(figure.base, unit), value_text(figure.fresh, unit),
          percent_text(figure.change.estimate), interval_text(figure.change),
          visible_text(figure.visible), verdict.empty() ? verdict : "**" + verdict + "**"})
        row += " " + (cell.starts_with("**") ? cell : markdown_escaped(cell)) + " |";
    return row + "\n";
}

std::string head_of(std::string_view label, const Head& head, bool is_in_turn) {
    return "- " + std::string(label) + ": " + markdown_escaped(build_text(head.build)) + "; " +
           markdown_escaped(origin_text(head, is_in_turn)) + "\n";
}

std::string items(std::string_view label, const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts)
        all += "- " + std::string(label) + ": " + markdown_escaped(text) + "\n";
    return all;
}

}  // namespace

std::string markdown_of(const Comparison& comparison, bool all) {
    std::string text =
        "| figure | base | new | change | 95 % interval | detectable | verdict |\n"
        "|---|--:|--:|--:|--:|--:|---|\n";
    for (const Figure& figure : comparison.primary) text += row_of(figure);
    if (all)
        for (const Figure& figure : comparison.others) text += row_of(figure);
    text += "\n";
    for (const Figure& figure : comparison.primary)
        text += "- **" + std::string(name_of(*figure.verdict)) + "** " +
                markdown_escaped(figure_text(figure)) + ": " + markdown_escaped(figure.reason) +
                "\n";
    const bool is_in_turn = comparison.in_turn.has_value();
    text += head_of("base", comparison.base, is_in_turn) +
            head_of("new", comparison.fresh, is_in_turn);
    if (is_in_turn) text += "- alternating: " + markdown_escaped(in_turn_text(comparison)) + "\n";
    text += items("across", difference_texts(comparison.differences, true));
    text += items("different", difference_texts(comparison.differences, false));
    if (!comparison.controls.empty())
        text += "- floor (bare UDP, no Paxos): " +
                markdown_escaped(controls_text(comparison.controls)) + "\n";
    return text + items("note", comparison.notes);
}

}  // namespace paxos::compare
