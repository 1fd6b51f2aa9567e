// How repetitions are condensed into figures, and how figures are written.
#include "measure/figures.h"

#include "gtest/gtest.h"
#include "measure/result_file.h"
#include "measure/summary.h"
#include "measure/text.h"
#include "nlohmann/json.hpp"
#include "support/made_up_report.h"

namespace paxos::measure::summary_figures_test {
namespace {

TEST(Figures, a_percentile_needs_ten_samples_above_it) {
    EXPECT_FALSE(is_enough(19, 0.5));
    EXPECT_TRUE(is_enough(20, 0.5));
    EXPECT_FALSE(is_enough(999, 0.99));
    EXPECT_TRUE(is_enough(1000, 0.99));
    EXPECT_FALSE(is_enough(9'999, 0.999));
    EXPECT_TRUE(is_enough(10'000, 0.999));
    EXPECT_TRUE(is_enough(100'000, 0.9999));
}

TEST(Figures, take_all_samples_together_if_a_repetition_has_too_few) {
    Report report = made_up_report(9);
    EXPECT_FALSE(condense(report.runs, {})[0].p99_9_ns) << "9 x 1000 samples are too few";
    report = made_up_report(10);
    EXPECT_TRUE(condense(report.runs, {})[0].p99_9_ns);
    // One repetition has too few samples, so p99 is the percentile of all samples together.
    report.runs[4].rows[0] = made_up_row("unloaded", 1, 4, 999, 27'600, 3'590'000);
    EXPECT_GT(*condense(report.runs, {})[0].p99_ns, 3'590'000);
    EXPECT_NE(summary_of(made_up_report(9), {}).find(" 61.2us    n/a  215us"), std::string::npos);
}

TEST(Figures, spread_is_half_the_distance_between_the_quartiles) {
    EXPECT_DOUBLE_EQ(quantile({1, 2, 3, 4, 5}, 0.5), 3);
    EXPECT_DOUBLE_EQ(quantile({4, 1, 3, 2}, 0.25), 1.75);
    Report report = made_up_report(5);
    const double rates[] = {100, 110, 90, 120, 80};
    for (std::size_t run = 0; run < 5; ++run)
        report.runs[run].rows[0].elapsed_ns = static_cast<std::uint64_t>(1e12 / rates[run]);
    const RowFigures row = condense(report.runs, {})[0];
    EXPECT_NEAR(*row.rate, 100, 0.01);
    EXPECT_NEAR(*row.spread, 0.1, 0.0001);
    EXPECT_FALSE(condense(made_up_report(1).runs, {})[0].spread) << "one run has no spread";
}

TEST(Figures, have_no_ratio_to_a_floor_that_is_not_usable) {
    Report report = made_up_report();
    const std::string reason = "3 sends found a full receive buffer: raise net.core.rmem_max";
    report.floor.unreliable = {{"decisions_per_second", reason}};
    report.floor.decisions_per_second = 0;
    const std::vector<RowFigures> rows = condense(report.runs, report.floor);
    EXPECT_TRUE(rows[0].floor_ratio)
        << "this row is compared with the p50 of bare UDP, which was measured";
    EXPECT_FALSE(rows[1].floor_ratio);
    const auto file = nlohmann::json::parse(result_file(report, "./paxos_fast"))["paxos_fast"];
    EXPECT_EQ(file["floor"]["unreliable"]["decisions_per_second"], reason);
    EXPECT_FALSE(file["floor"].contains("decisions_per_second"));
    EXPECT_FALSE(file["summary"]["rows"][1].contains("floor_ratio"));
    EXPECT_NE(summary_of(report, {})
                  .find("\nnote      floor not usable: 3 sends found a full "
                        "receive buffer: raise\n          net.core.rmem_max\n"),
              std::string::npos)
        << summary_of(report, {});
}

TEST(Text, has_three_significant_digits) {
    EXPECT_EQ(time_text(0), "0ns");
    EXPECT_EQ(time_text(850), "850ns");
    EXPECT_EQ(time_text(999.6), "1.00us");
    EXPECT_EQ(time_text(9994), "9.99us");
    EXPECT_EQ(time_text(9996), "10.0us");
    EXPECT_EQ(time_text(35'900), "35.9us");
    EXPECT_EQ(time_text(99'960), "100us");
    EXPECT_EQ(time_text(530'000), "530us");
    EXPECT_EQ(time_text(1'120'000), "1.12ms");
    EXPECT_EQ(time_text(2.05e9), "2.05s");
    EXPECT_EQ(scaled_text(0.57), "0.57");
    EXPECT_EQ(scaled_text(980), "980");
    EXPECT_EQ(scaled_text(27'600), "27.6k");
    EXPECT_EQ(scaled_text(5.12e6), "5.12M");
}

TEST(Text, breaks_between_words_and_marks_a_cut) {
    EXPECT_EQ(wrapped("one two three", 7, 3), (std::vector<std::string>{"one two", "three"}));
    EXPECT_EQ(wrapped("one two three", 7, 1), (std::vector<std::string>{"one..."}));
    EXPECT_EQ(wrapped("abcdefghij", 4, 3), (std::vector<std::string>{"abcd", "efgh", "ij"}));
    EXPECT_EQ(wrapped("", 7, 3), std::vector<std::string>{});
    EXPECT_EQ(width_of("\u00B14%"), 3u);
}

}  // namespace
}  // namespace paxos::measure::summary_figures_test
