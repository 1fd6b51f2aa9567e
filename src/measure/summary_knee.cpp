// What the summary shows of a search for the knee.
#include <algorithm>

#include "measure/summary_lines.h"
#include "measure/text.h"

namespace paxos::measure {
namespace {

std::string rate_text_of(std::uint64_t rate) { return rate_text(static_cast<double>(rate)); }

/// Such as "1.24M/s meets it, 1.29M/s misses it", as far as the rates are known.
std::string sides_text(const Knee& knee) {
    std::string text = knee.rate ? rate_text_of(*knee.rate) + " meets it" : "no rate met it";
    if (knee.missed) text += ", " + rate_text_of(*knee.missed) + " misses it";
    return text;
}

}  // namespace

std::string knee_text(const Knee& knee) {
    const std::string& objective = knee.objective.text;
    switch (knee.outcome) {
        case Knee::Outcome::found:
            return rate_text_of(*knee.rate) + " is the highest rate with " + objective + "; " +
                   rate_text_of(*knee.missed) + " misses it";
        case Knee::Outcome::never_met:
            return "none: even " + rate_text_of(*knee.missed) + " misses " + objective;
        case Knee::Outcome::always_met:
            return "none: even " + rate_text_of(*knee.rate) + " meets " + objective;
        case Knee::Outcome::unsettled:
            return "not settled, because runs at one rate differ too much; " + objective + ": " +
                   sides_text(knee);
        case Knee::Outcome::stopped: break;
    }
    return "the search did not end; " + objective + ": " + sides_text(knee);
}

std::vector<RowFigures> shown_rows(const Report& report) {
    std::vector<RowFigures> rows = condense(report.runs, report.floor);
    if (!report.knee) return rows;
    const auto is_at_knee = [&](const RowFigures& row) {
        return row.rate_asked == report.knee->rate || row.rate_asked == report.knee->missed;
    };
    if (std::ranges::any_of(rows, is_at_knee))
        std::erase_if(rows, [&](const RowFigures& row) { return !is_at_knee(row); });
    return rows;
}

}  // namespace paxos::measure
