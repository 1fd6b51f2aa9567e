// Lays out the summary. Sentences come from summary_lines.h, figures from figures.h.
//
// A summary that is too long is shortened in steps, until it fits. The steps, in this order, remove
// the empty lines, remove the line `next`, limit each sentence to two lines, remove all notes but
// two, limit each sentence to one line, and remove all notes but one. These steps do not affect
// sentences with a limit of their own: the verdict and the sentence `DEGRADED` may always take
// three lines, some others one or two. For a file or a pipe, no sentence and no note is shortened.
// A line with several wordings uses the first one that fits. On a narrow terminal it uses the first
// one and wraps it.
#include "measure/summary.h"

#include <algorithm>
#include <cmath>

#include "measure/figures.h"
#include "measure/summary_lines.h"

namespace paxos::measure {
namespace {

constexpr std::size_t label_width = 10;  // In every language, all labels are shorter than this.
constexpr std::size_t summary_lines_max = 14;
constexpr std::size_t narrow_lines_max = 9;  // Maximum lines of a sentence on a narrow terminal.
constexpr std::size_t whole_lines_max = 99;  // Maximum lines of a sentence if nothing is shortened.
constexpr std::size_t listed_max = 10;
constexpr std::size_t rows_usual = 2;

constexpr const char *red = "31", *green = "32", *yellow = "33";

struct Label {
    std::string text = {};
    const char* color = nullptr;
};

class Layout {
public:
    Layout(const Report& report, const SummaryStyle& style)
        : report_(report), style_(style), language_(style.language), rows_(shown_rows(report)) {}

    [[nodiscard]] std::string text() {
        // The last layout is the shortest. It is used even if it is too long.
        static constexpr struct {
            bool spaced, hinted;
            std::size_t wrap, notes;
        } tries[] = {{true, true, 3, 4},   {false, true, 3, 4},  {false, false, 3, 4},
                     {false, false, 2, 4}, {false, false, 2, 2}, {false, false, 1, 2},
                     {false, false, 1, 1}};
        for (const auto& [spaced, hinted, wrap, notes] : tries) {
            spaced_ = spaced;
            hinted_ = hinted;
            wrap_ = wrap;
            notes_max_ = style_.is_whole ? whole_lines_max : notes;
            lay();
            if (style_.is_whole) break;
            // A narrow terminal gets the first layout, because the summary would exceed the limit
            // in any layout.
            if (lines_.size() <= summary_lines_max + asked_for_ || is_narrow()) break;
        }
        std::string all;
        for (const std::string& line : lines_) all += line + "\n";
        return all;
    }

private:
    void lay() {
        lines_.clear();
        asked_for_ = rows_.size() > rows_usual ? rows_.size() - rows_usual : 0;
        const Verdict verdict = worst_verdict(report_.runs);
        sentence(verdict_label(verdict), verdict_text(report_, verdict, language_), 3);
        sentence({language_.text("DEGRADED"), yellow}, degraded_text(report_, language_), 3);
        sentence({language_.text("restarts")}, restarts_text(report_, language_), 3);
        sentence({language_.text("stopped")}, stopped_text(report_, language_), 2);
        sentence({language_.text("failed")}, failed_text(report_, language_), wrap_);
        line({language_.text("decided")}, decided_text(report_, language_));
        sentence({language_.text("continued")}, continued_text(report_, language_), 2);
        decisions();
        if (!rows_.empty() && !is_logged()) figures();
        sentence({language_.text("faults")}, faults_text(report_, language_), wrap_);
        for (const std::string& part : wrapped(headline_text(), style_.columns, narrow_lines_max))
            lines_.push_back(part);
        sentence({language_.text("cores")}, placement_text(), wrap_);
        sentence({language_.text("hosts")}, hosts_text(report_, language_), wrap_);
        sentence({language_.text("set")}, settings_text(report_), wrap_);
        notes();
        if (hinted_) sentence({language_.text("next")}, next_text(report_, language_), 1);
    }

    void figures() {
        space();
        if (is_narrow())
            narrow_table();
        else
            table();
        space();
        if (report_.knee)
            sentence({language_.text("knee")}, knee_text(*report_.knee, language_), 2);
        sentence({language_.text("slow")}, slow_text(report_, language_), 2);
        sentence({language_.text("unsteady"), yellow}, unsteady_text(rows_, language_), 2);
        sentence({language_.text("n/a")}, missing_text(rows_, language_), 1);
        sentence({language_.text("bare UDP")}, floor_text(report_, language_),
                 is_narrow() ? wrap_ : 1);
        line({language_.text("messages")}, messages_text(report_, rows_, language_));
        line({language_.text("durable")}, storage_text(report_, language_));
    }

    [[nodiscard]] std::string headline_text() const {
        const Wordings wordings = headline(report_, language_);
        return is_narrow() ? wordings.front() : fitting(wordings, style_.columns);
    }
    [[nodiscard]] const std::string& placement_text() const {
        return language_.choose(report_.placement);
    }
    [[nodiscard]] bool is_narrow() const { return style_.columns < columns_usual; }
    /// Maximum lines of a sentence: `lines` on a terminal of the usual width. On a narrow terminal,
    /// and if nothing is shortened, the maximum is higher.
    [[nodiscard]] std::size_t lines_of(std::size_t lines) const {
        return style_.is_whole ? whole_lines_max : is_narrow() ? narrow_lines_max : lines;
    }
    [[nodiscard]] std::size_t text_width() const { return style_.columns - label_width; }

    [[nodiscard]] bool is_logged() const {
        return !report_.runs.empty() && report_.runs.back().logged;
    }

    void space() {
        if (spaced_) lines_.emplace_back();
    }

    /// Adds the first wording that fits, or nothing if `wordings` is empty.
    void line(const Label& label, const Wordings& wordings) {
        if (wordings.empty()) return;
        if (is_narrow())
            sentence(label, wordings.front(), wrap_);
        else
            line(label, fitting(wordings, text_width()));
    }

    void line(const Label& label, const std::string& text) {
        const std::size_t width = std::min(width_of(label.text), label_width);
        lines_.push_back(colored(label) + std::string(label_width - width, ' ') + text);
    }

    /// Adds nothing if `text` is empty.
    void sentence(const Label& label, const std::string& text, std::size_t lines) {
        bool first = true;
        for (const std::string& part : wrapped(text, text_width(), lines_of(lines))) {
            line(first ? label : Label{}, part);
            first = false;
        }
    }

    [[nodiscard]] std::string colored(const Label& label) const {
        if (!style_.color || label.color == nullptr) return label.text;
        return std::string("\x1b[") + label.color + "m" + label.text + "\x1b[0m";
    }

    [[nodiscard]] Label verdict_label(Verdict verdict) const {
        return {verdict_name(verdict, language_), verdict == Verdict::safe     ? green
                                                  : verdict == Verdict::unsafe ? red
                                                                               : yellow};
    }

    static std::string fitting(const Wordings& wordings, std::size_t width) {
        for (const std::string& wording : wordings)
            if (width_of(wording) <= width) return wording;
        return wrapped(wordings.back(), width, 1).front();
    }

    [[nodiscard]] std::string spread_text(const RowFigures& row) const {
        if (!row.spread) return "";
        // At most 99 %, so that two digits suffice. The line `unsteady` names rows with such
        // spreads.
        const double percent = std::min(std::round(*row.spread * 100), 99.0);
        return (style_.utf8 ? "\u00B1" : "+-") + std::to_string(static_cast<int>(percent)) + "%";
    }

    [[nodiscard]] std::string time_or_none(const std::optional<double>& ns) const {
        return ns ? time_text(*ns) : language_.text("n/a");
    }
    [[nodiscard]] std::string rate_or_none(const RowFigures& row) const {
        return row.rate ? rate_text(*row.rate) : language_.text("n/a");
    }

    void table() {
        const bool has_floor = std::ranges::any_of(
            rows_, [](const RowFigures& row) { return row.floor_ratio.has_value(); });
        const std::string rounds_head = report_.runs.size() > 1 ? language_.text("runs x rounds")
                                                                : language_.text("rounds");
        std::size_t rounds_width = 13;
        for (const RowFigures& row : rows_)
            rounds_width = std::max(rounds_width, rounds_text(row).size() + 1);
        const std::size_t spread_width = style_.utf8 ? 4 : 5, floor_width = style_.utf8 ? 12 : 11;
        std::string head = left_aligned(language_.text("load"), 14) +
                           right_aligned(rounds_head, rounds_width) +
                           right_aligned(language_.text("rate"), 8) +
                           right_aligned("p50", 8 + spread_width) + "    p99  p99.9" +
                           right_aligned(language_.text("max"), 7);
        if (has_floor)
            head += right_aligned(
                style_.utf8 ? language_.text("vs bare UDP") : language_.text("vs UDP"),
                floor_width);
        lines_.push_back(head);
        for (const RowFigures& row : rows_) {
            std::string text = left_aligned(load_text(row, language_), 14) +
                               right_aligned(rounds_text(row), rounds_width) +
                               right_aligned(rate_or_none(row), 8) + " " +
                               left_aligned(spread_text(row), spread_width);
            for (const auto& ns : {row.p50_ns, row.p99_ns, row.p99_9_ns, row.max_ns})
                text += right_aligned(time_or_none(ns), 7);
            if (has_floor) text += right_aligned(floor_ratio_text(row, language_), floor_width);
            lines_.push_back(text);
        }
    }

    void narrow_table() {
        for (const RowFigures& row : rows_) {
            std::string text = language_.text(
                "{0}: {1}{2}, p50 {3}, p99 {4}, p99.9 {5}, max {6}; {7} rounds",
                load_text(row, language_), rate_or_none(row),
                (row.spread ? " " : "") + spread_text(row), time_or_none(row.p50_ns),
                time_or_none(row.p99_ns), time_or_none(row.p99_9_ns), time_or_none(row.max_ns),
                rounds_text(row));
            if (row.floor_ratio)
                text += language_.text("; vs bare UDP {0}", floor_ratio_text(row, language_));
            for (const std::string& part : wrapped(text, style_.columns, narrow_lines_max))
                lines_.push_back(part);
        }
    }

    /// Lists the decisions of the last run, if there are at most `listed_max`.
    void decisions() {
        if (report_.runs.empty()) return;
        const std::vector<Decision>& all = report_.runs.back().decisions;
        if (all.size() > listed_max) return;
        asked_for_ += all.size();
        for (const Decision& decision : all)
            lines_.push_back(language_.text("round {0} = {1}  by n{2}, ballot {3}", decision.round,
                                            decision.value, decision.by, decision.ballot));
    }

    void notes() {
        const std::vector<std::string> all = note_texts(report_, language_);
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (i == notes_max_) break;
            const bool is_last = i + 1 == notes_max_ && all.size() > notes_max_;
            const std::string more = is_last ? language_.text(" ({0} more: --json)",
                                                              all.size() - notes_max_)
                                             : "";
            const std::size_t width = text_width() - std::min(width_of(more), text_width() / 2);
            const std::vector<std::string> parts = wrapped(
                all[i], width, is_last && !is_narrow() ? 1 : lines_of(wrap_));
            for (const std::string& part : parts)
                line(&part == &parts.front() ? Label{language_.text("note")} : Label{},
                     part + (&part == &parts.back() ? more : ""));
        }
    }

    const Report& report_;
    const SummaryStyle& style_;
    const Language& language_;
    const std::vector<RowFigures> rows_;
    std::vector<std::string> lines_;
    /// Lines that the user asked for, such as listed decisions. They do not count towards
    /// summary_lines_max.
    std::size_t asked_for_ = 0;
    bool spaced_ = true, hinted_ = true;
    std::size_t wrap_ = 1, notes_max_ = 1;
};

}  // namespace

std::string summary_of(const Report& report, const SummaryStyle& style) {
    return Layout(report, style).text();
}

}  // namespace paxos::measure
