// The summary of made-up runs: complete texts, and properties that every summary has.
#include "measure/summary.h"

#include <algorithm>
#include <cerrno>
#include <sstream>

#include "gtest/gtest.h"
#include "measure/summary_lines.h"
#include "measure/text.h"
#include "support/made_up_report.h"

namespace paxos::measure::summary_test {
namespace {

std::vector<std::string> lines_of(const std::string& text) {
    std::vector<std::string> lines;
    std::istringstream stream(text);
    for (std::string line; std::getline(stream, line);) lines.push_back(line);
    return lines;
}

/// Returns the summary. Expects at most 14 + `asked_for` lines and, without colours, at most 80
/// columns. `asked_for` is the number of lines that the summary may have beyond the usual 14, such
/// as the lines of a list that the user asked for.
std::string summary(const Report& report, std::size_t asked_for = 0,
                    const SummaryStyle& style = {}) {
    std::string text = summary_of(report, style);
    const std::vector<std::string> lines = lines_of(text);
    EXPECT_LE(lines.size(), 14 + asked_for) << text;
    if (!style.color) {
        for (const std::string& line : lines) EXPECT_LE(width_of(line), 80u) << line;
    }
    return text;
}

/// The line that begins with `label`, and its continuation lines.
std::string line_of(const std::string& text, const std::string& label) {
    std::string found;
    for (const std::string& line : lines_of(text)) {
        if (line.starts_with(label + " "))
            found += line;
        else if (!found.empty() && line.starts_with("          "))
            found += " " + line.substr(10);
        else if (!found.empty())
            break;
    }
    return found;
}

TEST(Summary, S41_counts_datagrams_from_ended_nodes) {
    Report report = made_up_report();
    EXPECT_EQ(summary(report).find("had ended"), std::string::npos);
    report.runs[0].rejected = {{"ended", 3}, {"source", 5}};
    report.runs[1].rejected = {{"ended", 4}};
    EXPECT_NE(summary(report).find("rejected 7 datagrams from nodes that had ended"),
              std::string::npos);
}

TEST(Summary, S45_counts_datagrams_without_a_valid_tag) {
    Report report = made_up_report();
    report.runs[0].rejected = {{"tag", 1}};
    report.runs[1].rejected = {{"tag", 2}, {"checksum", 5}};
    EXPECT_NE(summary(report).find("rejected 3 datagrams without a valid authentication tag"),
              std::string::npos);
}

TEST(Summary, of_ten_runs_without_trouble) {
    EXPECT_EQ(summary(made_up_report()),
              "SAFE      5 of 5 nodes learned the same log in each run: 106544 slots compared,\n"
              "          0% uncompared; values and 3330 quorums verified\n"
              "decided   all 101000 rounds per run (1000 + 100000), by n0 at its first ballot\n"
              "\n"
              "load          runs x rounds    rate         p50    p99  p99.9    max vs bare UDP\n"
              "one at a time     10 x 1000 27.5k/s ±2%  36.1us 61.2us 61.2us  215us   1.03x p50\n"
              "2772 in flight  10 x 100000 5.09M/s ±2%   532us  901us  901us 3.18ms  0.56x rate\n"
              "\n"
              "bare UDP  on these cores, without Paxos: 34.9us a round, 9.02M rounds/s\n"
              "messages  20.0 per round in 0.50 cells (2772 in flight); 0 lost, 0 sent again\n"
              "paxos_fast 0.1.0 (3f2a91c, g++ 12.2 -O3)   classic, 5 nodes, io_uring, 10 runs\n"
              "cores     n0 on 0; n1 n2 n3 n4 share 1 (yield)\n"
              "note      5 nodes on 2 cores: latency includes waiting for the core\n"
              "next      --json FILE keeps the figures, for paxos_fast compare and report\n");
}

TEST(Summary, of_rates_shows_the_requested_rate_and_whether_it_was_reached) {
    const std::string text = summary(made_up_rates());
    EXPECT_NE(text.find("at 10.0k/s             1000 10.0k/s      40.2us 68.1us    n/a  240us\n"
                        "at 2.00M/s           100000 1.00M/s      10.0ms 17.0ms 17.0ms 60.0ms\n"),
              std::string::npos)
        << text;
    EXPECT_NE(text.find("only 1.00M/s of the requested 2.00M/s reached, so rounds wait "),
              std::string::npos)
        << text;
    EXPECT_EQ(text.find("of 10.0k/s came"), std::string::npos) << text;
    EXPECT_TRUE(
        summary_line(made_up_rates(), {})
            .starts_with(
                "SAFE  classic, 5 nodes; at 10.0k/s: 10.0k/s 40.2us; at 2.00M/s: 1.00M/s 10.0ms"))
        << summary_line(made_up_rates(), {});
}

TEST(Summary, is_ascii_on_an_ascii_terminal) {
    const std::string text = summary(made_up_report(), 0, {.color = false, .utf8 = false});
    EXPECT_NE(text.find("27.5k/s +-2%  36.1us"), std::string::npos) << text;
    EXPECT_TRUE(std::all_of(text.begin(), text.end(),
                            [](char byte) { return static_cast<unsigned char>(byte) < 128; }));
}

TEST(Summary, names_dead_nodes) {
    Report report = made_up_report();
    kill_node_3(report, 1);
    const std::string text = summary(report);
    EXPECT_EQ(line_of(text, "DEGRADED"),
              "DEGRADED  n3 killed by signal 9 near round 40012 in run 2; longest wait between "
              "decisions 12.1ms; its log is a prefix of the other logs");
    EXPECT_EQ(line_of(text, "SAFE"),
              "SAFE      4 of 5 nodes learned the same log in each run: 106544 slots compared, "
              "0% uncompared; values and 3330 quorums verified");
}

TEST(Summary, calls_a_log_a_prefix_only_if_all_of_it_was_compared) {
    Report report = made_up_report();
    kill_node_3(report, 1);
    kill_node_3(report, 2);
    report.runs[2].nodes[3].compared -= 6;
    EXPECT_EQ(line_of(summary(report), "DEGRADED"),
              "DEGRADED  n3 killed by signal 9 near round 40012 in 2 runs; longest wait between "
              "decisions 12.1ms; 45550 of its 45556 slots were compared");
}

TEST(Summary, shows_the_share_of_slots_that_were_not_compared) {
    Report report = made_up_report(2);
    report.runs[1].compared -= 600;
    report.runs[1].compared_nodes = 3;
    const std::string safe = line_of(summary(report), "SAFE");
    EXPECT_NE(safe.find("at least 105944 slots compared between 3 nodes, 0.56% uncompared"),
              std::string::npos)
        << safe;
    report.runs[1].compared = report.runs[1].learned_slots - 1;
    EXPECT_NE(line_of(summary(report), "SAFE").find(" <0.01% uncompared"), std::string::npos);
}

TEST(Summary, names_once_a_node_that_died_in_each_run) {
    Report report = made_up_report();
    for (int run = 0; run < 10; ++run) kill_node_3(report, run);
    report.faults = "kill=3@40%";
    report.runs[4].nodes[3].ended_near_round = 40'100;
    EXPECT_EQ(line_of(summary(report), "DEGRADED"),
              "DEGRADED  n3 killed by signal 9 near rounds 40012 to 40100 in each run; longest "
              "wait between "
              "decisions 12.1ms; its log is a prefix of the other logs");
}

TEST(Summary, of_a_node_left_behind) {
    Report report = made_up_report(1);
    report.runs[0].degraded = true;
    report.runs[0].nodes[2].state = "left behind";
    report.runs[0].nodes[2].skipped = 5000;
    report.runs[0].nodes[2].compared -= 5000;
    const std::string degraded = line_of(summary(report), "DEGRADED");
    EXPECT_NE(degraded.find("n2 left behind; longest wait "), std::string::npos) << degraded;
    EXPECT_NE(degraded.find("its log equals the other logs except for its gap"), std::string::npos)
        << degraded;
}

TEST(Summary, lost_datagrams_were_sent_and_did_not_arrive) {
    Report report = made_up_report(1);
    RunResult& run = report.runs[0];
    run.counters.datagrams_received -= 7;
    run.datagrams_unread = 2;
    EXPECT_EQ(run.datagrams_lost(), 5U);
    // Foreign datagrams also arrive. They do not offset the loss of datagrams of the run.
    run.counters.datagrams_received += 100;
    run.rejected["source"] = 100;
    EXPECT_EQ(run.datagrams_lost(), 5U);
    // The kernel may drop more datagrams than the run lost. The additional ones were foreign
    // datagrams.
    run.counters.kernel_dropped = 54'292;
    EXPECT_EQ(run.datagrams_lost(), 5U);
    EXPECT_EQ(run.foreign_dropped(), 54'287U);
    EXPECT_NE(line_of(summary(report), "messages").find("; 5 lost"), std::string::npos);
    // Datagrams that the kernel refused to send are reported by errno, and do not count as lost.
    run.counters.send_errors = run.refused_sends[EPERM] = 12;
    EXPECT_EQ(run.datagrams_lost(), 5U);
    const std::vector<std::string> notes = note_texts(report);
    const auto noted = [&](const std::string& start) {
        return std::any_of(notes.begin(), notes.end(),
                           [&](const std::string& note) { return note.starts_with(start); });
    };
    EXPECT_TRUE(noted("54287 foreign datagrams dropped by the kernel"));
    EXPECT_TRUE(noted("12 datagrams refused by the kernel: EPERM (Operation not permitted)"));
    // A killed node has not published its last counts, so the number of lost datagrams is unknown.
    run.counters.kernel_dropped = 0;
    run.ledger_is_complete = false;
    EXPECT_EQ(run.datagrams_lost(), 0U);
}

TEST(Summary, of_an_unsafe_run) {
    Report report = made_up_report(3);
    report.runs[2].verdict = Verdict::unsafe;
    report.runs[2].verdict_reason = "the logs differ in rounds 512 to 527: n0 n1 n2 n4 against n3";
    report.runs[2].exit_code = 5;
    report.runs[2].failure = "safety violated: " + report.runs[2].verdict_reason;
    const std::string text = summary(report);
    EXPECT_EQ(line_of(text, "UNSAFE"),
              "UNSAFE    run 3: the logs differ in rounds 512 to 527: n0 n1 n2 n4 against n3");
    EXPECT_EQ(line_of(text, "SAFE"), "");
    EXPECT_EQ(line_of(text, "failed"), "") << "the verdict has the same reason";
}

TEST(Summary, of_an_unknown_run_gives_the_reason) {
    Report report = made_up_report(2);
    report.repetitions = 10;
    RunResult& run = report.runs[1];
    run.decided = 45'012;
    run.verdict = Verdict::unknown;
    run.verdict_reason =
        "the run is incomplete; the logs agree on the 45012 slots that could be compared";
    run.exit_code = 1;
    run.failure = "no decision for 5 s: 2 of 3 nodes needed, n1 n2 dead";
    const std::string text = summary(report);
    EXPECT_NE(text.find("2 of 10 runs"), std::string::npos);
    EXPECT_EQ(
        line_of(text, "UNKNOWN"),
        "UNKNOWN   run 2: the run is incomplete; the logs agree on the 45012 slots that could "
        "be compared");
    EXPECT_EQ(line_of(text, "failed"),
              "failed    run 2: no decision for 5 s: 2 of 3 nodes needed, n1 n2 dead");
    EXPECT_EQ(line_of(text, "decided"),
              "decided   45012 of 101000 rounds in run 2, the fewest, by n0 at its first ballot");
}

TEST(Summary, of_a_run_that_was_interrupted) {
    Report report = made_up_report(3);
    report.repetitions = 10;
    report.runs[2].exit_code = 130;
    report.runs[2].failure = "stopped by SIGINT";
    report.runs[2].rows[1].decisions = 0;
    report.runs[2].rows[1].latency = std::make_shared<Histogram>();
    const std::string text = summary(report);
    EXPECT_EQ(line_of(text, "stopped"),
              "stopped   by SIGINT in run 3 of 10; the figures cover the time until then");
    EXPECT_EQ(line_of(text, "failed"), "");
    EXPECT_NE(line_of(text, "2772 in flight").find(" 2 x 100000 "), std::string::npos)
        << "the figures cover two runs";
}

TEST(Summary, of_no_run_at_all) {
    Report report = made_up_report(0);
    report.repetitions = 10;
    const std::string text = summary(report);
    EXPECT_NE(text.find("0 of 10 runs"), std::string::npos);
    EXPECT_EQ(line_of(text, "UNKNOWN"), "UNKNOWN   nothing was run");
    EXPECT_EQ(line_of(text, "stopped"), "stopped   before the first run");
}

TEST(Summary, lists_settings_from_the_environment_and_dotenv) {
    Report report = made_up_report();
    report.settings[0].from = ".env:3";
    report.settings[0].assigned = "PAXOS_NODES=5";
    report.settings[1].from = "environment";
    report.settings[1].assigned = "PAXOS_WINDOW=1,2772";
    EXPECT_EQ(line_of(summary(report), "set"),
              "set       PAXOS_NODES=5 (.env:3), PAXOS_WINDOW=1,2772 (environment)");
}

TEST(Summary, lists_ten_decisions_or_fewer) {
    Report report = made_up_report(1);
    report.runs[0].decisions = {{0, "n0#0", 0, "1.n0"}, {1, "red", 2, "3.n2"}};
    const std::string text = summary(report, 2);
    EXPECT_NE(
        text.find("\nround 0 = n0#0  by n0, ballot 1.n0\nround 1 = red  by n2, ballot 3.n2\n"),
        std::string::npos);
}

TEST(Summary, of_a_run_with_log_has_no_figures) {
    Report report = made_up_report(1);
    report.runs[0].logged = true;
    report.runs[0].rows.pop_back();
    const std::string text = summary(report);
    EXPECT_EQ(text.find("p99"), std::string::npos) << text;
    EXPECT_EQ(line_of(text, "bare UDP"), "");
    EXPECT_NE(text.find("SAFE"), std::string::npos);
}

TEST(Summary, stays_within_its_limits_when_everything_goes_wrong) {
    Report report = made_up_report();
    for (int run = 0; run < 9; ++run) kill_node_3(report, run);
    report.faults =
        "loss=30%,dup=10%,reorder=5%,corrupt=0.1%,delay=100us,kill=3@40%,kill=1@50%,kill=2@60%";
    for (RunResult& run : report.runs) {
        run.counters.injected_lost = 123'456'789;
        run.counters.injected_duplicated = run.counters.injected_reordered =
            run.counters.injected_corrupted = run.counters.injected_delayed = 12'345'678;
        run.io = "mmsg: io_uring is forbidden by sysctl kernel.io_uring_disabled=2 (EPERM)";
        run.counters.segment_fallbacks = 1;
        run.rows[0].page_faults = 3;
    }
    report.runs[9].verdict = Verdict::unsafe;
    report.runs[9].verdict_reason = std::string(300, 'x') + " " + std::string(300, 'y');
    report.protocol = "multi";
    report.thrifty = true;
    report.runs_on_the_wire = false;
    report.placement = std::string(400, 'p');
    report.build.dirty = true;
    report.build.compiler = "clang++ 19.1";
    report.notes = {"one", "two", std::string(100, 'n')};
    for (Setting& setting : report.settings) {
        setting.assigned = "PAXOS_SOMETHING=" + std::string(30, 'v');
        setting.from = ".env:12";
    }
    // The lines with the verdict and with the nodes that died are never shortened. They may add
    // three lines to the usual size.
    summary(report, 3);
}

TEST(Summary, colours_only_the_verdict_and_DEGRADED) {
    Report report = made_up_report(1);
    kill_node_3(report, 0);
    const std::string text = summary(report, 0, {.color = true, .utf8 = true});
    EXPECT_NE(text.find("\x1b[32mSAFE\x1b[0m      4 of 5"), std::string::npos) << text;
    EXPECT_NE(text.find("\n\x1b[33mDEGRADED\x1b[0m  n3"), std::string::npos) << text;
    report.runs[0].verdict = Verdict::unsafe;
    EXPECT_NE(summary(report, 0, {.color = true, .utf8 = true}).find("\x1b[31mUNSAFE\x1b[0m    "),
              std::string::npos);
    EXPECT_EQ(summary(report).find('\x1b'), std::string::npos);
}

TEST(Summary, quiet_prints_one_line) {
    Report report = made_up_report();
    EXPECT_EQ(
        summary_line(report, {}),
        "SAFE  classic, 5 nodes; one at a time: 27.5k/s 36.1us; 2772 in flight: 5.09M/s 532us\n");
    RunResult& interrupted = report.runs.back();
    interrupted.exit_code = 130;
    for (RunResult& run : report.runs) run.rows[1].decisions = 0;
    EXPECT_EQ(summary_line(report, {}),
              "SAFE  classic, 5 nodes; one at a time: 27.5k/s 36.1us; 2772 in flight: n/a n/a; "
              "stopped by SIGINT in run 10 of 10; the figures cover the time until then\n");
    interrupted.exit_code = 0;
    kill_node_3(report, 0);
    report.runs[1].verdict = Verdict::unknown;
    EXPECT_TRUE(summary_line(report, {}).starts_with("UNKNOWN DEGRADED  classic"))
        << summary_line(report, {});
}

TEST(Summary, of_one_node_has_no_floor) {
    Report report = made_up_report(1);
    report.nodes = 1;
    report.floor = {};
    const std::string text = summary(report);
    EXPECT_EQ(line_of(text, "bare UDP"), "bare UDP  not measured");
    EXPECT_TRUE(line_of(text, "one at a time").ends_with("    n/a  215us")) << text;
}

}  // namespace
}  // namespace paxos::measure::summary_test
