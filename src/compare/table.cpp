// The comparison on a terminal. See outputs.h.
#include "compare/outputs.h"
#include "compare/wording.h"
#include "measure/text.h"

namespace paxos::compare {
namespace {

using measure::left_aligned;
using measure::right_aligned;

constexpr std::size_t label_width = 16;
constexpr std::size_t sentence_lines_max = 6;

class Table {
public:
    Table(const Comparison& comparison, const TableStyle& style)
        : comparison_(comparison), style_(style) {}

    std::string text() {
        if (is_self()) {
            head("itself", comparison_.base);
        } else {
            head("base", comparison_.base);
            head("new", comparison_.fresh);
        }
        if (comparison_.in_turn) {
            sentence("alternating", in_turn_text(comparison_));
        } else {
            differences();
            const std::string floor = controls_text(comparison_.controls);
            sentence("floor",
                     floor.empty() ? "not measured on both sides" : "bare UDP, no Paxos: " + floor);
        }
        text_ += "\n";
        figures();
        text_ += "\n";
        for (const Figure& figure : comparison_.primary)
            sentence(name_of(*figure.verdict), figure_text(figure) + ": " + figure.reason);
        sentence("change", change_text(comparison_));
        sentence("detectable", "the smallest change that these runs would probably have detected");
        for (const std::string& note : comparison_.notes) sentence("note", note);
        return text_;
    }

private:
    [[nodiscard]] bool is_self() const {
        return comparison_.in_turn && comparison_.in_turn->is_self;
    }

    void head(std::string_view label, const Head& head) {
        sentence(label, build_text(head.build));
        sentence("", origin_text(head, comparison_.in_turn.has_value()));
    }

    void differences() {
        const auto listed = [&](std::string_view label, bool asked) {
            std::string all;
            for (const std::string& text : difference_texts(comparison_.differences, asked))
                all += (all.empty() ? "" : "; ") + text;
            sentence(label, all);
            return !all.empty();
        };
        const bool any_asked = listed("across", true);
        if (!listed("different", false))
            sentence("alike",
                     any_asked ? "machine and settings otherwise" : "machine and settings");
    }

    void figures() {
        row("", is_self() ? "A" : "base", is_self() ? "A" : "new", "change",
            comparison_.in_turn ? "interval" : "95 % interval", "detectable");
        for (const Figure& figure : comparison_.primary) row(figure);
        if (!style_.all) return;
        for (const Figure& figure : comparison_.others) row(figure);
    }

    void row(const Figure& figure) {
        const Unit unit = traits_of(figure.metric).unit;
        row(figure_text(figure), value_text(figure.base, unit), value_text(figure.fresh, unit),
            percent_text(figure.change.estimate), interval_text(figure.change),
            visible_text(figure.visible));
    }
    void row(std::string_view name, std::string_view base, std::string_view fresh,
             std::string_view change, std::string_view interval, std::string_view visible) {
        text_ += left_aligned(name, 18) + right_aligned(base, 9) + right_aligned(fresh, 10) +
                 right_aligned(change, 9) + right_aligned(interval, 18) +
                 right_aligned(visible, 12) + "\n";
    }

    /// Adds nothing if `text` is empty.
    void sentence(std::string_view label, std::string_view text) {
        for (const std::string& part :
             measure::wrapped(text, measure::columns_usual - label_width, sentence_lines_max)) {
            text_ += colored(label) + std::string(label_width - label.size(), ' ') + part + "\n";
            label = "";
        }
    }

    [[nodiscard]] std::string colored(std::string_view label) const {
        const char* code = label == name_of(Verdict::worse)            ? "31"
                           : label == name_of(Verdict::better)         ? "32"
                           : label == name_of(Verdict::inconclusive)   ? "33"
                           : label == name_of(Verdict::not_comparable) ? "33"
                                                                       : nullptr;
        if (!style_.color || code == nullptr) return std::string(label);
        return std::string("\x1b[") + code + "m" + std::string(label) + "\x1b[0m";
    }

    const Comparison& comparison_;
    const TableStyle& style_;
    std::string text_;
};

}  // namespace

std::string table_of(const Comparison& comparison, const TableStyle& style) {
    return Table(comparison, style).text();
}

}  // namespace paxos::compare
