// Writes the sentence about a search for the knee (knee.h), and chooses the rows of the summary.
#include <algorithm>

#include "measure/summary_lines.h"
#include "measure/text.h"

namespace paxos::measure {
namespace {

std::string rate_text_of(std::uint64_t rate) { return rate_text(static_cast<double>(rate)); }

/// The rates on both sides of the knee, such as "1.24M/s meets it; 1.29M/s misses it".
std::string sides_text(const Knee& knee, const Language& language) {
    const std::string text = knee.rate ? language.text("{0} meets it", rate_text_of(*knee.rate))
                             : knee.met_once
                                 ? language.text("{0} met it in only one run (two must agree)",
                                                 rate_text_of(*knee.met_once))
                                 : language.text("no completed run met it");
    return knee.missed ? text + language.text("; {0} misses it", rate_text_of(*knee.missed)) : text;
}

}  // namespace

std::string knee_text(const Knee& knee, const Language& language) {
    const std::string& objective = knee.objective.text;
    switch (knee.outcome) {
        case Knee::Outcome::found:
            return language.text("{0} is the highest rate that meets {1}; {2} misses it",
                                 rate_text_of(*knee.rate), objective, rate_text_of(*knee.missed));
        case Knee::Outcome::never_met:
            return language.text("not found: even the lowest rate, {0}, misses {1}",
                                 rate_text_of(*knee.missed), objective);
        case Knee::Outcome::always_met:
            return language.text("not found: even the highest rate, {0}, meets {1}",
                                 rate_text_of(*knee.rate), objective);
        case Knee::Outcome::unsettled:
            return language.text(
                "not settled, because runs at the same rate differ too much; {0}: {1}", objective,
                sides_text(knee, language));
        case Knee::Outcome::stopped: break;
    }
    return language.text("the search was stopped before it ended; {0}: {1}", objective,
                         sides_text(knee, language));
}

std::vector<RowFigures> shown_rows(const Report& report) {
    std::vector<RowFigures> rows = condense(report.runs, report.floor);
    if (!report.knee) return rows;
    const auto is_at_knee = [&](const RowFigures& row) {
        return row.rate_asked == report.knee->rate || row.rate_asked == report.knee->missed ||
               row.rate_asked == report.knee->met_once;
    };
    if (std::ranges::any_of(rows, is_at_knee))
        std::erase_if(rows, [&](const RowFigures& row) { return !is_at_knee(row); });
    return rows;
}

}  // namespace paxos::measure
