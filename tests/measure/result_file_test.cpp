// Writes result files and reads them back.
#include "measure/result_file.h"

#include <set>

#include "gtest/gtest.h"
#include "nlohmann/json.hpp"
#include "support/made_up_report.h"

namespace paxos::measure::result_file_test {
namespace {

using nlohmann::json;

json written(const Report& report) { return json::parse(result_file(report, "./paxos_fast")); }

void expect_fields(const json& object, std::initializer_list<const char*> names) {
    for (const char* name : names)
        EXPECT_TRUE(object.contains(name)) << name << " is not in " << object.dump();
}

TEST(ResultFile, has_every_field_of_schema_1) {
    Report report = made_up_report(2);
    kill_node_3(report, 1);
    report.runs[0].rejected = {{"checksum", 3}};
    const json file = written(report);
    expect_fields(file, {"context", "benchmarks", "paxos_fast"});
    const json& ours = file["paxos_fast"];
    expect_fields(ours, {"schema", "date", "build", "environment", "config", "runs", "floor"});
    EXPECT_EQ(ours["schema"], 1);
    expect_fields(ours["build"], {"version", "commit", "dirty", "compiler", "flags"});
    for (const json& repetition : ours["repetitions"])
        expect_fields(repetition, {"repetition", "events", "listed"});
    expect_fields(ours["floor"], {"rtt_ns_p50", "round_ns_p50", "decisions_per_second"});
    ASSERT_EQ(ours["runs"].size(), 4u) << "one per repetition and window";
    for (const json& run : ours["runs"]) {
        expect_fields(run, {"load", "window", "repetition", "decisions", "elapsed_ns",
                            "decisions_per_second", "latency_ns", "messages", "cells", "datagrams",
                            "cpu_ns_per_decision", "allocations", "page_faults", "longest_wait_ns",
                            "slices", "degraded", "logged", "nodes", "safety"});
        expect_fields(run["latency_ns"],
                      {"min", "p50", "p90", "p99", "max", "mean", "samples", "histogram"});
        expect_fields(run["messages"], {"prepare", "promise", "accept", "accepted", "decide",
                                        "nack", "learn", "resent"});
        expect_fields(run["datagrams"], {"sent", "received", "lost", "rejected"});
        expect_fields(run["safety"],
                      {"verdict", "agreeing_nodes", "compared", "digest", "compared_nodes",
                       "learned", "learned_by_one", "uncompared", "uncompared_share", "evidence"});
        expect_fields(run["safety"]["evidence"], {"every", "sampled", "verified"});
        ASSERT_EQ(run["nodes"].size(), 5u);
        for (const json& node : run["nodes"])
            expect_fields(node, {"id", "pid", "core", "state", "learned", "cpu_ns", "ended"});
    }
    const json& first = ours["runs"][0];
    EXPECT_EQ(first["load"], "unloaded");
    EXPECT_EQ(first["decisions"], 1000);
    EXPECT_EQ(first["messages"]["prepare"], 4000);
    EXPECT_EQ(first["cells"], 500);
    EXPECT_EQ(first["datagrams"]["rejected"]["checksum"], 3);
    EXPECT_EQ(first["safety"]["verdict"], "SAFE");
    EXPECT_EQ(first["safety"]["digest"], "fedcba9876543210");
    EXPECT_EQ(first["safety"]["compared_nodes"], 5);
    EXPECT_EQ(first["safety"]["uncompared"], 0);
    EXPECT_EQ(first["safety"]["evidence"],
              (json{{"every", 32}, {"sampled", 3330}, {"verified", 3330}}));
    EXPECT_EQ(first["degraded"], false);
    const json& last = ours["runs"][3];
    EXPECT_EQ(last["load"], "saturated");
    EXPECT_EQ(last["degraded"], true);
    EXPECT_EQ(last["nodes"][3]["state"], "killed by signal 9");
    EXPECT_EQ(last["nodes"][3]["ended"]["signal"], 9);
    EXPECT_EQ(last["nodes"][3]["ended"]["near_round"], 40'012);
}

TEST(ResultFile, leaves_out_a_percentile_without_enough_samples) {
    Report report = made_up_report(1);
    const json runs = written(report)["paxos_fast"]["runs"];
    EXPECT_TRUE(runs[0]["latency_ns"].contains("p99"));
    EXPECT_FALSE(runs[0]["latency_ns"].contains("p99_9")) << "of 1000 samples";
    EXPECT_FALSE(runs[0]["latency_ns"].contains("p99_99"));
    EXPECT_TRUE(runs[1]["latency_ns"].contains("p99_99")) << "of 100000 samples";
}

TEST(ResultFile, drops_no_sample) {
    const json latency = written(made_up_report(1))["paxos_fast"]["runs"][0]["latency_ns"];
    std::uint64_t samples = 0;
    for (const json& bucket : latency["histogram"]) samples += bucket[1].get<std::uint64_t>();
    EXPECT_EQ(samples, 1000u);
    EXPECT_EQ(latency["samples"], 1000);
    EXPECT_EQ(latency["max"], 6 * 35'900);
    EXPECT_GE(latency["histogram"].back()[0].get<double>() * 1.01, 6 * 35'900.0);
}

TEST(ResultFile, has_every_setting_with_its_value_and_source) {
    const json config = written(made_up_report(1))["paxos_fast"]["config"];
    EXPECT_EQ(config["nodes"], (json{{"value", 5}, {"from", "default"}}));
    EXPECT_EQ(config["window"]["value"], (json{1, 2772}));
    EXPECT_EQ(config["thrifty"]["value"], false);
    EXPECT_EQ(config["values"]["value"], json::array());
    EXPECT_EQ(config["io"], (json{{"value", "auto"}, {"from", "flag"}}));
}

/// The fields that compare.py reads: see partition_benchmarks and calculate_geomean in
/// gbench/report.py of Google Benchmark 1.7.1.
TEST(ResultFile, has_the_fields_that_compare_py_of_google_benchmark_reads) {
    const json file = written(made_up_report(3));
    expect_fields(file["context"], {"date", "host_name", "executable", "num_cpus", "mhz_per_cpu",
                                    "cpu_scaling_enabled", "load_avg", "library_build_type"});
    std::map<std::string, int> repetitions;
    for (const json& row : file["benchmarks"]) {
        expect_fields(row, {"name", "run_name", "family_index", "per_family_instance_index",
                            "run_type", "repetitions", "repetition_index", "threads", "iterations",
                            "real_time", "cpu_time", "time_unit"});
        EXPECT_EQ(row["run_type"], "iteration");
        EXPECT_EQ(row["time_unit"], "ns");
        EXPECT_GT(row["real_time"], 0) << "readers take its logarithm";
        EXPECT_GT(row["cpu_time"], 0);
        ++repetitions[row["name"]];
    }
    EXPECT_EQ(repetitions["classic/nodes:5/window:2772/ns_per_decision"], 3);
    EXPECT_EQ(repetitions["classic/nodes:5/window:1/latency_p50"], 3);
    EXPECT_EQ(repetitions.count("classic/nodes:5/window:1/latency_p99_9"), 0u) << "too few samples";
    const json& row = file["benchmarks"][0];
    EXPECT_EQ(row["name"], "classic/nodes:5/window:1/ns_per_decision");
    EXPECT_NEAR(row["real_time"].get<double>(), 1e9 / (27'600 * 0.95), 1);
    EXPECT_EQ(row["iterations"], 1000);
}

TEST(ResultFile, has_what_the_summary_prints) {
    const json summary = written(made_up_report())["paxos_fast"]["summary"];
    expect_fields(summary["rows"][1],
                  {"load", "window", "rounds", "decisions_per_second", "spread", "latency_ns_p50",
                   "latency_ns_p99", "latency_ns_p99_9", "latency_ns_max", "floor_ratio",
                   "messages_per_decision", "cells_per_decision", "datagrams_per_decision"});
    EXPECT_NEAR(summary["rows"][1]["floor_ratio"].get<double>(), 0.565, 0.001);
    EXPECT_EQ(summary["verdict"], "SAFE");
    const json repetitions = written(made_up_report())["paxos_fast"]["repetitions"];
    ASSERT_EQ(repetitions.size(), 10u);
    expect_fields(repetitions[0],
                  {"repetition", "exit_code", "rounds", "decided", "no_ops", "io", "idle",
                   "datagrams", "injected", "protocol", "receive_buffer_size", "listed"});
}

TEST(ResultFile, has_every_counter_in_its_group) {
    Report report = made_up_report(1);
    std::uint64_t value = 1000;
    for (const Counter& counter : counter_table) report.runs[0].counters.*counter.member = ++value;
    const json file = written(report);
    const json& repetition = file["paxos_fast"]["repetitions"][0];
    value = 1000;
    for (const Counter& counter : counter_table)
        EXPECT_EQ(repetition[counter.group][counter.name], ++value) << counter.name;
}

TEST(ResultFile, of_a_rate_has_corrected_and_uncorrected_latencies) {
    const json file = written(made_up_rates());
    const json& run = file["paxos_fast"]["runs"][1];
    EXPECT_EQ(run["load"], "rate");
    EXPECT_EQ(run["rate"], 2'000'000);
    EXPECT_GT(run["latency_ns"]["p50"].get<double>(), 9e6);
    EXPECT_LT(run["latency_uncorrected_ns"]["p50"].get<double>(), 1e6);
    EXPECT_EQ(file["paxos_fast"]["summary"]["rows"][1]["rate"], 2'000'000);
    EXPECT_FALSE(file["paxos_fast"]["summary"]["rows"][1].contains("floor_ratio"));
    std::set<std::string> names;
    for (const json& benchmark : file["benchmarks"]) names.insert(benchmark["name"]);
    EXPECT_EQ(names.count("classic/nodes:5/rate:2000000/latency_p50"), 1u);
    const json closed = written(made_up_report(1))["paxos_fast"]["runs"][0];
    EXPECT_FALSE(closed.contains("rate"));
    EXPECT_FALSE(closed.contains("latency_uncorrected_ns"));
}

TEST(ResultFile, has_the_cost_of_a_round_at_each_node) {
    Report report = made_up_report(1);
    RowResult& row = report.runs[0].rows[1];
    row.decisions = 1000;
    row.costs = {{.cpu_user_ns = 100'000,
                  .cpu_system_ns = 300'000,
                  .messages_sent = 600,
                  .datagrams_sent = 40,
                  .datagrams_received = 50,
                  .enters = 20},
                 {}};
    const json costs = written(report)["paxos_fast"]["runs"][1]["costs"];
    ASSERT_EQ(costs.size(), 2u);
    EXPECT_EQ(costs[0], (json{{"id", 0},
                              {"cpu_user_ns_per_decision", 100.0},
                              {"cpu_system_ns_per_decision", 300.0},
                              {"datagrams_sent", 40},
                              {"datagrams_received", 50},
                              {"enters", 20},
                              {"messages_per_enter", 30.0}}));
    EXPECT_EQ(costs[1]["id"], 1);
    EXPECT_FALSE(costs[1].contains("messages_per_enter")) << "the divisor is zero";
}

TEST(ResultFile, of_durable_nodes_has_what_they_wrote) {
    Report report = made_up_report(1);
    EXPECT_FALSE(written(report)["paxos_fast"]["repetitions"][0].contains("storage"));
    make_durable(report);
    const auto file = written(report);
    const auto& storage = file["paxos_fast"]["repetitions"][0]["storage"];
    EXPECT_EQ(storage["first_slot"], 7);
    EXPECT_EQ(storage["batches"], 20'000);
    EXPECT_EQ(storage["flush_ns"]["samples"], 20'000);
    EXPECT_NEAR(storage["bytes_per_slot"].get<double>(), 20'000 * 4096 / (5 * 106'544.0), 0.01);
    EXPECT_EQ(file["paxos_fast"]["environment"]["file_system"], "ext4");
    EXPECT_EQ(file["paxos_fast"]["floor"]["flush_ns_p50"], 160'000);
    EXPECT_EQ(file["benchmarks"][0]["name"], "classic_durable/nodes:5/window:1/ns_per_decision");
}

TEST(ResultFile, has_each_restart_with_the_times_that_are_known) {
    Report report = made_up_report(2);
    EXPECT_FALSE(written(report)["paxos_fast"]["repetitions"][0].contains("restarts"));
    add_made_up_restarts(report);
    const json file = written(report);
    const json& repetitions = file["paxos_fast"]["repetitions"];
    EXPECT_EQ(repetitions[0]["restarts"], json::parse(R"([
        {"node": 3, "killed_at_ns": 400000000, "started_ns": 50000000, "ready_ns": 63000000,
         "took_part_ns": 64000000, "caught_up_ns": 70000000, "behind": 120, "left_behind": false},
        {"node": 1, "killed_at_ns": 500000000, "started_ns": 51000000, "ready_ns": 91000000,
         "took_part_ns": 93000000, "caught_up_ns": 95000000, "behind": 900000, "left_behind": true},
        {"node": 3, "killed_at_ns": 600000000, "started_ns": 52000000, "ready_ns": 72000000,
         "caught_up_ns": 80000000, "behind": 7, "left_behind": false}])"));
    EXPECT_EQ(repetitions[1]["restarts"], json::parse(R"([
        {"node": 2, "killed_at_ns": 700000000, "started_ns": 53000000}])"));
}

TEST(ResultFile, omits_figures_that_were_not_measured) {
    Report report = made_up_report(1);
    report.floor = {};
    report.runs[0].rows[0] = made_up_row("unloaded", 1, 0, 1000, 1000, 1000);
    report.runs[0].rows[0].decisions = report.runs[0].rows[0].elapsed_ns = 0;
    report.runs[0].rows[0].latency = std::make_shared<Histogram>();
    const json file = written(report);
    EXPECT_EQ(file["paxos_fast"]["floor"], json::object());
    const json& run = file["paxos_fast"]["runs"][0];
    EXPECT_FALSE(run.contains("decisions_per_second"));
    EXPECT_FALSE(run.contains("cpu_ns_per_decision"));
    EXPECT_FALSE(run["latency_ns"].contains("min"));
    EXPECT_EQ(run["latency_ns"]["samples"], 0);
    EXPECT_EQ(run["latency_ns"]["histogram"], json::array());
    EXPECT_EQ(written(made_up_report(0))["paxos_fast"]["runs"], json::array());
}

TEST(ResultFile, is_json_for_any_bytes_from_the_user) {
    Report report = made_up_report(1);
    report.settings.push_back({.name = "values",
                               .value = std::vector<std::string>{"\xff\xfe"},
                               .from = "flag",
                               .assigned = ""});
    EXPECT_NO_THROW(written(report));
}

TEST(ResultFile, has_one_line_for_each_row_of_a_repetition) {
    const std::string text = result_file(made_up_report(3), "./paxos_fast");
    std::size_t lines = 0;
    for (std::size_t at = 0; (at = text.find("\n   {\"load\"", at)) != std::string::npos; ++at)
        ++lines;
    EXPECT_EQ(lines, 6u);
    EXPECT_EQ(text.back(), '\n');
}

TEST(BuildJson, has_the_facts_of_the_build) {
    const json build = json::parse(build_as_json(made_up_report(0).build));
    EXPECT_EQ(build["version"], "0.1.0");
    EXPECT_EQ(build["libraries"], "liburing 2.3");
    EXPECT_EQ(build["dirty"], false);
}

}  // namespace
}  // namespace paxos::measure::result_file_test
