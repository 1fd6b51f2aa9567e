// The summary of a run: verdict, figures, settings. On a terminal of 80 columns it is shortened to
// 14 lines if the steps in summary.cpp suffice for that. Each row of the table beyond two, and each
// decision if there are at most ten, is a further line. On a narrower terminal, in a file or in a
// pipe the summary may have more lines.
#pragma once

#include <string>

#include "language/language.h"
#include "measure/report.h"
#include "measure/text.h"

namespace paxos::measure {

struct SummaryStyle {
    bool color = false;     ///< Escape sequences color the verdict and the warnings.
    bool utf8 = true;       ///< Otherwise ASCII: "+-" before a spread.
    bool is_whole = false;  ///< No sentence and no note is shortened. Set for a file or a pipe.
    std::size_t columns = columns_usual;
    Language language = {};
};

/// All lines, each with a newline.
[[nodiscard]] std::string summary_of(const Report& report, const SummaryStyle& style);

/// The summary in one line, for --quiet.
[[nodiscard]] std::string summary_line(const Report& report, const SummaryStyle& style);

}  // namespace paxos::measure
