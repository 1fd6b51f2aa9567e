// The summary of a run: verdict, figures, settings. On a terminal of 80 or more columns,
// summary.cpp shortens the summary step by step until it has at most 14 lines or no step is left.
// Two kinds of lines do not count: the rows of the table after the second row, and the decisions,
// which are printed if there are at most ten. On a narrower terminal, in a file or in a pipe the
// summary may have more lines.
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
