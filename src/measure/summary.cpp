// The layout of the summary. Sentences come from summary_lines.h, figures from figures.h.
//
// If it is too long, these are removed, in this order: empty lines, notes beyond the first, the
// second and third lines of long sentences. The verdict and dead nodes are never shortened.
#include "measure/summary.h"

#include <algorithm>
#include <cmath>

#include "measure/figures.h"
#include "measure/summary_lines.h"
#include "measure/text.h"

namespace paxos::measure {
namespace {

constexpr std::size_t columns = 80;
constexpr std::size_t label_width = 10;
constexpr std::size_t summary_lines_max = 14;
constexpr std::size_t listed_max = 10;
constexpr std::size_t rows_usual = 2;

class Layout {
public:
    Layout(const Report& report, const SummaryStyle& style)
        : report_(report), style_(style), rows_(condense(report.runs, report.floor)) {}

    [[nodiscard]] std::string text() {
        // The shortest layout is last and is used whatever its length.
        static constexpr struct {
            bool spaced;
            std::size_t wrap, notes;
        } tries[] = {{true, 3, 4},  {false, 3, 4}, {false, 2, 4},
                     {false, 2, 2}, {false, 1, 2}, {false, 1, 1}};
        for (const auto& [spaced, wrap, notes] : tries) {
            spaced_ = spaced;
            wrap_ = wrap;
            notes_max_ = notes;
            lay();
            if (lines_.size() <= summary_lines_max + asked_for_) break;
        }
        std::string all;
        for (const std::string& line : lines_) all += line + "\n";
        return all;
    }

private:
    void lay() {
        lines_.clear();
        asked_for_ = rows_.size() > rows_usual ? rows_.size() - rows_usual : 0;
        lines_.push_back(fitting(headline(report_), columns));
        sentence("cores", report_.placement, wrap_);
        sentence("set", settings_text(report_), wrap_);
        if (!rows_.empty() && !is_logged()) {
            space();
            table();
            space();
        }
        decisions();
        line("decided", fitting(decided_text(report_), columns - label_width));
        const Verdict verdict = worst_verdict(report_.runs);
        sentence(name_of(verdict), verdict_text(report_, verdict), 3);
        sentence("DEGRADED", degraded_text(report_), 3);
        sentence("stopped", stopped_text(report_), 1);
        sentence("failed", failed_text(report_), wrap_);
        if (!rows_.empty() && !is_logged()) line("messages", messages_text(report_, rows_.back()));
        sentence("faults", faults_text(report_), wrap_);
        if (!is_logged()) line("floor", floor_text(report_));
        notes();
    }

    [[nodiscard]] bool is_logged() const {
        return !report_.runs.empty() && report_.runs.back().logged;
    }

    void space() {
        if (spaced_) lines_.emplace_back();
    }

    void line(const std::string& label, const std::string& text) {
        lines_.push_back(colored(label) +
                         std::string(label_width - std::min(label.size(), label_width), ' ') +
                         text);
    }

    /// Adds nothing if `text` is empty.
    void sentence(const std::string& label, const std::string& text, std::size_t lines) {
        bool first = true;
        for (const std::string& part : wrapped(text, columns - label_width, lines)) {
            line(first ? label : "", part);
            first = false;
        }
    }

    [[nodiscard]] std::string colored(const std::string& label) const {
        const char* code = label == "SAFE"       ? "32"
                           : label == "UNSAFE"   ? "31"
                           : label == "DEGRADED" ? "33"
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
        // Two digits suffice for a figure without significance.
        const double percent = std::min(std::round(*row.spread * 100), 99.0);
        return (style_.utf8 ? "\u00B1" : "+-") + std::to_string(static_cast<int>(percent)) + "%";
    }

    void table() {
        std::size_t rounds_width = 9;
        for (const RowFigures& row : rows_)
            rounds_width = std::max(rounds_width, std::to_string(row.rounds).size() + 1);
        const std::size_t spread_width = style_.utf8 ? 4 : 5;
        lines_.push_back(std::string(9, ' ') + right_aligned("rounds", rounds_width) + " window" +
                         right_aligned("rate", 11) + right_aligned("p50", 7 + spread_width) +
                         "    p99  p99.9    max  floor");
        for (const RowFigures& row : rows_) {
            const auto time = [](const std::optional<double>& ns) {
                return ns ? time_text(*ns) : std::string("-");
            };
            const std::string rate = row.rate ? rate_text(*row.rate) : "-";
            const std::string load = row.rate_asked != 0
                                         ? rate_text(static_cast<double>(row.rate_asked))
                                         : row.load;
            std::string text = left_aligned(load, 9) +
                               right_aligned(std::to_string(row.rounds), rounds_width) +
                               right_aligned(std::to_string(row.window), 7) +
                               right_aligned(rate, 10) + " " +
                               left_aligned(spread_text(row), spread_width) +
                               right_aligned(time(row.p50_ns), 7);
            for (const auto& ns : {row.p99_ns, row.p99_9_ns, row.max_ns})
                text += right_aligned(time(ns), 7);
            lines_.push_back(
                text +
                right_aligned(row.floor_ratio ? scaled_text(*row.floor_ratio) + "x" : "-", 7));
        }
    }

    /// Of the last run: each run has the same number.
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
            const std::size_t width = columns - label_width - more.size();
            const std::vector<std::string> parts = wrapped(all[i], width, is_last ? 1 : wrap_);
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
    bool spaced_ = true;
    std::size_t wrap_ = 1, notes_max_ = 1;
};

}  // namespace

std::string summary_of(const Report& report, const SummaryStyle& style) {
    return Layout(report, style).text();
}

}  // namespace paxos::measure
