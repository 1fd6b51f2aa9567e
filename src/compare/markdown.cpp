// The comparison for a pull request. See outputs.h.
#include "compare/outputs.h"
#include "compare/wording.h"

namespace paxos::compare {
namespace {

/// What a file says may hold what means something in a table of markdown.
std::string escaped(std::string_view text) {
    std::string result;
    for (const char letter : text) {
        if (std::string_view("|\\`*_<>[]").find(letter) != std::string_view::npos) result += '\\';
        result += letter;
    }
    return result;
}

std::string row_of(const Figure& figure) {
    const Unit unit = traits_of(figure.metric).unit;
    const std::string judgement = figure.judgement ? std::string(name_of(*figure.judgement)) : "";
    std::string row = "|";
    for (const std::string& cell :
         {figure_text(figure), value_text(figure.base, unit), value_text(figure.fresh, unit),
          percent_text(figure.change.estimate), interval_text(figure.change),
          visible_text(figure.visible), judgement.empty() ? judgement : "**" + judgement + "**"})
        row += " " + (cell.starts_with("**") ? cell : escaped(cell)) + " |";
    return row + "\n";
}

std::string head_of(std::string_view label, const Head& head, bool is_in_turn) {
    return "- " + std::string(label) + ": " + escaped(build_text(head.build)) + "; " +
           escaped(origin_text(head, is_in_turn)) + "\n";
}

std::string items(std::string_view label, const std::vector<std::string>& texts) {
    std::string all;
    for (const std::string& text : texts)
        all += "- " + std::string(label) + ": " + escaped(text) + "\n";
    return all;
}

}  // namespace

std::string markdown_of(const Comparison& comparison, bool all) {
    std::string text =
        "| figure | base | new | change | 95 % interval | detectable | verdict |\n"
        "|---|--:|--:|--:|--:|--:|---|\n";
    for (const Figure& figure : comparison.judged) text += row_of(figure);
    if (all)
        for (const Figure& figure : comparison.others) text += row_of(figure);
    text += "\n";
    for (const Figure& figure : comparison.judged)
        text += "- **" + std::string(name_of(*figure.judgement)) + "** " +
                escaped(figure_text(figure)) + ": " + escaped(figure.reason) + "\n";
    const bool is_in_turn = comparison.in_turn.has_value();
    text += head_of("base", comparison.base, is_in_turn) +
            head_of("new", comparison.fresh, is_in_turn);
    if (is_in_turn) text += "- in turn: " + escaped(in_turn_text(comparison)) + "\n";
    text += items("across", difference_texts(comparison.differences, true));
    text += items("different", difference_texts(comparison.differences, false));
    if (!comparison.controls.empty())
        text += "- floor (bare UDP, no Paxos): " + escaped(controls_text(comparison.controls)) +
                "\n";
    return text + items("note", comparison.notes);
}

}  // namespace paxos::compare
