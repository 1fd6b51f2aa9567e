// CSV, Markdown and hgrm (HdrHistogram) text contain the figures of the result file. The CSV text
// has unrounded figures.
#include "report/formats.h"

#include <fmt/format.h>

#include <sstream>

#include "base/histogram.h"
#include "gtest/gtest.h"
#include "measure/figures.h"
#include "measure/text.h"
#include "support/report_data.h"

namespace paxos::report::formats_test {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

/// The cells of a CSV line. REQUIRES: no cell is quoted.
std::vector<std::string> cells_of_line(const std::string& line) {
    std::vector<std::string> cells;
    std::istringstream stream(line);
    for (std::string cell; std::getline(stream, cell, ',');) cells.push_back(cell);
    return cells;
}

TEST(ReportCsv, holds_the_figures_under_their_names_in_the_result_file) {
    const measure::Report report = measure::made_up_report();
    const std::vector<measure::RowFigures> rows = condense(report.runs, report.floor);
    const std::vector<std::string> lines = lines_of(csv_of({data_of_report(report)}));
    ASSERT_EQ(lines.size(), 1 + rows.size());
    const std::vector<std::string> heads = cells_of_line(lines[0]);
    for (std::size_t i = 0; i < rows.size(); ++i) {
        const std::vector<std::string> cells = cells_of_line(lines[1 + i]);
        ASSERT_EQ(cells.size(), heads.size());
        const auto cell = [&](const std::string& head) {
            const auto found = std::ranges::find(heads, head);
            EXPECT_NE(found, heads.end()) << head;
            return cells[static_cast<std::size_t>(found - heads.begin())];
        };
        EXPECT_EQ(cell("file"), "a.json");
        EXPECT_EQ(cell("protocol"), "classic");
        EXPECT_EQ(cell("nodes"), "5");
        EXPECT_EQ(cell("verdict"), "SAFE");
        EXPECT_EQ(cell("window"), std::to_string(rows[i].window));
        EXPECT_EQ(cell("rate"), "") << "none was asked for";
        EXPECT_EQ(cell("rounds"), std::to_string(rows[i].rounds));
        EXPECT_EQ(std::stod(cell("decisions_per_second")), *rows[i].rate) << "not rounded";
        EXPECT_EQ(std::stod(cell("spread")), *rows[i].spread);
        EXPECT_EQ(std::stod(cell("latency_ns_p50")), *rows[i].p50_ns);
        EXPECT_EQ(std::stod(cell("latency_ns_p99")), *rows[i].p99_ns);
        EXPECT_EQ(std::stod(cell("latency_ns_p99_9")), *rows[i].p99_9_ns);
        EXPECT_EQ(std::stod(cell("latency_ns_max")), *rows[i].max_ns);
        EXPECT_EQ(std::stod(cell("floor_ratio")), *rows[i].floor_ratio);
        EXPECT_EQ(std::stod(cell("messages_per_decision")), rows[i].messages);
        EXPECT_EQ(std::stod(cell("cells_per_decision")), rows[i].cells);
        EXPECT_EQ(std::stod(cell("datagrams_per_decision")), rows[i].datagrams);
    }
}

TEST(ReportCsv, quotes_names_and_leaves_absent_figures_empty) {
    const measure::Report report = measure::made_up_rates();
    const std::vector<std::string> lines = lines_of(
        csv_of({data_of_report(report, "a,\"b\".json"), data_of_report(report, "c.json")}));
    ASSERT_EQ(lines.size(), 5u);
    EXPECT_TRUE(
        lines[1].starts_with("\"a,\"\"b\"\".json\",classic,5,SAFE,false,rate,2772,10000,1,"))
        << lines[1];
    EXPECT_TRUE(lines[3].starts_with("c.json,"));
    EXPECT_EQ(cells_of_line(lines[3])[11], "") << "one run has no spread";
}

TEST(ReportMarkdown, is_the_table_of_the_summary) {
    measure::Report report = measure::made_up_report();
    measure::kill_node_3(report, 0);
    const std::string text = markdown_of({data_of_report(report, "a|b.json")});
    EXPECT_TRUE(
        text.starts_with("**a\\|b.json**: SAFE, DEGRADED; paxos\\_fast --io auto\n\n| load |"))
        << text;
    for (const measure::RowFigures& row : condense(report.runs, report.floor))
        EXPECT_NE(text.find("| " + measure::rate_text(*row.rate) + " | " +
                            measure::scaled_text(100 * *row.spread) + "% | " +
                            measure::time_text(*row.p50_ns) + " | " +
                            measure::time_text(*row.p99_ns) + " |"),
                  std::string::npos)
            << text;
    EXPECT_NE(text.find("\n- run 1: n3 killed by signal 9, near round 40012\n"), std::string::npos)
        << text;
}

TEST(ReportHgrm, holds_all_samples_with_the_percentiles_of_the_histogram) {
    const measure::Report report = measure::made_up_report();
    const Row row = data_of_report(report).rows[1];
    const auto together = std::make_unique<Histogram>();
    for (const measure::RunResult& run : report.runs) together->merge(*run.rows[1].latency);
    const std::vector<std::string> lines = lines_of(hgrm_of(row));
    EXPECT_EQ(lines[0], "       Value     Percentile TotalCount 1/(1-Percentile)");
    EXPECT_EQ(lines[1], "");
    double last = 0;
    std::uint64_t count = 0;
    for (std::size_t i = 2; i + 3 < lines.size(); ++i) {
        std::istringstream line(lines[i]);
        double ms = 0, percentile = 0, inverse = 0;
        line >> ms >> percentile >> count;
        EXPECT_GT(percentile, last);
        const std::uint64_t ns = together->percentile(percentile);
        EXPECT_NEAR(ms * 1e6, static_cast<double>(ns), 0.5) << lines[i];
        if (line >> inverse)
            EXPECT_NEAR(inverse, 1 / (1 - percentile), 0.01 * inverse) << lines[i];
        else
            EXPECT_EQ(percentile, 1) << lines[i];
        last = percentile;
    }
    EXPECT_EQ(last, 1);
    EXPECT_EQ(count, together->samples());
    const std::string mean = "#[Mean    = " +
                             measure::right_aligned(fmt::format("{:.6f}", together->mean() / 1e6),
                                                    12);
    EXPECT_TRUE(lines[lines.size() - 3].starts_with(mean)) << lines[lines.size() - 3];
    EXPECT_EQ(lines[lines.size() - 2],
              fmt::format("#[Max     = {:12.6f}, Total count    = {:12}]",
                          static_cast<double>(together->max()) / 1e6, together->samples()));
}

}  // namespace
}  // namespace paxos::report::formats_test
