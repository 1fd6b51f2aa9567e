// The summary: what a run was, what it reached, whether it was right. At most 14 lines of 80
// columns; lists that were asked for come on top: a line a window beyond two, a line a decision
// where there are ten or fewer.
#pragma once

#include <string>

#include "measure/report.h"

namespace paxos::measure {

struct SummaryStyle {
    bool color = false;  ///< Escape sequences for the verdict.
    bool utf8 = true;    ///< Otherwise ASCII: +- for the sign of a spread.
};

/// Lines, each with its end.
[[nodiscard]] std::string summary_of(const Report& report, const SummaryStyle& style);

/// The same in one line, for --quiet.
[[nodiscard]] std::string summary_line(const Report& report, const SummaryStyle& style);

}  // namespace paxos::measure
