// Tests of the reader of result files, with files that the program wrote and with damaged files.
#include "compare/result_reader.h"

#include "gtest/gtest.h"
#include "measure/figures.h"
#include "nlohmann/json.hpp"
#include "support/made_up_results.h"

namespace paxos::compare::reader_test {
namespace {

using nlohmann::json;

double figure(const Row& row, Metric metric) {
    return row.figures[static_cast<std::size_t>(metric)].value_or(-1);
}

Result read(const std::string& text, bool allow_degraded = false) {
    Result result;
    std::string why;
    EXPECT_TRUE(read_result("x.json", text, allow_degraded, result, why)) << why;
    return result;
}

std::string refusal_of(const std::string& text) {
    Result result;
    std::string why;
    EXPECT_FALSE(read_result("x.json", text, false, result, why));
    return why;
}

/// The reader uses the writer's field names.
TEST(CompareReader, reads_what_the_writer_writes) {
    measure::Report report = report_of({});
    report.environment.cpu_model = "a\x1b[31m processor";
    report.settings.push_back(
        {.name = "seed", .value = std::uint64_t{7}, .from = "default", .assigned = ""});
    const Result result = read(text_of(report));

    EXPECT_EQ(result.date, report.date);
    EXPECT_EQ(result.build.version, report.build.version);
    EXPECT_EQ(result.build.commit, report.build.commit);
    EXPECT_EQ(result.build.compiler, report.build.compiler);
    EXPECT_EQ(result.build.flags, report.build.flags);
    EXPECT_EQ(result.build.dirty, report.build.dirty);
    EXPECT_EQ(result.floor.rtt_ns_p50, report.floor.rtt_ns_p50);
    EXPECT_EQ(result.floor.round_ns_p50, report.floor.round_ns_p50);
    EXPECT_EQ(result.floor.decisions_per_second, report.floor.decisions_per_second);
    EXPECT_EQ(result.settings, (Facts{{"nodes", "5"},
                                      {"window", "[1,2772]"},
                                      {"thrifty", "false"},
                                      {"values", "[]"},
                                      {"io", "auto: io_uring"}}));
    EXPECT_EQ(result.machine.at("kernel"), "6.1.0");
    EXPECT_EQ(result.machine.at("cpu_model"), "a?[31m processor")
        << "without escape sequences for a terminal";

    ASSERT_EQ(result.rows.size(), 20u);
    for (std::size_t i = 0; i < result.rows.size(); ++i) {
        const measure::RowResult& row = report.runs[i / 2].rows[i % 2];
        const auto decisions = static_cast<double>(row.decisions);
        EXPECT_EQ(result.rows[i].window, row.window);
        EXPECT_EQ(result.rows[i].repetition, i / 2);
        EXPECT_DOUBLE_EQ(figure(result.rows[i], Metric::rate),
                         decisions * 1e9 / static_cast<double>(row.elapsed_ns));
        EXPECT_EQ(figure(result.rows[i], Metric::p50), measure::percentile(*row.latency, 0.5));
        EXPECT_EQ(figure(result.rows[i], Metric::p99), measure::percentile(*row.latency, 0.99));
        EXPECT_EQ(figure(result.rows[i], Metric::p99_9),
                  measure::percentile(*row.latency, 0.999).value_or(-1));
        EXPECT_EQ(figure(result.rows[i], Metric::max), static_cast<double>(row.latency->max()));
        EXPECT_DOUBLE_EQ(figure(result.rows[i], Metric::cpu), 900);
        EXPECT_NEAR(figure(result.rows[i], Metric::datagrams), 0.97, 1e-9);
    }
}

TEST(CompareReader,
     the_name_of_an_output_file_is_no_setting_and_every_host_is_a_part_of_the_machine) {
    measure::Report report = report_of({});
    for (const char* name : {"json", "series", "trace"})
        report.settings.push_back(
            {.name = name, .value = std::string("x"), .from = "command line", .assigned = ""});
    report.hosts.resize(2);
    report.hosts[1].node = 1;
    report.hosts[1].name = "h2";
    report.hosts[1].kernel = "6.18";
    report.hosts[1].mtu = 1280;
    const Result result = read(text_of(report));
    EXPECT_EQ(result.settings, read(text_of(report_of({}))).settings);
    EXPECT_EQ(result.machine.at("n1 name"), "h2");
    EXPECT_EQ(result.machine.at("n1 kernel"), "6.18");
    EXPECT_EQ(result.machine.at("n1 mtu"), "1280");
}

TEST(CompareReader, treats_a_figure_with_too_few_samples_as_absent) {
    const Result result = read(text_of(report_of({})));
    EXPECT_FALSE(result.rows[0].figures[static_cast<std::size_t>(Metric::p99_9)].has_value());
}

struct Damaged {
    const char* place;  ///< JSON pointer within "paxos_fast".
    json value;
    std::string why;  ///< The text after "x.json: ".
};
class CompareReaderRefuses : public testing::TestWithParam<Damaged> {};

TEST_P(CompareReaderRefuses, invalid_content_and_names_its_place) {
    json file = json::parse(text_of(report_of({})));
    const json::json_pointer place("/paxos_fast" + std::string(GetParam().place));
    ASSERT_TRUE(file.contains(place));
    file[place] = GetParam().value;
    EXPECT_EQ(refusal_of(file.dump()), "x.json: " + GetParam().why);
}

const std::string number = ": must be a positive number";
INSTANTIATE_TEST_SUITE_P(
    Damaged, CompareReaderRefuses,
    testing::Values(
        Damaged{"/schema", 2,
                "paxos_fast.schema: is 2, but this paxos_fast reads only 1; use the version of "
                "paxos_fast that wrote the file"},
        Damaged{"/schema", "1", "paxos_fast.schema: must be a whole number"},
        Damaged{"/date", 5, "paxos_fast.date: must be a string"},
        Damaged{"/build/dirty", "no", "paxos_fast.build.dirty: must be true or false"},
        Damaged{"/config", json::array(), "paxos_fast.config: must be an object"},
        Damaged{"/config/nodes", 5, "paxos_fast.config.nodes: must be an object"},
        Damaged{"/config/nodes", json::object(), "paxos_fast.config.nodes.value: is missing"},
        Damaged{"/environment", nullptr, "paxos_fast.environment: must be an object"},
        Damaged{"/runs", json::object(), "paxos_fast.runs: must be a list"},
        Damaged{"/runs", json::array(), "paxos_fast.runs: has no repetition"},
        Damaged{"/runs/2", 1, "paxos_fast.runs[2]: must be an object"},
        Damaged{"/runs/2", json::object(), "paxos_fast.runs[2].safety: is missing"},
        Damaged{"/runs/3/decisions_per_second", nullptr,
                "paxos_fast.runs[3].decisions_per_second" + number},
        Damaged{"/runs/3/decisions_per_second", "5",
                "paxos_fast.runs[3].decisions_per_second" + number},
        Damaged{"/runs/3/latency_ns/p50", -1, "paxos_fast.runs[3].latency_ns.p50" + number},
        Damaged{"/runs/3/latency_ns/p50", 0, "paxos_fast.runs[3].latency_ns.p50" + number},
        Damaged{"/runs/3/window", 1.5, "paxos_fast.runs[3].window: must be a whole number"},
        Damaged{"/runs/3/window", -1, "paxos_fast.runs[3].window: must be a whole number"},
        Damaged{"/floor/rtt_ns_p50", -3, "paxos_fast.floor.rtt_ns_p50" + number}));

INSTANTIATE_TEST_SUITE_P(
    NoMeasurement, CompareReaderRefuses,
    testing::Values(
        Damaged{"/runs/5/safety/verdict", "UNKNOWN",
                "paxos_fast.runs[5]: repetition 2 is UNKNOWN, not SAFE: its figures are not valid"},
        Damaged{"/runs/5/safety/verdict", "UNSAFE",
                "paxos_fast.runs[5]: repetition 2 is UNSAFE, not SAFE: its figures are not valid"},
        Damaged{"/runs/5/logged", true,
                "paxos_fast.runs[5]: repetition 2 was made with --log, which slows the "
                "run; its figures are not valid"},
        Damaged{"/runs/5/degraded", true,
                "paxos_fast.runs[5]: repetition 2 is DEGRADED: a node died, was silent or was "
                "left behind; --allow-degraded accepts such runs"},
        Damaged{"/repetitions/4/exit_code", 130,
                "paxos_fast.repetitions[4]: repetition 4 failed (exit code 130)"}));

TEST(CompareReader, accepts_a_degraded_run_if_that_is_allowed) {
    measure::Report report = report_of({});
    measure::kill_node_3(report, 2);
    EXPECT_EQ(read(text_of(report), true).rows.size(), 20u);
}

TEST(CompareReader, refuses_a_run_at_a_requested_rate) {
    measure::Report report = report_of({});
    report.runs[1].rows[0].rate = 1000;
    EXPECT_EQ(refusal_of(text_of(report)),
              "x.json: paxos_fast.runs[2]: was made with --rate, so it does not measure the "
              "maximum throughput");
}

TEST(CompareReader, refuses_a_file_that_is_not_a_result_file) {
    const std::string not_ours =
        "x.json: is not a result file of paxos_fast (--json FILE writes one)";
    const std::string whole = text_of(report_of({}));
    EXPECT_EQ(refusal_of(""), "x.json: is empty");
    EXPECT_EQ(refusal_of(" \n"), "x.json: is empty");
    EXPECT_EQ(refusal_of("rate 5"), "x.json: line 1: is not JSON");
    EXPECT_EQ(refusal_of("{\"a\": 1,\n\"b\": NaN}"), "x.json: line 2: is not JSON");
    EXPECT_EQ(refusal_of("{\"a\": 1e999}"), "x.json: has a number that is out of range");
    EXPECT_EQ(refusal_of(whole.substr(0, whole.size() / 2)), "x.json: is truncated");
    EXPECT_EQ(refusal_of(std::string(1'000'000, '[')),
              "x.json: is nested deeper than any result file");
    EXPECT_EQ(refusal_of("5"), not_ours);
    EXPECT_EQ(refusal_of("{}"), not_ours);
    EXPECT_EQ(refusal_of("[{\"paxos_fast\": 1}]"), not_ours);
    json google = json::parse(whole);
    google.erase("paxos_fast");
    EXPECT_EQ(refusal_of(google.dump()), not_ours);
    EXPECT_EQ(refusal_of("{\"paxos_fast\": 1}"), "x.json: paxos_fast: must be an object");
}

}  // namespace
}  // namespace paxos::compare::reader_test
