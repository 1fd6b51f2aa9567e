// The HTML page of `report`. It contains the figures of the result files, escapes text from these
// files, and loads nothing from elsewhere.
#include "report/page.h"

#include <algorithm>

#include "base/histogram.h"
#include "gtest/gtest.h"
#include "measure/figures.h"
#include "measure/summary_lines.h"
#include "measure/text.h"
#include "report/assets.h"
#include "support/report_data.h"

namespace paxos::report::page_test {
namespace {

std::string error_of(const std::string& text) {
    Result result;
    std::string why;
    EXPECT_FALSE(data_of("a.json", text, result, why));
    return why;
}

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(ReportData, equals_the_figures_of_the_file) {
    const measure::Report report = measure::made_up_report();
    const Result result = data_of_report(report);
    const std::vector<measure::RowFigures> rows = condense(report.runs, report.floor);
    EXPECT_EQ(result.verdict, "SAFE");
    EXPECT_EQ(result.floor_rate, report.floor.decisions_per_second);
    ASSERT_EQ(result.rows.size(), rows.size());
    for (std::size_t i = 0; i < rows.size(); ++i) {
        EXPECT_EQ(result.rows[i].rate, rows[i].rate);
        EXPECT_EQ(result.rows[i].p50_ns, rows[i].p50_ns);
        EXPECT_EQ(result.rows[i].p99_9_ns, rows[i].p99_9_ns);
        EXPECT_EQ(result.rows[i].max_ns, rows[i].max_ns);
        EXPECT_EQ(result.rows[i].rounds, rows[i].rounds);
        EXPECT_EQ(result.rows[i].rates.size(), 10u);
    }
    EXPECT_EQ(result.rows[0].label, "one at a time");
    EXPECT_EQ(result.rows[1].label, "2772 in flight");
}

TEST(ReportData, percentiles_rise_and_end_where_samples_become_too_few) {
    const measure::Report report = measure::made_up_report();
    const Row row = data_of_report(report).rows[1];
    ASSERT_GT(row.percentiles.size(), 1u);
    EXPECT_DOUBLE_EQ(row.percentiles.back().first, 1e6 / 10)
        << "the highest quantile that has ten samples above it";
    for (std::size_t i = 1; i < row.percentiles.size(); ++i) {
        EXPECT_GT(row.percentiles[i].first, row.percentiles[i - 1].first);
        EXPECT_GT(row.percentiles[i].second, row.percentiles[i - 1].second);
    }
    // The curve passes through the percentiles of all samples together.
    const auto together = std::make_unique<Histogram>();
    for (const measure::RunResult& run : report.runs) together->merge(*run.rows[1].latency);
    for (const double fraction : {0.5, 0.9, 0.99}) {
        const auto point = std::ranges::find_if(
            row.percentiles, [&](const auto& one) { return one.first >= 1 / (1 - fraction); });
        ASSERT_NE(point, row.percentiles.end());
        EXPECT_EQ(point->second, static_cast<double>(together->percentile(fraction)));
    }
}

TEST(ReportData, has_the_slices_and_events_of_the_file) {
    measure::Report report = measure::made_up_report();
    add_made_up_slices(report);
    const Result result = data_of_report(report);
    for (std::size_t i = 0; i < result.rows.size(); ++i) {
        std::vector<Slice> expected;
        for (const measure::RunResult& run : report.runs)
            for (const measure::Slice& slice : run.rows[i].slices)
                expected.push_back({slice, run.repetition});
        ASSERT_EQ(result.rows[i].slices.size(), expected.size());
        for (std::size_t k = 0; k < expected.size(); ++k) {
            const Slice& slice = result.rows[i].slices[k];
            EXPECT_EQ(slice.repetition, expected[k].repetition);
            EXPECT_EQ(slice.begin_ns, expected[k].begin_ns);
            EXPECT_EQ(slice.end_ns, expected[k].end_ns);
            EXPECT_EQ(slice.decisions, expected[k].decisions);
            EXPECT_EQ(slice.p50_ns, expected[k].p50_ns);
            EXPECT_EQ(slice.p99_ns, expected[k].p99_ns);
        }
    }
    ASSERT_EQ(result.events.size(), 1u);
    EXPECT_EQ(result.events[0].text, "n3 killed by signal 9");
    EXPECT_EQ(result.events[0].at_ns, report.runs[0].events[0].at_ns);
}

TEST(ReportData, reads_older_files_without_slices_and_events) {
    std::string text = compare::text_of(measure::made_up_report(1));
    for (const std::string field : {"\"slices\":[],", "\"events\":[],"})
        for (std::size_t at = 0; (at = text.find(field)) != std::string::npos;)
            text.erase(at, field.size());
    ASSERT_FALSE(has(text, "slices"));
    Result result;
    std::string why;
    EXPECT_TRUE(data_of("a.json", text, result, why)) << why;
    EXPECT_TRUE(result.rows[0].slices.empty());
}

TEST(ReportData, has_the_diagram_of_a_logged_run) {
    measure::Report report = measure::made_up_report(1);
    EXPECT_EQ(data_of_report(report).diagram.events, 0u);
    measure::TracedEvent sent{.at_ns = 7,
                              .node = 2,
                              .event = "sent",
                              .message = "PREPARE",
                              .nodes = {0, 1},
                              .round = 4,
                              .rounds = 0,
                              .ballot = "3.n2",
                              .value = "red",
                              .sentence = "PREPARE   ballot 3.n2 -> n0 n1"};
    measure::TracedEvent late{.at_ns = 9,
                              .node = 1,
                              .event = "late",
                              .message = "PREPARE",
                              .from = 2,
                              .nodes = {},
                              .round = 5,
                              .ballot = "3.n2",
                              .value = "",
                              .sentence = "PREPARE from n2 arrived late and is not needed"};
    report.runs[0].trace = {sent, late};
    const Diagram diagram = data_of_report(report).diagram;
    EXPECT_EQ(diagram.events, 2u);
    EXPECT_EQ(diagram.nodes, 5);
    ASSERT_EQ(diagram.arrows.size(), 2u);
    EXPECT_EQ(diagram.arrows[0].sentence, sent.sentence);
    EXPECT_FALSE(diagram.arrows[0].handled_ns);
    EXPECT_EQ(diagram.arrows[1].handled_ns, 9u)
        << "the PREPARE covers all rounds from 4 on, so its arrival for round 5 ends this arrow";
    EXPECT_EQ(diagram.marks[1].round, 5u);
}

TEST(ReportData, reads_the_log_of_a_simulated_world) {
    const std::string text =
        R"({"verdict":"SAFE","log":{"replay":"paxos_fast sim --seed 67","protocol":"multi",)"
        R"("nodes":3,"trace":[)"
        R"({"at_ns":0,"event":"sent","node":1,"round":0,"rounds":0,"message":"PREPARE",)"
        R"("nodes":[0,2],"ballot":"1.n1","sentence":"PREPARE ballot 1.n1 -> n0 n2"},)"
        R"({"at_ns":5,"event":"remark","sentence":"n2 <crashes>"}]}})";
    Result result;
    std::string why;
    ASSERT_TRUE(data_of("w.json", text, result, why)) << why;
    EXPECT_EQ(result.protocol, "multi");
    EXPECT_EQ(result.command, "paxos_fast sim --seed 67 --log");
    EXPECT_EQ(result.diagram.arrows.size(), 2u);
    ASSERT_EQ(result.diagram.marks.size(), 2u);
    EXPECT_EQ(result.diagram.marks[1].node, -1);
    const std::string page = page_of({result});
    EXPECT_FALSE(has(page, "Build and machine"));
    EXPECT_FALSE(has(page, "<crashes>"));
    EXPECT_FALSE(data_of("w.json", R"({"log":{"nodes":3}})", result, why));
}

TEST(ReportData, shows_the_options_that_were_given) {
    measure::Report report = measure::made_up_report(1);
    report.settings.push_back(
        {.name = "duration", .value = std::uint64_t{5'000}, .from = "flag", .assigned = ""});
    report.settings.push_back(
        {.name = "no-floor", .value = true, .from = ".env:3", .assigned = ""});
    EXPECT_EQ(data_of_report(report).command, "paxos_fast --io auto --duration 5us --no-floor");
}

TEST(ReportData, keeps_the_rows_of_different_rates_apart) {
    const Result result = data_of_report(measure::made_up_rates());
    ASSERT_EQ(result.rows.size(), 2u);
    EXPECT_EQ(result.rows[0].label, "at 10.0k/s");
    EXPECT_EQ(result.rows[0].rates.size(), 1u);
    EXPECT_NEAR(result.rows[1].rates[0], 1e6, 1);
}

TEST(ReportPage, has_no_column_for_the_floor_if_no_row_has_one) {
    EXPECT_TRUE(has(page_of({data_of_report(measure::made_up_report())}), "<th>vs bare UDP</th>"));
    const std::string page = page_of({data_of_report(measure::made_up_rates())});
    EXPECT_FALSE(has(page, "<th>vs bare UDP</th>"));
    EXPECT_FALSE(has(page, "data-head=\"vs bare UDP\""));
}

TEST(ReportData, has_the_knee_of_a_search) {
    measure::Report report = measure::made_up_search();
    report.settings = {
        {.name = "slo", .value = std::string("p99<500us"), .from = "flag", .assigned = ""}};
    const Result result = data_of_report(report);
    EXPECT_EQ(result.command, "paxos_fast knee --slo 'p99<500us'");
    ASSERT_TRUE(result.knee);
    EXPECT_EQ(knee_text(*result.knee), knee_text(*report.knee));
    const std::string page = page_of({result});
    EXPECT_TRUE(has(page, "<p>knee: 20.0k/s is the highest rate that meets p99&lt;500us"));
    EXPECT_TRUE(has(page, R"("knee":{"objective":"p99\u003c500us","percentile":"p99",)"
                          R"("limit":500000,"row":1})"));
}

TEST(ReportData, has_the_slowest_decisions_of_all_repetitions) {
    measure::Report report = measure::made_up_report();
    add_made_up_explanation(report);
    const Result result = data_of_report(report);
    EXPECT_TRUE(result.rows[0].slowest.empty());
    const Row& row = result.rows[1];
    EXPECT_EQ(measure::causes_text(row.causes), slow_text(report));
    ASSERT_EQ(row.slowest.size(), 10u);
    EXPECT_EQ(row.slowest[0].repetition, 9) << "the slowest first";
    EXPECT_EQ(row.slowest[0].latency_ns, 3'270'000u);
    EXPECT_EQ(row.slowest[0].cause, measure::Cause::steal);
    const std::string page = page_of({result});
    EXPECT_TRUE(has(page,
                    "<p>2772 in flight: 40 slow decisions (beyond p99): 75% steal, 25% "
                    "unknown</p>"));
    EXPECT_TRUE(has(page,
                    "<td>2772 in flight</td><td>10</td><td>1840 to 3643</td><td>3.27ms</td>"
                    "<td>12.0ms</td><td>steal</td><td>n0 late by 3.10ms (steal)</td>"));
    EXPECT_FALSE(has(page_of({data_of_report(measure::made_up_report())}), "Slow decisions"));
}

TEST(ReportData, refuses_a_file_that_is_not_a_result_file) {
    EXPECT_EQ(error_of("{"), "a.json: is not JSON, or is truncated");
    EXPECT_EQ(error_of(""), "a.json: is not JSON, or is truncated");
    EXPECT_EQ(error_of("[]"),
              "a.json: is not a result file of paxos_fast (--json FILE writes one)");
    EXPECT_TRUE(has(error_of("{\"paxos_fast\": {\"schema\": 99}}"), "a.json: has schema 99"));
    EXPECT_TRUE(has(error_of("{\"paxos_fast\": {\"schema\": 1}}"),
                    "a.json: is not a complete result file: "));
    EXPECT_TRUE(has(error_of("{\"paxos_fast\": 7}"), "a.json: is not a complete result file: "));
}

TEST(ReportPage, shows_rate_and_p99_of_every_row_and_needs_no_network) {
    const measure::Report report = measure::made_up_report();
    const std::string page = page_of({data_of_report(report), data_of_report(report, "b.json")});
    for (const measure::RowFigures& row : condense(report.runs, report.floor)) {
        EXPECT_TRUE(has(page, "\"rate\">" + measure::rate_text(*row.rate) + "</td>"));
        EXPECT_TRUE(has(page, "\"p99\">" + measure::time_text(*row.p99_ns) + "</td>"));
    }
    EXPECT_TRUE(has(page, "<h2>a.json</h2>"));
    EXPECT_TRUE(has(page, "<h2>b.json</h2>"));
    EXPECT_TRUE(has(page, "default-src 'none'"));
    EXPECT_FALSE(has(page, "src=")) << "the page loads nothing from elsewhere";
    EXPECT_FALSE(has(page, "<link"));
    EXPECT_TRUE(has(page, std::string(chart_library())));
    EXPECT_TRUE(has(std::string(chart_library()), "Released under the MIT License"));
}

TEST(ReportPage, escapes_the_texts_of_files) {
    measure::Report report = measure::made_up_report(1);
    report.environment.host = "</dd><script>alert(1)</script>";
    const std::string page = page_of({data_of_report(report, "</script><b>.json")});
    EXPECT_FALSE(has(page, "<script>alert"));
    EXPECT_FALSE(has(page, "<b>.json"));
    EXPECT_TRUE(has(page, "&lt;script&gt;alert(1)"));
    EXPECT_TRUE(has(page, "\\u003c/script>\\u003cb>.json"))
        << "the name in the embedded data is escaped";
}

}  // namespace
}  // namespace paxos::report::page_test
