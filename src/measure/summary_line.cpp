// The summary in one line: verdict, latency and throughput.
#include "measure/figures.h"
#include "measure/summary.h"
#include "measure/summary_lines.h"
#include "measure/text.h"

namespace paxos::measure {

std::string summary_line(const Report& report, const SummaryStyle& style) {
    const Verdict verdict = worst_verdict(report.runs);
    std::string text = name_of(verdict);
    if (style.color && verdict != Verdict::unknown)
        text = std::string(verdict == Verdict::safe ? "\x1b[32m" : "\x1b[31m") + text + "\x1b[0m";
    if (is_degraded(report)) text += style.color ? " \x1b[33mDEGRADED\x1b[0m" : " DEGRADED";
    text += "  " + report.protocol + ", " +
            counted(static_cast<std::uint64_t>(report.nodes), "node");
    for (const RowFigures& row : shown_rows(report)) {
        text += "; " + load_text(row) + ": ";
        text += row.rate ? rate_text(*row.rate) : "n/a";
        if (row.p50_ns) text += " " + time_text(*row.p50_ns);
    }
    if (report.knee) text += "; knee: " + knee_text(*report.knee);
    return text + "\n";
}

}  // namespace paxos::measure
