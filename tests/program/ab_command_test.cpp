// `paxos_fast ab` as a user sees it, with builds that are invalid, fail, hang, differ or are equal.
// Also tests signals and files. A leg is one run of one build. In most tests a build is a short
// script that prints prepared figures.
#include <csignal>

#include "gmock/gmock.h"
#include "io/clock.h"
#include "nlohmann/json.hpp"
#include "support/made_up_results.h"
#include "support/program.h"

namespace paxos::ab_command_test {
namespace {

using testing::HasSubstr;
using testing::Not;
using Words = std::vector<std::string>;
using Json = nlohmann::json;

class AbCommand : public Cli {
protected:
    /// Writes a script that prints the facts of a build if its first argument is --version, and
    /// otherwise executes `leg`. Returns the path of the script.
    std::string build(const std::string& name, const std::string& leg) {
        const std::filesystem::path path = folder_ / name;
        std::ofstream(path) << "#!/bin/bash\nif [[ $1 == --version ]]; then echo '"
                            << measure::build_as_json(compare::report_of({}).build)
                            << "'; exit; fi\n"
                            << leg << "\n";
        std::filesystem::permissions(path, std::filesystem::perms::owner_all);
        return path.string();
    }
    std::string build_of(const std::string& name, const measure::Report& report) {
        const std::string result = folder_ / (name + ".json");
        std::ofstream(result) << compare::text_of(report);
        return build(name, "cat " + result);
    }
    /// Makes a build that reports the rate of report_of({}) times a factor. Each of its legs draws
    /// the factor from eight values between `rate` and 1.01 * `rate`.
    std::string build_of_rate(const std::string& name, double rate) {
        static constexpr int results = 8;
        const std::string stem = folder_ / (name + ".json.");
        for (int i = 0; i < results; ++i)
            std::ofstream(stem + std::to_string(i)) << compare::text_of(
                compare::report_of({.rate = rate * (1 + 0.01 * i / results), .repetitions = 1}));
        return build(name, "cat " + stem + "$((RANDOM % " + std::to_string(results) + "))");
    }
    static measure::Report changed(void (*change)(measure::Report&)) {
        measure::Report report = compare::report_of({.repetitions = 1});
        change(report);
        return report;
    }

    Outcome ab(Words words) {
        words.insert(words.begin(), "ab");
        return run(std::move(words), {"PATH=/usr/bin:/bin"});
    }
    void expect_ab_refused(Words words, int exit_code, const std::string& text) {
        const Outcome outcome = ab(std::move(words));
        EXPECT_EQ(outcome.exit_code, exit_code) << outcome.error;
        EXPECT_EQ(outcome.output, "");
        EXPECT_THAT(outcome.error, testing::StartsWith("paxos_fast: "));
        EXPECT_THAT(outcome.error, HasSubstr(text));
        EXPECT_EQ(files_left(), 0u);
    }
    static void expect_narrow(const std::string& text) {
        std::istringstream lines(text);
        for (std::string line; std::getline(lines, line);) EXPECT_LE(line.size(), 80u) << line;
    }
};

TEST_F(AbCommand, refuses_a_wrong_command_line) {
    const std::string good = build_of_rate("good", 1);
    expect_ab_refused({}, 2, "ab: needs two builds, OLD and NEW");
    expect_ab_refused({good}, 2, "needs a second build");
    expect_ab_refused({good, good, good}, 2, "only two builds can be compared");
    expect_ab_refused({good, ""}, 2, "the name of a build is empty");
    expect_ab_refused({"--aa", good, good}, 2, "--aa runs one build, not two");
    expect_ab_refused({good, good, "--detekt", "3%"}, 2,
                      "--detekt: unknown option; did you mean --detect?");
    expect_ab_refused({good, good, "--fail-on", "bad"}, 2, "must be worse, any or never");
    expect_ab_refused({good, good, "--json", "a", "--json", "b"}, 2, "--json: is given twice");
    for (const char* option : {"--json", "--log", "--log-rounds"}) {
        const std::string error = std::string("-- ") + option +
                                  ": ab does not accept this option for its runs";
        expect_ab_refused({good, good, "--", option, "1"}, 2, error);
        expect_ab_refused({good, good, "--", std::string(option) + "=1"}, 2, error);
    }
    expect_ab_refused({good, good, "--", "-qV"}, 2,
                      "-- -q: ab does not accept this option for its runs");
    for (const char* size : {"0", "0%", "3", "-1%", "garbage", "nan%", "100%"})
        expect_ab_refused({good, good, std::string("--detect=") + size}, 2,
                          "must be a percentage below 100%");
    for (const char* time : {"0s", "5", "25h", "soon"})
        expect_ab_refused({good, good, "--max-time", time}, 2, "must be a time of 1s to 24h");
    expect_ab_refused({good, good, "--max-time", "1"}, 2, "such as 90s or 5min; write 1s or 1min");
    expect_ab_refused({good, good, "--json", "/nowhere/file"}, 3,
                      "--json /nowhere/file: cannot be written");
}

TEST_F(AbCommand, help_lists_the_options_in_80_columns) {
    const Outcome outcome = ab({"--help"});
    EXPECT_EQ(outcome.exit_code, 0);
    for (const char* name : {"--aa", "--detect", "--max-time", "--margin", "--fail-on", "--all",
                             "--json", "--markdown", "--color"})
        EXPECT_THAT(outcome.output, HasSubstr(name));
    expect_narrow(outcome.output);
}

TEST_F(AbCommand, refuses_a_program_that_is_not_paxos_fast) {
    const std::string good = build_of_rate("good", 1), plain = (folder_ / "plain").string();
    std::ofstream(plain) << "text";
    expect_ab_refused({good, "/nowhere/paxos_fast"}, 3, "/nowhere/paxos_fast: No such file");
    expect_ab_refused({good, folder_}, 3, "is a folder");
    expect_ab_refused({plain, good}, 3, "is not executable");
    std::filesystem::permissions(plain, std::filesystem::perms::owner_all);
    expect_ab_refused({plain, good}, 3, "is not paxos_fast");
    expect_ab_refused({good, "/bin/true"}, 3, "/bin/true: is not paxos_fast");
    expect_ab_refused({good, "/bin/echo"}, 3, "/bin/echo: is not paxos_fast");
    expect_ab_refused({good, "/bin/false"}, 3, "exit code 1");
}

TEST_F(AbCommand, stops_when_a_leg_fails) {
    const std::string good = build_of_rate("good", 1);
    const auto refused = [&](const std::string& leg, int exit_code, const std::string& text) {
        expect_ab_refused({good, build("bad", leg)}, exit_code, text);
    };
    refused("echo 'paxos_fast: --rounds: is odd' >&2; echo SAFE >&2; exit 2", 2,
            "exit code 2: --rounds: is odd");
    refused("exit 5", 5, "exit code 5");
    refused("exit 77", 3, "exit code 77");
    refused("kill -SEGV $$", 5, "signal 11");
    refused("echo nonsense", 3, "is not JSON");
    refused("echo '{}'", 3, "is not a result file");
    refused("exec yes", 3, "printed more than a result file can contain");
}

TEST_F(AbCommand, stops_when_a_leg_gives_no_valid_measurement) {
    const std::string good = build_of_rate("good", 1);
    const auto refused = [&](void (*change)(measure::Report&), int exit_code,
                             const std::string& text) {
        expect_ab_refused({good, build_of("bad", changed(change))}, exit_code, text);
    };
    refused([](measure::Report& report) { report.runs[0].verdict = measure::Verdict::unsafe; }, 3,
            "is UNSAFE, not SAFE");
    refused([](measure::Report& report) { report.runs[0].logged = true; }, 3,
            "was made with --log");
    refused([](measure::Report& report) { measure::kill_node_3(report, 0); }, 3, "is DEGRADED");
    refused([](measure::Report& report) { report.runs[0].environment_changes = "n1 moved"; }, 3,
            "is not comparable: cores or CPU quota changed while it ran (n1 moved)");
    refused([](measure::Report& report) { report.settings[0].value = std::uint64_t{3}; }, 2,
            "have different defaults: nodes");
}

TEST_F(AbCommand, kills_a_hanging_leg_and_its_children) {
    const std::string pid_file = folder_ / "pid";
    const std::string hanging = build("hangs", "sleep 100 & echo $! >" + pid_file + "; wait");
    expect_ab_refused({"--aa", hanging, "--max-time", "1s"}, 3,
                      "did not end within its time limit of ");
    const std::string stat_file = "/proc/" + std::to_string(std::stoi(content(pid_file))) + "/stat";
    // The killed child ends only when it is next scheduled. Then it is a zombie, or gone if the
    // init process has already reaped it.
    std::string stat;
    do stat = content(stat_file);
    while (!stat.empty() && stat.find(") Z ") == std::string::npos);
}

TEST_F(AbCommand, finds_a_slower_build_worse_and_a_faster_one_better) {
    const std::string fast = build_of_rate("fast", 1), slow = build_of_rate("slow", 0.9);
    Outcome outcome = ab({fast, slow});
    EXPECT_EQ(outcome.exit_code, 4) << outcome.error;
    EXPECT_THAT(outcome.output, HasSubstr("\nWORSE "));
    EXPECT_EQ(outcome.error, "");
    EXPECT_EQ(ab({fast, slow, "--fail-on", "never"}).exit_code, 0);
    outcome = ab({slow, fast});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_THAT(outcome.output, HasSubstr("\nbetter "));
    EXPECT_EQ(ab({fast, slow, "--margin", "20%"}).exit_code, 0);
}

TEST_F(AbCommand, finds_no_difference_between_a_build_and_itself_and_writes_blocks) {
    const Outcome outcome = ab({"--aa", build_of_rate("one", 1), "--all", "--json", "ab.json",
                                "--markdown", "ab.md", "--", "--nodes", "5"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.error;
    EXPECT_THAT(outcome.output, HasSubstr("\nsame "));
    EXPECT_THAT(outcome.output, Not(HasSubstr("WORSE")));
    EXPECT_THAT(outcome.output, HasSubstr("datagrams at 2772"));
    expect_narrow(outcome.output);
    EXPECT_TRUE(content(work("ab.md")).starts_with("| figure |"));

    const Json json = Json::parse(content(work("ab.json")));
    EXPECT_EQ(json["in_turn"]["ended_by"], "decided");
    EXPECT_EQ(json["in_turn"]["options"],
              Json({"--nodes", "5", "--duration", "60ms", "--repetitions", "1"}));
    EXPECT_EQ(json["new"]["build"]["commit"], "3f2a91c");
    EXPECT_EQ(json["new"]["repetitions"], 20u);
    EXPECT_EQ(json["in_turn"]["blocks"].size(), 10u);
    const Json& rate = json["primary"][0];
    EXPECT_EQ(rate["metric"], "decisions_per_second");
    EXPECT_EQ(rate["verdict"], "same");
    EXPECT_EQ(rate["log_ratios"].size(), 10u);
    EXPECT_LT(rate["interval"][0], rate["interval"][1]);
}

/// Each leg appends the name of its build to the file `trace`.
TEST_F(AbCommand, runs_the_builds_in_the_order_that_it_reports) {
    const std::string trace = folder_ / "trace";
    const std::string result = folder_ / "result";
    std::ofstream(result) << compare::text_of(compare::report_of({.repetitions = 1}));
    const auto traced = [&](const std::string& name) {
        return build(name, "echo -n " + name + " >>" + trace + "; cat " + result);
    };
    ASSERT_EQ(ab({traced("A"), traced("B"), "--json", "ab.json"}).exit_code, 0);
    const Json json = Json::parse(content(work("ab.json")));
    std::string blocks;
    for (const Json& block : json["in_turn"]["blocks"]) blocks += block.get<std::string>();
    EXPECT_EQ(content(trace), blocks);
}

TEST_F(AbCommand, prints_complete_blocks_and_kills_the_leg_when_stopped) {
    for (const auto& [signal, exit_code] : {std::pair{SIGINT, 130}, std::pair{SIGTERM, 143}}) {
        // The sixth leg waits, so one block of four legs is complete.
        const std::string count = folder_ / "count", result = folder_ / "result";
        std::ofstream(count) << "";
        std::ofstream(result) << compare::text_of(compare::report_of({.repetitions = 1}));
        const std::string waiting = build("waits", "echo >>" + count + "\nif [[ $(wc -l <" + count +
                                                       ") -gt 5 ]]; then echo $$ >>" + count +
                                                       "; exec sleep 100; fi\ncat " + result);
        const pid_t process = start({"ab", "--aa", waiting, "--json", "ab.json"},
                                    {"PATH=/usr/bin:/bin"});
        std::string counted;
        for (const io::Tick begin = io::now(); io::now() - begin < 120 * io::ns_per_second;
             usleep(1000))
            if (counted = content(count); counted.size() > 8 && counted.ends_with('\n')) break;
        ASSERT_EQ(kill(process, signal), 0);
        const Outcome outcome = finish(process);
        EXPECT_EQ(outcome.exit_code, exit_code);
        EXPECT_THAT(outcome.output, HasSubstr("1 block of four runs"));
        EXPECT_THAT(outcome.output, HasSubstr("stopped by"));
        EXPECT_NE(kill(std::stoi(counted), 0), 0) << "the measured program still runs";
        EXPECT_EQ(Json::parse(content(work("ab.json")))["in_turn"]["blocks"].size(), 1u);
        std::filesystem::remove(work("ab.json"));
    }
}

TEST_F(AbCommand, Slow_runs_the_program_against_itself) {
    // 20 s is too short to detect a difference of 0.1%, even on a quiet machine. It is long enough
    // for a block of four legs, each with 2 repetitions of 20 rounds, even if a round takes 100 ms
    // because all cores are busy.
    const Outcome outcome = ab({"--aa", "--detect", "0.1%", "--margin", "0.1%", "--max-time", "20s",
                                "--", "--nodes", "3", "--rounds", "20", "--window", "1",
                                "--repetitions", "2"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(outcome.output, HasSubstr("rate at 1"));
    EXPECT_THAT(outcome.output, HasSubstr("the time was up"));
}

}  // namespace
}  // namespace paxos::ab_command_test
