// The comparison of two sides: which figures get a verdict, which inputs cannot be compared, and
// the output as a table, JSON and Markdown.
#include "compare/comparison.h"

#include <sstream>

#include "compare/outputs.h"
#include "gmock/gmock.h"
#include "measure/text.h"
#include "nlohmann/json.hpp"
#include "support/made_up_results.h"

namespace paxos::compare::comparison_test {
namespace {

using measure::Report;
using testing::HasSubstr;
using testing::Not;

Result result_of(const Report& report, const std::string& path) {
    Result result;
    std::string why;
    EXPECT_TRUE(read_result(path, text_of(report), false, result, why)) << why;
    return result;
}

Side side_of(const Made& made, const std::string& path) {
    return {result_of(report_of(made), path)};
}

Comparison compared(const Side& base, const Side& fresh, const Terms& terms = {}) {
    Comparison comparison;
    std::string why;
    EXPECT_TRUE(compare(base, fresh, terms, comparison, why)) << why;
    return comparison;
}

Comparison compared(const Made& base, const Made& fresh, const Terms& terms = {}) {
    return compared(side_of(base, "old.json"), side_of(fresh, "new.json"), terms);
}

Verdict verdict(const Comparison& comparison, std::size_t index) {
    return comparison.primary.at(index).verdict.value();
}

void set(Report& report, const std::string& name, measure::Setting::Value value) {
    for (measure::Setting& setting : report.settings)
        if (setting.name == name) setting.value = std::move(value);
}

TEST(Comparison, the_saturated_rate_and_the_unloaded_p50_are_primary) {
    const Comparison comparison = compared(Made{}, Made{.rate = 0.8, .p50 = 0.8});
    ASSERT_EQ(comparison.primary.size(), 2u);
    EXPECT_EQ(comparison.primary[0].metric, Metric::rate);
    EXPECT_EQ(comparison.primary[0].base_window, 2772u);
    EXPECT_NEAR(comparison.primary[0].change.estimate, -0.2, 0.001);
    EXPECT_EQ(verdict(comparison, 0), Verdict::worse);
    EXPECT_EQ(comparison.primary[1].metric, Metric::p50);
    EXPECT_EQ(comparison.primary[1].base_window, 1u);
    EXPECT_NEAR(comparison.primary[1].change.estimate, -0.2, 0.01);
    EXPECT_EQ(verdict(comparison, 1), Verdict::better);
    EXPECT_EQ(comparison.primary.size() + comparison.others.size(), 13u)
        << "1000 samples are too few for a p99.9";
    EXPECT_TRUE(comparison.has(Verdict::worse));
}

TEST(Comparison, of_equal_sides_finds_no_change) {
    const Comparison comparison = compared(Made{}, Made{});
    EXPECT_EQ(verdict(comparison, 0), Verdict::same);
    EXPECT_EQ(verdict(comparison, 1), Verdict::same);
}

TEST(Comparison, counts_repetitions_not_rows) {
    const Comparison comparison = compared(Made{.repetitions = 7}, Made{.repetitions = 5});
    EXPECT_EQ(comparison.base.repetitions, 7u);
    EXPECT_EQ(comparison.primary[0].base_count, 7u);
    EXPECT_EQ(comparison.primary[0].fresh_count, 5u);
}

TEST(Comparison, of_one_repetition_is_inconclusive) {
    const Comparison comparison = compared(Made{.repetitions = 1},
                                           Made{.rate = 0.1, .repetitions = 1});
    EXPECT_EQ(verdict(comparison, 0), Verdict::inconclusive);
    EXPECT_THAT(comparison.primary[0].reason, HasSubstr("one repetition is not enough"));
}

TEST(Comparison, is_inconclusive_if_the_floor_changed_too) {
    const Comparison comparison = compared(Made{}, Made{.rate = 0.8, .floor = 0.8});
    EXPECT_EQ(verdict(comparison, 0), Verdict::inconclusive);
    EXPECT_THAT(comparison.primary[0].reason,
                HasSubstr("the floor of the machine changed by 25.0%"));
    ASSERT_FALSE(comparison.notes.empty());
    EXPECT_THAT(comparison.notes[0], HasSubstr("paxos_fast ab OLD NEW"));
}

TEST(Comparison, does_not_use_the_floors_rate_as_a_control) {
    Report other = report_of({.rate = 0.5});
    other.floor.decisions_per_second *= 3;
    EXPECT_EQ(verdict(compared(side_of({}, "a"), {result_of(other, "b")}), 0), Verdict::worse);
}

// The floors of three and of five nodes measure different clusters. Only the round trips of the
// floors are comparable, because each is between two processes.
TEST(Comparison, uses_only_the_round_trip_as_a_control_if_settings_differ) {
    Report other = report_of({.rate = 0.5});
    set(other, "nodes", std::uint64_t{3});
    other.floor.round_ns_p50 /= 3;
    other.floor.decisions_per_second *= 3;
    const Side base = side_of({}, "a");
    EXPECT_EQ(verdict(compared(base, {result_of(other, "b")}, {.across = {"nodes"}}), 0),
              Verdict::worse);
    other.floor.rtt_ns_p50 *= 3;
    EXPECT_EQ(verdict(compared(base, {result_of(other, "b")}, {.across = {"nodes"}}), 0),
              Verdict::inconclusive);
    other.environment.cpu_model = "another";
    EXPECT_EQ(verdict(compared(base, {result_of(other, "b")}, {.across = {"nodes", "machine"}}), 0),
              Verdict::worse)
        << "the machine is what the comparison is about";
}

TEST(Comparison, uses_the_only_window_that_both_sides_have) {
    Report report = report_of({});
    for (measure::RunResult& run : report.runs) run.rows.erase(run.rows.begin());
    const Comparison comparison = compared({result_of(report, "a")}, {result_of(report, "b")});
    ASSERT_EQ(comparison.primary.size(), 2u);
    EXPECT_EQ(comparison.primary[0].base_window, 2772u);
    EXPECT_EQ(comparison.primary[1].base_window, 2772u);
}

TEST(Comparison, needs_a_common_window_unless_windows_are_compared) {
    Report one = report_of({}), other = report_of({});
    for (measure::RunResult& run : one.runs) run.rows.pop_back();
    for (measure::RunResult& run : other.runs) run.rows.erase(run.rows.begin());
    const Side base{result_of(one, "a.json")}, fresh{result_of(other, "b.json")};
    Comparison comparison;
    std::string why;
    EXPECT_FALSE(compare(base, fresh, {}, comparison, why));
    EXPECT_EQ(why, "b.json: the two sides have no window in common: 1 in a.json, 2772 here");
    comparison = compared(base, fresh, {.across = {"window"}});
    EXPECT_EQ(comparison.primary[0].base_window, 1u);
    EXPECT_EQ(comparison.primary[0].fresh_window, 2772u);
}

TEST(Comparison, gives_no_verdict_on_different_settings_unless_asked_to) {
    Report other = report_of({.rate = 0.5});
    set(other, "nodes", std::uint64_t{3});
    const Side base = side_of({}, "a"), fresh{result_of(other, "b")};
    Comparison comparison = compared(base, fresh);
    EXPECT_EQ(verdict(comparison, 0), Verdict::not_comparable);
    EXPECT_THAT(table_of(comparison, {}), HasSubstr("\ndifferent       nodes 5 -> 3\n"));
    comparison = compared(base, fresh, {.across = {"protocol"}});
    EXPECT_EQ(verdict(comparison, 0), Verdict::not_comparable)
        << "only differences of the protocol were allowed";
    comparison = compared(base, fresh, {.across = {"nodes"}});
    EXPECT_EQ(verdict(comparison, 0), Verdict::worse);
    EXPECT_THAT(table_of(comparison, {}), HasSubstr("\nacross          nodes 5 -> 3\n"));
}

TEST(Comparison, assumes_the_default_for_a_setting_that_one_build_lacks) {
    Report other = report_of({});
    other.settings.push_back(
        {.name = "rate", .value = std::uint64_t{0}, .from = "default", .assigned = ""});
    const Side base = side_of({}, "a");
    EXPECT_EQ(verdict(compared(base, {result_of(other, "b")}), 0), Verdict::same);
    EXPECT_EQ(verdict(compared({result_of(other, "b")}, base), 0), Verdict::same);
    other.settings.back().from = "flag";
    EXPECT_EQ(verdict(compared(base, {result_of(other, "b")}), 0), Verdict::not_comparable);
}

TEST(Comparison, runs_on_and_off_get_no_verdict_and_builds_without_the_option_count_as_off) {
    const auto with_runs = [](const char* value, const char* from) {
        Report report = report_of({});
        report.settings.push_back(
            {.name = "runs", .value = std::string(value), .from = from, .assigned = ""});
        return Side{result_of(report, value)};
    };
    const Side before = side_of({}, "a"), on = with_runs("on", "flag"),
               off = with_runs("off", "flag"), by_default = with_runs("on", "default");
    EXPECT_EQ(verdict(compared(on, off), 0), Verdict::not_comparable);
    EXPECT_EQ(verdict(compared(before, on), 0), Verdict::not_comparable);
    EXPECT_EQ(verdict(compared(before, off), 0), Verdict::same);
    EXPECT_EQ(verdict(compared(off, before), 0), Verdict::same);
    EXPECT_EQ(verdict(compared(before, by_default), 0), Verdict::same)
        << "a default of the newer build does not count as different";
}

TEST(Comparison, detects_that_auto_chose_another_io_engine) {
    Report other = report_of({});
    for (measure::RunResult& run : other.runs) run.io = "mmsg";
    EXPECT_EQ(verdict(compared(side_of({}, "a"), {result_of(other, "b")}), 0),
              Verdict::not_comparable);
}

TEST(Comparison, gives_no_verdict_on_different_machines_unless_asked_to) {
    Report other = report_of({});
    other.environment.kernel = "6.18.5";
    const Side base = side_of({}, "a"), fresh{result_of(other, "b")};
    EXPECT_EQ(verdict(compared(base, fresh), 0), Verdict::not_comparable);
    EXPECT_EQ(verdict(compared(base, fresh, {.across = {"machine"}}), 0), Verdict::same);
}

TEST(Comparison, ignores_conditions_and_settings_that_change_no_figure) {
    Report other = report_of({});
    other.environment.load = {3.5, 2, 1};
    other.environment.steal = 0.02;
    other.environment.mhz = 2000;
    for (const char* name : {"seed", "json", "series", "key", "color", "progress", "quiet",
                             "timeout", "repetitions", "port"})
        other.settings.push_back(
            {.name = name, .value = std::uint64_t{9}, .from = "flag", .assigned = ""});
    EXPECT_EQ(verdict(compared(side_of({}, "a"), {result_of(other, "b")}), 0), Verdict::same);
}

TEST(Pooling, refuses_repeated_runs_and_different_settings_or_builds) {
    const Result first = result_of(report_of({}), "a.json");
    EXPECT_EQ(refuse_pooling({first}), "");
    EXPECT_EQ(refuse_pooling({first, result_of(report_of({}), "b.json")}),
              "b.json: contains the same runs as a.json; each run counts once");
    Report other = report_of({.date = "2026-02-01T12:00:00+00:00"});
    EXPECT_EQ(refuse_pooling({first, result_of(other, "b.json")}), "");
    set(other, "nodes", std::uint64_t{3});
    EXPECT_EQ(refuse_pooling({first, result_of(other, "b.json")}),
              "b.json: nodes is 3, but 5 in a.json: the files of one side must agree");
    set(other, "nodes", std::uint64_t{5});
    other.build.commit = "1234567";
    EXPECT_THAT(refuse_pooling({first, result_of(other, "b.json")}),
                HasSubstr("b.json: its build is "));
}

TEST(Pooling, takes_all_repetitions_of_all_files) {
    Side base;
    for (int i = 0; i < 4; ++i)
        base.push_back(
            result_of(report_of({.rate = 1 + 0.1 * i, .date = "2026-01-0" + std::to_string(4 - i)}),
                      std::to_string(i)));
    EXPECT_EQ(pooled(sample_of(base, 2772, Metric::rate)).size(), 40u);
    const Comparison comparison = compared(base, base);
    EXPECT_EQ(comparison.base.repetitions, 40u);
    EXPECT_EQ(comparison.base.first_date, "2026-01-01");
    EXPECT_EQ(comparison.base.last_date, "2026-01-04");
}

TEST(CompareTable, fits_into_eighty_columns) {
    Report other = report_of({.rate = 0.1, .p50 = 50, .floor = 0.5});
    set(other, "values", std::vector<std::string>(30, "a value of many letters"));
    other.build.flags = std::string(200, 'f');
    const Comparison comparison = compared(side_of({}, std::string(300, 'p')),
                                           {result_of(other, std::string(300, 'q'))},
                                           {.across = {"values"}});
    std::istringstream lines(table_of(comparison, {.color = false, .all = true}));
    for (std::string line; std::getline(lines, line);)
        EXPECT_LE(measure::width_of(line), 80u) << line;
}

TEST(CompareTable, shows_secondary_figures_and_colours_only_on_request) {
    const Comparison comparison = compared(Made{}, Made{.rate = 0.5});
    EXPECT_THAT(table_of(comparison, {}), Not(HasSubstr("datagrams")));
    EXPECT_THAT(table_of(comparison, {.color = false, .all = true}),
                HasSubstr("datagrams at 2772"));
    EXPECT_THAT(table_of(comparison, {}),
                HasSubstr("\nWORSE           rate at 2772: beyond the margin of 3%"));
    EXPECT_THAT(table_of(comparison, {}), Not(HasSubstr("\x1b")));
    EXPECT_THAT(table_of(comparison, {.color = true, .all = false}),
                HasSubstr("\x1b[31mWORSE\x1b[0m "));
}

// The median rates of the base and of the new side are 1.25 and 1.0 times the usual rate. The
// estimated change is the median over all 100 pairs of a base run and a new run. It is zero,
// because the new run is faster in 20 pairs, as fast in 50 pairs, and slower in 30 pairs.
TEST(CompareTable, explains_a_change_that_is_not_the_quotient_of_the_medians) {
    const auto with_fast_runs = [](std::size_t count) {
        Report report = report_of({.spread = 0});
        for (std::size_t i = 0; i < count; ++i)
            report.runs[i].rows[1].elapsed_ns = report.runs[i].rows[1].elapsed_ns * 2 / 3;
        return report;
    };
    const std::string explanation =
        "\nchange          the median over all pairs of runs, not the ratio of the two\n"
        "                medians shown\n";
    const Side base{result_of(with_fast_runs(5), "a.json")};
    const Comparison comparison = compared(base, {result_of(with_fast_runs(4), "b.json")});
    EXPECT_NEAR(comparison.primary[0].fresh / comparison.primary[0].base, 0.8, 0.01);
    EXPECT_NEAR(comparison.primary[0].change.estimate, 0, 0.01);
    EXPECT_THAT(table_of(comparison, {}), HasSubstr(explanation));
    EXPECT_THAT(table_of(compared(Made{}, Made{.rate = 0.5}), {}),
                Not(HasSubstr("not the ratio of")));
}

TEST(CompareTable, says_what_a_comparison_without_a_change_would_have_detected) {
    const Comparison comparison = compared(Made{.spread = 0.01}, Made{.spread = 0.01});
    ASSERT_EQ(verdict(comparison, 0), Verdict::inconclusive);
    const std::string table = table_of(comparison, {});
    EXPECT_THAT(table, testing::ContainsRegex(
                           "\ninconclusive +rate at 2772: no change detected; a change of "
                           "[0-9.]+% or more\n +would probably have been detected\n"));
    EXPECT_THAT(table, HasSubstr("\ndetectable      the smallest change that these runs would "
                                 "probably have detected\n"));
    // The table has no p-value. A verdict needs more evidence than p < 0.05, so a p-value below
    // 0.05 could stand beside "no change detected" and seem to contradict it.
    EXPECT_THAT(table, Not(testing::ContainsRegex("(^|[^a-z0-9])p( =|-value| value)")));
}

TEST(CompareTable, shows_the_change_of_the_floor) {
    EXPECT_THAT(table_of(compared(Made{}, Made{.floor = 0.8}), {}),
                HasSubstr("round trip 5.30us -> 6.62us (+25.0%)"));
}

TEST(CompareJson, contains_builds_floor_verdicts_and_intervals) {
    const auto json = nlohmann::json::parse(json_of(compared(Made{}, Made{.rate = 0.5})));
    EXPECT_EQ(json["schema"], 2);
    EXPECT_EQ(json["base"]["build"]["commit"], "3f2a91c");
    EXPECT_EQ(json["comparable"], true);
    EXPECT_EQ(json["floor"].size(), 3u);
    const auto& rate = json["primary"][0];
    EXPECT_EQ(rate["metric"], "decisions_per_second");
    EXPECT_EQ(rate["window"]["new"], 2772);
    EXPECT_EQ(rate["verdict"], "WORSE");
    EXPECT_NEAR(rate["change"], -0.5, 0.001);
    EXPECT_LT(rate["interval"][1], -0.49);
    EXPECT_GT(rate["interval_allowing_for_machine"][1], rate["interval"][1]);
    EXPECT_FALSE(json["others"][0].contains("verdict"));
}

TEST(CompareJson, omits_infinite_numbers) {
    const auto json = nlohmann::json::parse(
        json_of(compared(Made{.repetitions = 1}, Made{.repetitions = 1})));
    EXPECT_FALSE(json["primary"][0].contains("interval"));
    EXPECT_FALSE(json["primary"][0].contains("smallest_visible_change"));
}

TEST(CompareMarkdown, escapes_text_from_the_files) {
    Report other = report_of({.rate = 0.5});
    other.build.flags = "-O3 | <b>";
    const std::string text = markdown_of(compared(side_of({}, "a"), {result_of(other, "b|c")}),
                                         false);
    EXPECT_THAT(text, testing::StartsWith("| figure | base | new | change |"));
    EXPECT_THAT(text, HasSubstr("| rate at 2772 | 5.12M/s | 2.56M/s | -50.0% |"));
    EXPECT_THAT(text, HasSubstr("| **WORSE** |\n"));
    EXPECT_THAT(text, HasSubstr("-O3 \\| \\<b\\>"));
    EXPECT_THAT(text, HasSubstr("b\\|c"));
}

}  // namespace
}  // namespace paxos::compare::comparison_test
