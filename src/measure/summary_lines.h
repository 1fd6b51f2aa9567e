// The sentences of the summary, without their labels `decided`, `SAFE`, `DEGRADED` and so on. The
// sentences are plain text of any length; summary.cpp does the layout.
#pragma once

#include <string>
#include <vector>

#include "language/language.h"
#include "measure/figures.h"
#include "measure/report.h"

namespace paxos::measure {

/// Alternatives, the longest first. The first one that fits is used.
using Wordings = std::vector<std::string>;

[[nodiscard]] Wordings headline(const Report& report, const Language& language);
/// "5 nodes".
[[nodiscard]] std::string nodes_text(const Report& report, const Language& language);
/// The settings that come from the environment or .env; empty: none.
[[nodiscard]] std::string settings_text(const Report& report);
[[nodiscard]] Wordings decided_text(const Report& report, const Language& language);
/// "SAFE", "UNSAFE" or "UNKNOWN".
[[nodiscard]] std::string verdict_name(Verdict verdict, const Language& language);
[[nodiscard]] std::string verdict_text(const Report& report, Verdict verdict,
                                       const Language& language);
/// The nodes that died, were silent or were left behind; empty: no run is degraded.
[[nodiscard]] std::string degraded_text(const Report& report, const Language& language);
/// How soon restarted nodes were ready and took part again; empty if no node was restarted.
[[nodiscard]] std::string restarts_text(const Report& report, const Language& language);
/// The signal that stopped the runs; empty if no signal did.
[[nodiscard]] std::string stopped_text(const Report& report, const Language& language);
/// The first failure whose reason the verdict does not give; empty: none.
[[nodiscard]] std::string failed_text(const Report& report, const Language& language);
/// The rows that the summary shows. After a search for the knee these are the rows on both sides of
/// the knee, if there are any; otherwise all rows.
[[nodiscard]] std::vector<RowFigures> shown_rows(const Report& report);
/// Messages per round in the last row that decided something; empty: no row did.
[[nodiscard]] Wordings messages_text(const Report& report, const std::vector<RowFigures>& rows,
                                     const Language& language);
/// "one at a time", "2772 in flight", "at 10.0k/s".
[[nodiscard]] std::string load_text(const RowFigures& row, const Language& language = {});
/// Repetitions and rounds, such as "10 x 100000". If RowFigures::rounds_each is 0, the total number
/// of rounds.
[[nodiscard]] std::string rounds_text(const RowFigures& row);
/// "1.03x p50", "0.56x rate", "n/a".
[[nodiscard]] std::string floor_ratio_text(const RowFigures& row, const Language& language = {});
/// The slot of the log at which a durable run began. Empty if that is slot 0, or if the run is not
/// durable.
[[nodiscard]] std::string continued_text(const Report& report, const Language& language);
/// The result of a search for the knee. REQUIRES: `knee` has the rates that its outcome needs.
[[nodiscard]] std::string knee_text(const Knee& knee, const Language& language = {});
/// With --explain: why decisions were slow, over all rows and runs, or why there is no slow
/// decision to explain. Empty without --explain.
[[nodiscard]] std::string slow_text(const Report& report, const Language& language = {});
/// The rows whose rates vary too much between runs to be reliable; empty: none.
[[nodiscard]] std::string unsteady_text(const std::vector<RowFigures>& rows,
                                        const Language& language);
/// Why percentiles are absent; empty if no percentile is absent.
[[nodiscard]] std::string missing_text(const std::vector<RowFigures>& rows,
                                       const Language& language);
/// What to do next; empty: nothing to suggest.
[[nodiscard]] std::string next_text(const Report& report, const Language& language);
/// The faults that were injected; empty: none.
[[nodiscard]] std::string faults_text(const Report& report, const Language& language);
/// Describes what the nodes wrote to their files; empty: they kept everything in memory.
[[nodiscard]] Wordings storage_text(const Report& report, const Language& language);
/// Describes the hosts of the nodes; empty: all nodes are on this host.
[[nodiscard]] std::string hosts_text(const Report& report, const Language& language);
[[nodiscard]] std::string floor_text(const Report& report, const Language& language);
/// The notes. Texts quoted from the kernel stay in English.
[[nodiscard]] std::vector<std::string> note_texts(const Report& report,
                                                  const Language& language = {});

/// Whether a run of the report is degraded.
[[nodiscard]] bool is_degraded(const Report& report);

}  // namespace paxos::measure
