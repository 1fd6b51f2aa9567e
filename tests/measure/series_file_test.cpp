// The lines of a --series file.
#include "measure/series_file.h"

#include <sstream>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "support/made_up_report.h"

namespace paxos::measure::series_file_test {
namespace {

using nlohmann::json;

std::vector<json> lines_of(const Report& report) {
    std::vector<json> lines;
    std::istringstream text(series_file(report));
    for (std::string line; std::getline(text, line);) lines.push_back(json::parse(line));
    return lines;
}

TEST(SeriesFile, has_a_line_for_each_slice_and_event_in_order_of_time) {
    Report report = made_up_report(2);
    add_made_up_slices(report);
    const std::vector<json> lines = lines_of(report);
    ASSERT_EQ(lines.size(), 4u + 1u + 4u);
    const Slice& slice = report.runs[0].rows[0].slices[0];
    EXPECT_EQ(
        lines[0],
        json({{"repetition", 0},
              {"load", "unloaded"},
              {"window", 1},
              {"begin_ns", slice.begin_ns},
              {"end_ns", slice.end_ns},
              {"decisions", slice.decisions},
              {"decisions_per_second", static_cast<double>(slice.decisions) * 1e9 /
                                           static_cast<double>(slice.end_ns - slice.begin_ns)},
              {"latency_ns_p50", *slice.p50_ns},
              {"latency_ns_p99", *slice.p99_ns}}));
    EXPECT_FALSE(lines[1].contains("latency_ns_p50")) << "too few samples";
    const RunEvent& event = report.runs[0].events[0];
    EXPECT_EQ(lines[3], json({{"repetition", 0},
                              {"at_ns", event.at_ns},
                              {"node", 3},
                              {"event", "killed by signal 9"}}))
        << "after the slices that began before the event";
    EXPECT_EQ(lines[4]["load"], "saturated");
    EXPECT_EQ(lines[5]["repetition"], 1);
}

TEST(SeriesFile, names_the_rate_that_was_asked_for) {
    Report report = made_up_rates();
    add_made_up_slices(report);
    EXPECT_EQ(lines_of(report)[0]["rate"], 10'000);
    EXPECT_EQ(series_file(made_up_report()), "") << "no run was sampled";
}

}  // namespace
}  // namespace paxos::measure::series_file_test
