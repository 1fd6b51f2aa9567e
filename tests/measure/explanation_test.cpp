// The line of the summary that counts the slow decisions by cause.
#include "measure/explanation.h"

#include <set>

#include "gtest/gtest.h"
#include "measure/summary.h"
#include "support/made_up_report.h"

namespace paxos::measure::explanation_test {
namespace {

TEST(Explanation, is_one_line_of_the_summary) {
    Report report = made_up_report();
    EXPECT_EQ(summary_of(report, {}).find("slow  "), std::string::npos);
    add_made_up_explanation(report);
    EXPECT_NE(summary_of(report, {})
                  .find("\nslow      40 slow decisions (beyond p99): 75% steal, 25% unknown\n"),
              std::string::npos)
        << summary_of(report, {});
}

TEST(Explanation, counts_causes_the_most_frequent_first) {
    CauseCounts counts{};
    EXPECT_EQ(causes_text(counts), "");
    counts[static_cast<std::size_t>(Cause::sent_again)] = 1;
    EXPECT_EQ(causes_text(counts), "1 slow decision (beyond p99): 100% retransmission");
    counts[static_cast<std::size_t>(Cause::unknown)] = 300;
    EXPECT_EQ(causes_text(counts),
              "301 slow decisions (beyond p99): 100% unknown, <1% retransmission");
}

TEST(Explanation, each_cause_has_a_name_and_a_text) {
    std::set<std::string_view> names;
    for (std::size_t i = 0; i < cause_count; ++i) names.insert(name_of(static_cast<Cause>(i)));
    EXPECT_EQ(names.size(), cause_count);
    EXPECT_EQ(text_of(Cause::context_switch), "context switch");
}

}  // namespace
}  // namespace paxos::measure::explanation_test
