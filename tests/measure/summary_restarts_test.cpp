// The sentences of the summary about nodes that were killed and restarted.
#include "gtest/gtest.h"
#include "language/language.h"
#include "measure/summary.h"
#include "measure/summary_lines.h"
#include "support/made_up_report.h"

namespace paxos::measure::summary_restarts_test {
namespace {

TEST(SummaryOfRestarts, has_times_lag_and_outcome_of_all_restarts) {
    Report report = made_up_report(2);
    EXPECT_EQ(restarts_text(report, Language{}), "");
    EXPECT_EQ(summary_of(report, {}).find("restarts"), std::string::npos);
    add_made_up_restarts(report);
    EXPECT_EQ(restarts_text(report, Language{}),
              "4: ready 72.0ms (max 91.0ms), taking part again 93.0ms (max 93.0ms) after "
              "the kill; at most 900000 slots behind; 2 caught up, 1 left behind");
    EXPECT_NE(summary_of(report, {})
                  .find("\nDEGRADED  n1 n2 n3 were killed and restarted; longest wait between "
                        "decisions\n"),
              std::string::npos)
        << summary_of(report, {});
    EXPECT_NE(summary_of(report, {})
                  .find("\nrestarts  4: ready 72.0ms (max 91.0ms), taking part again 93.0ms (max "
                        "93.0ms)\n          after the kill; at most 900000 slots behind; 2 caught "
                        "up, 1 left\n          behind\n"),
              std::string::npos)
        << summary_of(report, {});
}

TEST(SummaryOfRestarts, of_one_node_has_no_maximum) {
    Report report = made_up_report(1);
    add_made_up_restarts(report);
    report.runs[0].restarts.resize(1);
    EXPECT_EQ(restarts_text(report, Language{}),
              "1: ready 63.0ms, taking part again 64.0ms after the kill; at most 120 slots "
              "behind; 1 caught up");
    EXPECT_NE(degraded_text(report, Language{}).find("n3 was killed and restarted; "),
              std::string::npos);
}

TEST(SummaryOfRestarts, of_a_node_that_was_never_ready_has_no_times) {
    Report report = made_up_report(2);
    add_made_up_restarts(report);
    report.runs[0].restarts.clear();
    EXPECT_EQ(
        restarts_text(report, Language{}),
        "1: ready n/a, taking part again n/a after the kill; at most 0 slots behind; 0 caught up");
}

}  // namespace
}  // namespace paxos::measure::summary_restarts_test
