// A made-up report without problems, for tests of the summary and the result file: five nodes, two
// windows, ten repetitions. Other functions add problems to it or return other reports.
#pragma once

#include <memory>
#include <string>

#include "measure/report.h"

namespace paxos::measure {

/// `samples` latencies: 98.5 % are `p50_ns`, one is `max_ns`, the others are 1.7 times `p50_ns`.
inline std::shared_ptr<Histogram> made_up_latencies(std::uint64_t samples, std::uint64_t p50_ns,
                                                    std::uint64_t max_ns) {
    auto latency = std::make_shared<Histogram>();
    latency->record(p50_ns, samples * 985 / 1000);
    latency->record(p50_ns * 17 / 10, samples - samples * 985 / 1000 - 1);
    latency->record(max_ns);
    return latency;
}

inline RowResult made_up_row(const std::string& load, std::uint32_t window, int repetition,
                             std::uint64_t decisions, double rate, std::uint64_t p50_ns) {
    RowResult row;
    row.load = load;
    row.window = window;
    row.repetition = repetition;
    row.rounds = row.decisions = decisions;
    row.elapsed_ns = static_cast<std::uint64_t>(static_cast<double>(decisions) * 1e9 / rate);
    row.learned_elapsed_ns = row.elapsed_ns + 10'000;
    row.latency = made_up_latencies(decisions, p50_ns, 6 * p50_ns);
    row.messages = {0, 4 * decisions, 4 * decisions, 4 * decisions, 4 * decisions, 4 * decisions, 0,
                    0};
    row.cells_sent = decisions / 2;
    row.datagrams_sent = row.datagrams_received = decisions * 97 / 100;
    row.cpu_ns = 900 * decisions;
    row.enters = row.turns = decisions / 10;
    row.longest_wait_ns = 300'000;
    row.longest_wait_round = 77;
    return row;
}

inline RunResult made_up_run(int repetition) {
    RunResult run;
    run.repetition = repetition;
    const double change = 1 + 0.01 * (repetition - 5);
    run.rows.push_back(made_up_row("unloaded", 1, repetition, 1000, 27'600 * change, 35'900));
    run.rows.push_back(
        made_up_row("saturated", 2772, repetition, 100'000, 5.12e6 * change, 530'000));
    for (int id = 0; id < 5; ++id) {
        NodeResult node;
        node.id = id;
        node.pid = 1000 + id;
        node.core = id == 0 ? 0 : 1;
        node.state = "stopped";
        node.alive_at_end = true;
        node.learned = node.compared = 106'544;
        node.cpu_ns = 20'000'000;
        run.nodes.push_back(node);
    }
    run.nodes[0].decided = run.nodes[0].decided_first = 101'000;
    run.rounds = run.decided = 101'000;
    run.counters.datagrams_sent = run.counters.datagrams_received = 98'000;
    run.io = "io_uring";
    run.idle = "spin; yield";
    run.receive_buffer_size = 32u << 20;
    run.verdict = Verdict::safe;
    run.agreeing_nodes = 5;
    run.compared = run.learned_slots = 106'544;
    run.compared_nodes = 5;
    run.evidence = {.every = 32, .sampled = 3330, .verified = 3330};
    run.digest = 0xfedcba9876543210;
    return run;
}

inline Report made_up_report(int runs = 10) {
    Report report;
    report.build = {.version = "0.1.0",
                    .commit = "3f2a91c",
                    .compiler = "g++ 12.2",
                    .flags = "-O3 -march=native",
                    .libraries = "liburing 2.3",
                    .dirty = false};
    report.environment.kernel = "6.1.0";
    report.environment.cores_online = 2;
    report.environment.cores_allowed = {0, 1};
    report.date = "2026-01-31T12:00:00+00:00";
    report.settings = {
        {.name = "nodes", .value = std::uint64_t{5}, .from = "default", .assigned = ""},
        {.name = "window",
         .value = std::vector<std::uint64_t>{1, 2772},
         .from = "default",
         .assigned = ""},
        {.name = "thrifty", .value = false, .from = "default", .assigned = ""},
        {.name = "values", .value = std::vector<std::string>{}, .from = "default", .assigned = ""},
        {.name = "io", .value = std::string("auto"), .from = "flag", .assigned = ""}};
    report.protocol = "classic";
    report.nodes = 5;
    report.repetitions = runs;
    report.placement = "n0 on 0; n1 n2 n3 n4 share 1 (yield)";
    report.cores_used = 2;
    report.floor = {.rtt_ns_p50 = 5300,
                    .round_ns_p50 = 34'900,
                    .rounds_per_second = 25'000,
                    .decisions_per_second = 9.02e6,
                    .unreliable = {}};
    for (int repetition = 0; repetition < runs; ++repetition)
        report.runs.push_back(made_up_run(repetition));
    return report;
}

/// Changes run `repetition` as if signal 9 had killed n3.
inline void kill_node_3(Report& report, int repetition) {
    RunResult& run = report.runs[static_cast<std::size_t>(repetition)];
    run.degraded = true;
    run.rows[1].longest_wait_ns = 12'100'000;
    NodeResult& node = run.nodes[3];
    node.state = "killed by signal 9";
    node.signal = 9;
    node.alive_at_end = false;
    node.learned = node.compared = 45'556;
    node.ended_near_round = 40'012;
}

/// Gives each row two slices, of which the second has no percentiles. Gives run 0 an event.
inline void add_made_up_slices(Report& report) {
    for (RunResult& run : report.runs) {
        std::uint64_t at = 1000;
        for (RowResult& row : run.rows) {
            const std::uint64_t middle = at + row.elapsed_ns / 4;
            row.slices = {{.begin_ns = at,
                           .end_ns = middle,
                           .decisions = row.decisions / 2,
                           .p50_ns = row.latency->percentile(0.5),
                           .p99_ns = row.latency->percentile(0.99)},
                          {.begin_ns = middle,
                           .end_ns = at + row.elapsed_ns,
                           .decisions = row.decisions - row.decisions / 2,
                           .p50_ns = {},
                           .p99_ns = {}}};
            at += row.elapsed_ns;
        }
    }
    report.runs[0].events = {{.at_ns = report.runs[0].rows[0].slices[1].end_ns + 1,
                              .node = 3,
                              .text = "killed by signal 9"}};
}

/// Makes the nodes of `report` durable.
inline void make_durable(Report& report) {
    report.durable = "data";
    report.environment.file_system = "ext4";
    report.environment.write_cache = "write back";
    report.floor.flush_ns_p50 = 160'000;
    for (RunResult& run : report.runs)
        run.storage = StorageResult{.first_slot = 7,
                                    .batches = 20'000,
                                    .bytes = 20'000 * 4096,
                                    .checkpoints = 5,
                                    .learned = 5 * run.learned_slots,
                                    .flush = made_up_latencies(20'000, 170'000, 1'500'000)};
}

/// Adds restarts. In run 0, n3 restarts twice and catches up each time; n1 restarts once and is
/// left behind. In the last run, n2 restarts once and does not become ready.
inline void add_made_up_restarts(Report& report) {
    report.runs[0].restarts = {{.node = 3,
                                .killed_at_ns = 400'000'000,
                                .started_ns = 50'000'000,
                                .ready_ns = 63'000'000,
                                .took_part_ns = 64'000'000,
                                .caught_up_ns = 70'000'000,
                                .behind = 120},
                               {.node = 1,
                                .killed_at_ns = 500'000'000,
                                .started_ns = 51'000'000,
                                .ready_ns = 91'000'000,
                                .took_part_ns = 93'000'000,
                                .caught_up_ns = 95'000'000,
                                .behind = 900'000,
                                .was_left_behind = true},
                               {.node = 3,
                                .killed_at_ns = 600'000'000,
                                .started_ns = 52'000'000,
                                .ready_ns = 72'000'000,
                                .took_part_ns = {},
                                .caught_up_ns = 80'000'000,
                                .behind = 7}};
    report.runs.back().restarts.push_back({.node = 2,
                                           .killed_at_ns = 700'000'000,
                                           .started_ns = 53'000'000,
                                           .ready_ns = {},
                                           .took_part_ns = {},
                                           .caught_up_ns = {}});
    report.runs[0].degraded = report.runs.back().degraded = true;
}

/// A report of one run with two rows. The first row requests 10k/s, which is reached. The second
/// row requests 2M/s, but only 1M/s is reached, so rounds wait.
inline Report made_up_rates() {
    Report report = made_up_report(1);
    RunResult& run = report.runs[0];
    run.rows = {made_up_row("rate", 2772, 0, 1000, 10'000, 40'000),
                made_up_row("rate", 2772, 0, 100'000, 1e6, 10'000'000)};
    run.rows[0].rate = 10'000;
    run.rows[1].rate = 2'000'000;
    for (RowResult& row : run.rows)
        row.uncorrected = made_up_latencies(row.decisions, 39'000, 240'000);
    return report;
}

/// Gives the second row of each run four slow decisions, and describes two of them.
inline void add_made_up_explanation(Report& report) {
    for (RunResult& run : report.runs) {
        Explanation explanation{.beyond_ns = 900'000, .counts = {}, .slowest = {}};
        explanation.counts[static_cast<std::size_t>(Cause::steal)] = 3;
        explanation.counts[static_cast<std::size_t>(Cause::unknown)] = 1;
        explanation.slowest = {
            {.round = 1840,
             .rounds = 1804,
             .latency_ns = 3'180'000 + static_cast<std::uint64_t>(run.repetition) * 10'000,
             .at_ns = 12'000'000,
             .node = 0,
             .cause = Cause::steal,
             .meanwhile = "n0 late by 3.10ms (steal)"},
            {.round = 7, .latency_ns = 950'000, .at_ns = 9'000'000, .meanwhile = ""}};
        run.rows[1].explanation = explanation;
    }
}

/// A search for the knee with the objective p99<500us, which 20k/s meets and 28.3k/s misses.
inline Report made_up_search() {
    Report report = made_up_report(0);
    for (const std::uint64_t rate :
         {10'000U, 20'000U, 40'000U, 40'000U, 28'300U, 28'300U, 20'000U}) {
        const auto repetition = static_cast<int>(report.runs.size());
        RunResult& run = report.runs.emplace_back(made_up_run(repetition));
        run.rows = {made_up_row("rate", 5412, repetition, rate / 5, static_cast<double>(rate),
                                rate <= 20'000 ? 100'000 : 900'000)};
        run.rows[0].rate = rate;
        run.rows[0].uncorrected = run.rows[0].latency;
    }
    report.repetitions = static_cast<int>(report.runs.size());
    report.knee = Knee{.objective = {.text = "p99<500us",
                                     .percentile = "p99",
                                     .fraction = 0.99,
                                     .limit_ns = 500'000},
                       .outcome = Knee::Outcome::found,
                       .rate = 20'000,
                       .missed = 28'300};
    return report;
}

}  // namespace paxos::measure
