// The sentences of the summary, after the labels `decided`, `SAFE`, `DEGRADED` and so on. Plain
// text of any length; summary.cpp does the layout.
#pragma once

#include <string>
#include <vector>

#include "measure/figures.h"
#include "measure/report.h"

namespace paxos::measure {

/// Alternatives, the longest first: the first one that fits is used.
using Wordings = std::vector<std::string>;

[[nodiscard]] Wordings headline(const Report& report);
[[nodiscard]] std::string settings_text(const Report& report);  ///< Empty: all by flag or default.
[[nodiscard]] Wordings decided_text(const Report& report);
[[nodiscard]] std::string verdict_text(const Report& report, Verdict verdict);
[[nodiscard]] std::string degraded_text(const Report& report);  ///< Empty: it was not.
[[nodiscard]] std::string stopped_text(const Report& report);   ///< By a signal; empty: it was not.
[[nodiscard]] std::string failed_text(const Report& report);    ///< Empty: none did.
[[nodiscard]] std::string messages_text(const Report& report, const RowFigures& row);
[[nodiscard]] std::string faults_text(const Report& report);  ///< Empty: none were injected.
[[nodiscard]] std::string floor_text(const Report& report);
[[nodiscard]] std::vector<std::string> note_texts(const Report& report);

/// The degraded runs of the report.
[[nodiscard]] bool is_degraded(const Report& report);

}  // namespace paxos::measure
