// `paxos_fast compare` as a user sees it: exit codes, streams, files.
#include "support/program.h"

#include "cli/commands.h"
#include "nlohmann/json.hpp"
#include "support/made_up_results.h"

namespace paxos::compare_command_test {
namespace {

class CompareCommand : public Cli {
protected:
    void SetUp() override {
        Cli::SetUp();
        write("old.json", {});
        write("new.json", {.rate = 0.5, .date = "2026-02-01T12:00:00+00:00"});
    }
    void write(const std::string& name, const compare::Made& made) {
        std::ofstream(work(name)) << compare::text_of(compare::report_of(made));
    }
    Outcome compare(std::vector<std::string> arguments) {
        arguments.insert(arguments.begin(), "compare");
        return run(std::move(arguments));
    }
    void expect_compare_refused(std::vector<std::string> arguments, int exit_code,
                                const std::string& text) {
        arguments.insert(arguments.begin(), "compare");
        expect_refused(arguments, exit_code, "paxos_fast: " + text + "\n");
    }
};

TEST_F(CompareCommand, exits_with_4_if_a_figure_is_worse) {
    const Outcome outcome = compare({"old.json", "new.json"});
    EXPECT_EQ(outcome.exit_code, 4) << outcome.error;
    EXPECT_NE(outcome.output.find("\nWORSE "), std::string::npos) << outcome.output;
    EXPECT_EQ(outcome.error, "");
    EXPECT_EQ(compare({"new.json", "old.json"}).exit_code, 0) << "better";
}

TEST_F(CompareCommand, says_that_a_file_is_compared_with_itself) {
    const std::string note =
        "\nnote            same file: both sides are the same runs, so nothing was compared\n";
    write("noisy.json", {.spread = 0.01});
    for (const char* file : {"old.json", "noisy.json"}) {
        const Outcome same = compare({file, file});
        EXPECT_EQ(same.exit_code, 0);
        EXPECT_NE(same.output.find(note), std::string::npos) << same.output;
        EXPECT_EQ(same.output.find("was measured before"), std::string::npos) << same.output;
    }
    EXPECT_EQ(compare({"old.json", "new.json"}).output.find("same file"), std::string::npos);
}

TEST_F(CompareCommand, fail_on_selects_the_verdicts_that_fail) {
    EXPECT_EQ(compare({"old.json", "new.json", "--fail-on", "never"}).exit_code, 0);
    EXPECT_EQ(compare({"new.json", "old.json", "--fail-on", "any"}).exit_code, 0);
    write("one.json", {.repetitions = 1});
    EXPECT_EQ(compare({"one.json", "old.json"}).exit_code, 0) << "inconclusive";
    EXPECT_EQ(compare({"one.json", "old.json", "--fail-on", "any"}).exit_code, 4);
}

TEST_F(CompareCommand, pools_several_files_per_side) {
    write("old2.json", {.date = "2026-01-02"});
    write("new2.json", {.rate = 0.5, .date = "2026-02-02"});
    const Outcome outcome = compare(
        {"old.json", "old2.json", "--with", "new.json", "new2.json", "--json", "-"});
    EXPECT_EQ(outcome.exit_code, 4) << outcome.error;
    const auto json = nlohmann::json::parse(outcome.output);
    EXPECT_EQ(json["base"]["repetitions"], 20);
    EXPECT_EQ(json["new"]["files"], (nlohmann::json{"new.json", "new2.json"}));
    EXPECT_NE(outcome.error.find("WORSE"), std::string::npos)
        << "the table moves to standard error";
}

TEST_F(CompareCommand, writes_json_and_markdown) {
    EXPECT_EQ(compare({"old.json", "new.json", "--json", "c.json", "--markdown", "c.md"}).exit_code,
              4);
    EXPECT_TRUE(nlohmann::json::accept(content(work("c.json"))));
    EXPECT_TRUE(content(work("c.md")).starts_with("| figure |"));
    EXPECT_TRUE(
        compare({"old.json", "new.json", "--markdown", "-"}).output.starts_with("| figure |"));
    EXPECT_EQ(files_left(), 4u);
}

TEST_F(CompareCommand, refuses_a_wrong_command_line) {
    const std::string two =
        "compare: needs two result files, BASE and NEW; paxos_fast --json FILE writes one";
    expect_compare_refused({}, 2, two);
    expect_compare_refused({"old.json"}, 2, two);
    expect_compare_refused({"--with", "new.json"}, 2, two);
    expect_compare_refused({"old.json", "--with"}, 2, "compare: --with: needs a value");
    expect_compare_refused({"a", "b", "c"}, 2,
                           "compare: more than two files; use BASE... --with NEW...");
    expect_compare_refused({"old.json", ""}, 2, "compare: a file name is empty");
    expect_compare_refused({"a", "b", "--maargin", "2%"}, 2,
                           "compare: --maargin: unknown option; did you mean --margin?");
    expect_compare_refused({"a", "b", "--zzzzz"}, 2,
                           "compare: --zzzzz: unknown option; see paxos_fast compare --help");
    for (const char* margin : {"3", "0%", "100%", "-1%", "x"})
        expect_compare_refused({"a", "b", "--margin", margin}, 2,
                               "compare: --margin " + std::string(margin) +
                                   ": must be a percentage below 100%, such as 3% or 0.5%");
    expect_compare_refused({"a", "b", "--margin", "2%", "--margin", "3%"}, 2,
                           "compare: --margin: is given twice, as 2% and as 3%");
    expect_compare_refused(
        {"a", "b", "--across", "protocl"}, 2,
        "compare: --across protocl: protocl is not a setting; did you mean protocol?");
    expect_compare_refused({"a", "b", "--across", "io,zzzzzzz"}, 2,
                           "compare: --across io,zzzzzzz: zzzzzzz is not a setting; must be "
                           "machine or an option in paxos_fast --help");
    expect_compare_refused({"a", "b", "--fail-on", "x"}, 2,
                           "compare: --fail-on x: must be worse, any or never");
    expect_compare_refused(
        {"a", "b", "--json", "-", "--markdown", "-"}, 2,
        "compare: --json - and --markdown -: only one can go to standard output");
    EXPECT_EQ(compare({"a", "b", "--color", "blue"}).exit_code, 2);
}

TEST_F(CompareCommand, refuses_outputs_that_would_replace_an_input_or_each_other) {
    const std::string before = content(work("new.json"));
    expect_compare_refused({"old.json", "new.json", "--json", "./new.json"}, 2,
                           "compare: --json ./new.json: is one of the result files");
    expect_compare_refused({"old.json", "--with", "new.json", "--markdown", "new.json"}, 2,
                           "compare: --markdown new.json: is one of the result files");
    EXPECT_EQ(content(work("new.json")), before);
    expect_compare_refused({"old.json", "new.json", "--json", "x", "--markdown", "./x"}, 2,
                           "compare: --markdown ./x: --json writes to the same file");
    EXPECT_FALSE(std::filesystem::exists(work("x")));
    EXPECT_NE(compare({"old.json", "new.json", "--json", "/dev/null", "--markdown", "/dev/null"})
                  .exit_code,
              2);
}

TEST_F(CompareCommand, refuses_unusable_files) {
    expect_compare_refused({"old.json", "none.json"}, 3,
                           "none.json: cannot be read: No such file or directory");
    expect_compare_refused({".", "new.json"}, 3, ".: cannot be read: Is a directory");
    expect_compare_refused({"/dev/null", "new.json"}, 3, "/dev/null: is empty");
    std::ofstream(work("cut.json")) << content(work("old.json")).substr(0, 5000);
    expect_compare_refused({"old.json", "cut.json"}, 3, "cut.json: is truncated");
    expect_compare_refused({"old.json", "old.json", "--with", "new.json"}, 3,
                           "old.json: contains the same runs as old.json; each run counts once");
}

TEST_F(CompareCommand, refuses_a_degraded_run_unless_it_is_allowed) {
    measure::Report report = compare::report_of({.date = "2026-02-03"});
    measure::kill_node_3(report, 0);
    std::ofstream(work("dead.json")) << compare::text_of(report);
    expect_compare_refused(
        {"old.json", "dead.json"}, 3,
        "dead.json: paxos_fast.runs[0]: repetition 0 is DEGRADED: a node died, was silent or was "
        "left behind; --allow-degraded accepts such runs");
    const Outcome outcome = compare({"old.json", "dead.json", "--allow-degraded"});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_NE(outcome.output.find("--allow-degraded: in some of these runs a node died, "),
              std::string::npos);
}

TEST_F(CompareCommand, refuses_a_run_whose_environment_changed) {
    measure::Report report = compare::report_of({.date = "2026-02-03"});
    report.runs[3].environment_changes = "n1 moved from core 1 to 0";
    std::ofstream(work("moved.json")) << compare::text_of(report);
    expect_compare_refused({"old.json", "moved.json"}, 3,
                           "moved.json: paxos_fast.repetitions[3]: repetition 3 is not comparable: "
                           "cores or CPU quota changed while it ran (n1 moved from core 1 to 0)");
}

TEST_F(CompareCommand, reports_an_output_that_cannot_be_written) {
    expect_compare_refused({"old.json", "new.json", "--json", "/nowhere/x"}, 3,
                           "--json /nowhere/x: cannot be written: No such file or directory");
    expect_compare_refused({"old.json", "new.json", "--markdown", "."}, 3,
                           "--markdown .: cannot be written: Is a directory");
    EXPECT_EQ(run({"compare", "old.json", "new.json"}, {}, "/dev/full").exit_code, 3);
    EXPECT_EQ(compare({"old.json", "new.json", "--json", "/dev/full"}).exit_code, 3);
    EXPECT_EQ(files_left(), 2u);
}

TEST_F(CompareCommand, has_help_and_is_listed_in_the_help_of_the_program) {
    const Outcome outcome = compare({"-h"});
    EXPECT_EQ(outcome.exit_code, 0);
    for (const char* name : {"--with", "--margin", "--across", "--fail-on", "--allow-degraded",
                             "--all", "--json", "--markdown", "--color"})
        EXPECT_NE(outcome.output.find(name), std::string::npos) << name;
    std::istringstream lines(outcome.output);
    for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
    const std::string help = run({"--help"}).output;
    for (const cli::Command& command : cli::commands())
        EXPECT_NE(help.find("\n  " + std::string(command.name) + " "), std::string::npos)
            << command.name;
}

/// Needs Debian's libbenchmark-tools and python3-scipy.
TEST_F(CompareCommand, compare_py_of_google_benchmark_reads_our_files) {
    const char* const tool = "/usr/share/benchmark/compare.py";
    if (!std::filesystem::exists(tool))
        GTEST_SKIP() << tool << " is not installed (libbenchmark-tools)";
    if (std::system("/usr/bin/python3 -c 'import scipy' 2>/dev/null") != 0)
        GTEST_SKIP() << "python3-scipy, which compare.py needs, is not installed";
    const std::string out = work("google.json").string();
    const std::string command = std::string("/usr/bin/python3 -B ") + tool + " --no-color -d " +
                                out + " benchmarks " + work("old.json").string() + " " +
                                work("new.json").string() + " >/dev/null";
    ASSERT_EQ(std::system(command.c_str()), 0);
    const auto rows = nlohmann::json::parse(content(out));
    const auto rate = std::find_if(rows.begin(), rows.end(), [](const auto& row) {
        return row["name"] == "classic/nodes:5/window:2772/ns_per_decision";
    });
    ASSERT_NE(rate, rows.end());
    EXPECT_NEAR((*rate)["measurements"][0]["time"], 1.0, 0.01)
        << "at half the rate a decision takes twice as long";
}

}  // namespace
}  // namespace paxos::compare_command_test
