// The layout of the summary. Sentences come from summary_lines.h, figures from figures.h.
//
// A summary that is too long is shortened in these steps, until it fits: no empty lines; no hint;
// sentences of at most two lines; at most two notes; sentences of one line; one note. The verdict
// and dead nodes are never shortened.
#include "measure/summary.h"

#include <algorithm>
#include <cmath>

#include "measure/figures.h"
#include "measure/summary_lines.h"

namespace paxos::measure {
namespace {

constexpr std::size_t label_width = 10;
constexpr std::size_t summary_lines_max = 14;
constexpr std::size_t narrow_lines_max = 9;  // Lines of a sentence on a narrow terminal.
constexpr std::size_t listed_max = 10;
constexpr std::size_t rows_usual = 2;

class Layout {
public:
    Layout(const Report& report, const SummaryStyle& style)
        : report_(report), style_(style), rows_(shown_rows(report)) {}

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
            notes_max_ = notes;
            lay();
            // A narrow terminal needs more lines than the limit in any case.
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
        sentence(name_of(verdict), verdict_text(report_, verdict), 3);
        sentence("DEGRADED", degraded_text(report_), 3);
        sentence("stopped", stopped_text(report_), 2);
        sentence("failed", failed_text(report_), wrap_);
        line("decided", decided_text(report_));
        decisions();
        if (!rows_.empty() && !is_logged()) figures();
        sentence("faults", faults_text(report_), wrap_);
        for (const std::string& part : wrapped(headline_text(), style_.columns, narrow_lines_max))
            lines_.push_back(part);
        sentence("cores", report_.placement, wrap_);
        sentence("hosts", hosts_text(report_), wrap_);
        sentence("set", settings_text(report_), wrap_);
        notes();
        if (hinted_) sentence("next", next_text(report_), 1);
    }

    void figures() {
        space();
        if (is_narrow())
            narrow_table();
        else
            table();
        space();
        if (report_.knee) sentence("knee", knee_text(*report_.knee), 2);
        sentence("slow", slow_text(report_), 2);
        sentence("unsteady", unsteady_text(rows_), 2);
        sentence("n/a", missing_text(rows_), 1);
        sentence("bare UDP", floor_text(report_), is_narrow() ? wrap_ : 1);
        line("messages", messages_text(report_, rows_));
        line("durable", storage_text(report_));
    }

    [[nodiscard]] std::string headline_text() const {
        return is_narrow() ? headline(report_).front() : fitting(headline(report_), style_.columns);
    }
    [[nodiscard]] bool is_narrow() const { return style_.columns < columns_usual; }
    [[nodiscard]] std::size_t text_width() const { return style_.columns - label_width; }

    [[nodiscard]] bool is_logged() const {
        return !report_.runs.empty() && report_.runs.back().logged;
    }

    void space() {
        if (spaced_) lines_.emplace_back();
    }

    /// Adds the first wording that fits, or nothing if `wordings` is empty.
    void line(const std::string& label, const Wordings& wordings) {
        if (wordings.empty()) return;
        if (is_narrow())
            sentence(label, wordings.front(), wrap_);
        else
            line(label, fitting(wordings, text_width()));
    }

    void line(const std::string& label, const std::string& text) {
        lines_.push_back(colored(label) +
                         std::string(label_width - std::min(label.size(), label_width), ' ') +
                         text);
    }

    /// Adds nothing if `text` is empty.
    void sentence(const std::string& label, const std::string& text, std::size_t lines) {
        bool first = true;
        for (const std::string& part :
             wrapped(text, text_width(), is_narrow() ? narrow_lines_max : lines)) {
            line(first ? label : "", part);
            first = false;
        }
    }

    [[nodiscard]] std::string colored(const std::string& label) const {
        const char* code = label == "SAFE"       ? "32"
                           : label == "UNSAFE"   ? "31"
                           : label == "DEGRADED" ? "33"
                           : label == "UNKNOWN"  ? "33"
                           : label == "unsteady" ? "33"
                                                 : nullptr;
        if (!style_.color || code == nullptr) return label;
        return std::string("\x1b[") + code + "m" + label + "\x1b[0m";
    }

    static std::string fitting(const Wordings& wordings, std::size_t width) {
        for (const std::string& wording : wordings)
            if (width_of(wording) <= width) return wording;
        return wrapped(wordings.back(), width, 1).front();
    }

    [[nodiscard]] std::string spread_text(const RowFigures& row) const {
        if (!row.spread) return "";
        // Two digits suffice: the line `unsteady` reports a spread this large.
        const double percent = std::min(std::round(*row.spread * 100), 99.0);
        return (style_.utf8 ? "\u00B1" : "+-") + std::to_string(static_cast<int>(percent)) + "%";
    }

    static std::string time_or_none(const std::optional<double>& ns) {
        return ns ? time_text(*ns) : std::string("n/a");
    }

    void table() {
        const bool has_floor = std::ranges::any_of(
            rows_, [](const RowFigures& row) { return row.floor_ratio.has_value(); });
        const std::string rounds_head = report_.runs.size() > 1 ? "runs x rounds" : "rounds";
        std::size_t rounds_width = 13;
        for (const RowFigures& row : rows_)
            rounds_width = std::max(rounds_width, rounds_text(row).size() + 1);
        const std::size_t spread_width = style_.utf8 ? 4 : 5;
        lines_.push_back("load          " + right_aligned(rounds_head, rounds_width) +
                         right_aligned("rate", 8) + right_aligned("p50", 8 + spread_width) +
                         "    p99  p99.9    max" +
                         (has_floor ? style_.utf8 ? " vs bare UDP" : "     vs UDP" : ""));
        for (const RowFigures& row : rows_) {
            std::string text = left_aligned(load_text(row), 14) +
                               right_aligned(rounds_text(row), rounds_width) +
                               right_aligned(row.rate ? rate_text(*row.rate) : "n/a", 8) + " " +
                               left_aligned(spread_text(row), spread_width);
            for (const auto& ns : {row.p50_ns, row.p99_ns, row.p99_9_ns, row.max_ns})
                text += right_aligned(time_or_none(ns), 7);
            if (has_floor) text += right_aligned(floor_ratio_text(row), style_.utf8 ? 12 : 11);
            lines_.push_back(text);
        }
    }

    void narrow_table() {
        for (const RowFigures& row : rows_) {
            std::string text = load_text(row) + ": " + (row.rate ? rate_text(*row.rate) : "n/a") +
                               (row.spread ? " " : "") + spread_text(row) + ", p50 " +
                               time_or_none(row.p50_ns) + ", p99 " + time_or_none(row.p99_ns) +
                               ", p99.9 " + time_or_none(row.p99_9_ns) + ", max " +
                               time_or_none(row.max_ns) + "; " + rounds_text(row) + " rounds";
            if (row.floor_ratio) text += "; vs bare UDP " + floor_ratio_text(row);
            for (const std::string& part : wrapped(text, style_.columns, narrow_lines_max))
                lines_.push_back(part);
        }
    }

    /// Lists the decisions of the last run. Every run has the same number of them.
    void decisions() {
        if (report_.runs.empty()) return;
        const std::vector<Decision>& all = report_.runs.back().decisions;
        if (all.size() > listed_max) return;
        asked_for_ += all.size();
        for (const Decision& decision : all)
            lines_.push_back("round " + std::to_string(decision.round) + " = " + decision.value +
                             "  by n" + std::to_string(decision.by) + ", ballot " +
                             decision.ballot);
    }

    void notes() {
        const std::vector<std::string> all = note_texts(report_);
        for (std::size_t i = 0; i < all.size(); ++i) {
            if (i == notes_max_) break;
            const bool is_last = i + 1 == notes_max_ && all.size() > notes_max_;
            const std::string more = is_last ? " (" + std::to_string(all.size() - notes_max_) +
                                                   " more: --json)"
                                             : "";
            const std::size_t width = text_width() - std::min(more.size(), text_width() / 2);
            const std::vector<std::string> parts = wrapped(all[i], width,
                                                           is_last && !is_narrow() ? 1 : wrap_);
            for (const std::string& part : parts)
                line(&part == &parts.front() ? "note" : "",
                     part + (&part == &parts.back() ? more : ""));
        }
    }

    const Report& report_;
    const SummaryStyle& style_;
    const std::vector<RowFigures> rows_;
    std::vector<std::string> lines_;
    std::size_t asked_for_ = 0;  ///< Lines that the user asked for, beyond summary_lines_max.
    bool spaced_ = true, hinted_ = true;
    std::size_t wrap_ = 1, notes_max_ = 1;
};

}  // namespace

std::string summary_of(const Report& report, const SummaryStyle& style) {
    return Layout(report, style).text();
}

}  // namespace paxos::measure
