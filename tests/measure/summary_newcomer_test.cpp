// The summary must be clear to a reader who has not read the documentation.
#include <algorithm>
#include <sstream>

#include "gtest/gtest.h"
#include "measure/summary.h"
#include "measure/text.h"
#include "support/made_up_report.h"

namespace paxos::measure::summary_newcomer_test {
namespace {

bool has(const std::string& text, const std::string& part) {
    return text.find(part) != std::string::npos;
}

TEST(SummaryForNewcomers, begins_with_the_verdict) {
    EXPECT_TRUE(summary_of(made_up_report(), {}).starts_with("SAFE "));
    Report report = made_up_report();
    report.runs[3].verdict = Verdict::unsafe;
    EXPECT_TRUE(summary_of(report, {}).starts_with("UNSAFE "));
}

TEST(SummaryForNewcomers, shows_the_number_of_rounds_that_was_typed) {
    const std::string text = summary_of(made_up_report(), {});
    EXPECT_TRUE(has(text, " 10 x 100000 ")) << text;
    EXPECT_TRUE(has(text, " 10 x 1000 ")) << text;
    EXPECT_TRUE(has(text, "all 101000 rounds per run (1000 + 100000)")) << text;
}

TEST(SummaryForNewcomers, names_the_warm_up_wherever_its_slots_are_counted) {
    Report report = made_up_report();
    report.warmup = 5544;
    EXPECT_TRUE(has(summary_of(report, {}), "106544 slots (5544"));
}

TEST(SummaryForNewcomers, names_the_file_system_and_the_cost_of_a_durable_write) {
    Report report = made_up_report();
    EXPECT_FALSE(has(summary_of(report, {}), "durable"));
    make_durable(report);
    EXPECT_TRUE(has(summary_of(report, {}),
                    "\ndurable   on ext4: flush p50 171us (bare 160us), p99 291us; 154 bytes a "
                    "round\n"))
        << summary_of(report, {});
}

/// The command is interrupted in its first run, before the row with the second window begins.
TEST(SummaryForNewcomers, is_true_in_every_line_for_an_interrupted_run) {
    Report report = made_up_report(1);
    report.repetitions = 10;
    RunResult& run = report.runs[0];
    run.exit_code = 130;
    run.decided = 420;
    run.verdict = Verdict::unknown;
    run.rows[0].decisions = 420;
    run.rows[1] = made_up_row("saturated", 2772, 0, 1, 1, 1);
    run.rows[1].rounds = 100'000;
    run.rows[1].decisions = run.rows[1].elapsed_ns = 0;
    run.rows[1].latency = std::make_shared<Histogram>();
    const std::string text = summary_of(report, {});
    EXPECT_TRUE(has(text, "decided   420 of 101000 rounds")) << text;
    EXPECT_FALSE(has(text, " 0.0 a round")) << text;
    EXPECT_TRUE(has(text, "per round in 1.19 cells (one at a time); 0 lost")) << text;
    EXPECT_FALSE(has(text, "next ")) << "nothing to suggest";
    run.rows[0].decisions = 0;
    EXPECT_FALSE(has(summary_of(report, {}), "messages ")) << "nothing was decided";
}

TEST(SummaryForNewcomers, names_the_duration_that_ended_a_run_before_its_rounds) {
    Report report = made_up_report(1);
    EXPECT_FALSE(has(summary_of(report, {}), "--duration"));
    report.runs[0].decided = 95'629;
    EXPECT_TRUE(
        has(summary_of(report, {}), "decided   95629 of 101000 rounds, ended by --duration, by n0"))
        << summary_of(report, {});
    report.repetitions = 10;
    report.runs.push_back(made_up_run(1));
    report.runs[0].rounds = report.runs[1].rounds = 100'000'000'000'000;
    EXPECT_TRUE(has(summary_of(report, {}),
                    "decided   95629 of 100000000000000 rounds, ended by --duration\n"))
        << summary_of(report, {});
    for (RunResult& run : report.runs) run.exit_code = 1;
    EXPECT_FALSE(has(summary_of(report, {}), "--duration")) << "ended by a failure";
}

TEST(SummaryForNewcomers, says_why_there_is_nothing_to_explain) {
    Report report = made_up_report(1);
    EXPECT_FALSE(has(summary_of(report, {}), "\nslow "));
    report.explained = true;
    EXPECT_TRUE(has(summary_of(report, {}), "\nslow      none to explain: ")) << "no p99";
    report.runs[0].rows[1].explanation.emplace();
    EXPECT_TRUE(has(summary_of(report, {}),
                    "\nslow      no decision took longer than the p99 of its row\n"));
    report.runs[0].rows[1].explanation->counts[0] = 1;
    EXPECT_TRUE(has(summary_of(report, {}), "\nslow      1 slow decision (beyond p99)"));
}

TEST(SummaryForNewcomers, says_where_a_durable_run_continues_the_log) {
    Report report = made_up_report(1);
    make_durable(report);
    report.runs[0].storage->first_slot = 0;
    EXPECT_FALSE(has(summary_of(report, {}), "continued"));
    report.durable = "data";
    report.runs[0].storage->first_slot = 111'824;
    EXPECT_TRUE(has(summary_of(report, {}),
                    "\ncontinued at slot 111824 of the log in data, after earlier runs\n"))
        << summary_of(report, {});
}

/// A long summary is shortened for a terminal, but not for a file or a pipe, which has no height.
TEST(SummaryForNewcomers, is_whole_in_a_file_or_a_pipe) {
    Report report = made_up_report(1);
    for (int i = 0; i < 6; ++i)
        report.notes.emplace_back("note-" + std::to_string(i) + " " + std::string(300, '.'));
    EXPECT_TRUE(has(summary_of(report, {}), "more: --json)"));
    const std::string text = summary_of(report, {.is_whole = true});
    EXPECT_FALSE(has(text, "more: --json)")) << text;
    for (int i = 0; i < 6; ++i) EXPECT_TRUE(has(text, "note-" + std::to_string(i))) << text;
    EXPECT_TRUE(has(text, "\nnext ")) << text;
    EXPECT_EQ(summary_of(made_up_report(), {.is_whole = true}), summary_of(made_up_report(), {}));
}

TEST(SummaryForNewcomers, gives_sums_for_a_duration) {
    Report report = made_up_report(3);
    for (RunResult& run : report.runs) {
        run.rounds = run.rows[0].rounds = run.rows[1].rounds = 0;
        run.decided += static_cast<std::uint64_t>(run.repetition);
    }
    EXPECT_TRUE(has(summary_of(report, {}), "decided   303003 rounds in 3 runs, by n0"));
}

TEST(SummaryForNewcomers, marks_figures_with_a_wide_spread) {
    Report report = made_up_report(4);
    EXPECT_FALSE(has(summary_of(report, {}), "unsteady"));
    report.runs[0].rows[1].elapsed_ns *= 3;
    report.runs[1].rows[1].elapsed_ns *= 3;
    const std::string text = summary_of(report, {});
    EXPECT_TRUE(has(text, "unsteady  rates differ widely from run to run (2772 in flight)"))
        << text;
}

TEST(SummaryForNewcomers, explains_absent_percentiles) {
    EXPECT_FALSE(has(summary_of(made_up_report(10), {}), "n/a"));
    const std::string text = summary_of(made_up_report(1), {});
    EXPECT_TRUE(has(text, "n/a       too few samples: p50 needs 20 rounds")) << text;
}

TEST(SummaryForNewcomers, suggests_one_next_step) {
    Report report = made_up_report();
    EXPECT_TRUE(has(summary_of(report, {}), "next      --json FILE keeps the figures"));
    report.settings.push_back(
        {.name = "json", .value = std::string("a.json"), .from = "flag", .assigned = ""});
    EXPECT_TRUE(has(summary_of(report, {}),
                    "next      paxos_fast report a.json draws it; compare compares two "
                    "files\n"));
}

/// No line is longer than the terminal is wide. With at least 40 columns no word of the summary is
/// missing.
TEST(SummaryForNewcomers, wraps_at_words_on_a_narrow_terminal) {
    for (const std::size_t columns : {20u, 40u, 60u, 79u}) {
        const std::string text = summary_of(made_up_report(), {.columns = columns});
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);)
            EXPECT_LE(width_of(line), columns) << text;
        if (columns < 40) continue;
        for (const char* word : {"one at a time:", "uncompared;", "0.56x", "quorums", "io_uring,"})
            EXPECT_TRUE(has(text, word)) << word << "\n" << text;
    }
}

TEST(SummaryForNewcomers, gives_the_share_of_each_of_several_proposers) {
    Report report = made_up_report(1);
    report.runs[0].nodes[0].decided = 60'000;
    report.runs[0].nodes[0].decided_first = 50'000;
    report.runs[0].nodes[1].decided = 40'000;
    report.runs[0].counters.preemptions = 12;
    const std::string shares = ", n0 60%, n1 40%, 50% at first ballots; 12 preempted\n";
    std::string text = summary_of(report, {});
    EXPECT_TRUE(has(text, "decided   all 101000 rounds" + shares)) << text;
    report.runs[0].decided = report.runs[0].rounds = 100;
    text = summary_of(report, {});
    EXPECT_TRUE(has(text, "decided   all 100 rounds" + shares)) << text;
}

}  // namespace
}  // namespace paxos::measure::summary_newcomer_test
