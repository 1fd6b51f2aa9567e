// Writes the summary in one line: verdict, and the rate and p50 of each row.
#include "measure/figures.h"
#include "measure/summary.h"
#include "measure/summary_lines.h"
#include "measure/text.h"

namespace paxos::measure {

std::string summary_line(const Report& report, const SummaryStyle& style) {
    const Language& language = style.language;
    const Verdict verdict = worst_verdict(report.runs);
    std::string text = verdict_name(verdict, language);
    if (style.color && verdict != Verdict::unknown)
        text = std::string(verdict == Verdict::safe ? "\x1b[32m" : "\x1b[31m") + text + "\x1b[0m";
    if (is_degraded(report)) {
        const std::string degraded = language.text("DEGRADED");
        text += " " + (style.color ? "\x1b[33m" + degraded + "\x1b[0m" : degraded);
    }
    text += "  " + report.protocol + ", " + nodes_text(report, language);
    for (const RowFigures& row : shown_rows(report)) {
        text += "; " + load_text(row, language) + ": ";
        text += row.rate ? rate_text(*row.rate) : language.text("n/a");
        text += " " + (row.p50_ns ? time_text(*row.p50_ns) : language.text("n/a"));
    }
    if (report.knee) text += language.text("; knee: {0}", knee_text(*report.knee, language));
    if (const std::string stopped = stopped_text(report, language); !stopped.empty())
        text += "; " + language.text("stopped") + " " + stopped;
    return text + "\n";
}

}  // namespace paxos::measure
