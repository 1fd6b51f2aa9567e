// The program as a user sees it: exit codes, output streams, files.
#include "support/program.h"

#include <csignal>

#include "nlohmann/json.hpp"

namespace paxos::cli_test {
namespace {

/// The shortest run.
const std::vector<std::string> shortest{"--nodes",  "3", "--rounds",      "30",
                                        "--window", "1", "--repetitions", "1"};

std::vector<std::string> with(std::vector<std::string> arguments,
                              std::initializer_list<const char*> more) {
    arguments.insert(arguments.end(), more.begin(), more.end());
    return arguments;
}

TEST_F(Cli, help_and_version_go_to_standard_output) {
    Outcome outcome = run({"--help"});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_NE(outcome.output.find("Usage: paxos_fast [bench] [OPTIONS]"), std::string::npos);
    EXPECT_EQ(outcome.error, "");
    outcome = run({"--version"});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_TRUE(outcome.output.starts_with("paxos_fast ")) << outcome.output;
    outcome = run({"--version", "--json"});
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_TRUE(nlohmann::json::parse(outcome.output).contains("commit"));
}

TEST_F(Cli, help_and_version_are_commands_too) {
    EXPECT_EQ(run({"help"}).output, run({"--help"}).output);
    EXPECT_EQ(run({"version"}).output, run({"--version"}).output);
    EXPECT_EQ(run({"help", "compare"}).output, run({"compare", "--help"}).output);
    EXPECT_TRUE(run({"help", "compare"}).output.starts_with("Compares result files"));
    for (const char* word : {"help", "version"}) EXPECT_EQ(run({word}).exit_code, 0);
}

TEST_F(Cli, refuses_bad_input_and_starts_nothing) {
    expect_refused({"--nodes", "0"}, 2,
                   "paxos_fast: --nodes 0: must be 1 to 63 (a quorum is one 64-bit mask)\n");
    expect_refused({"--rounds", "-1"}, 2, "paxos_fast: --rounds -1: must be 1 to 1e15\n");
    expect_refused({"--nodez"}, 2, "paxos_fast: --nodez: unknown option; did you mean --nodes?\n");
    expect_refused({"simulate"}, 2,
                   "paxos_fast: simulate: unknown command; see paxos_fast --help\n");
    expect_refused({"compair"}, 2, "paxos_fast: compair: unknown command; did you mean compare?\n");
    EXPECT_EQ(files_left(), 0u);
}

TEST_F(Cli, refuses_several_processes_without_PMIx_or_for_a_command_that_runs_in_one) {
    const Outcome unnumbered = run({"--rounds", "10"}, {"SLURM_STEP_NUM_TASKS=5"});
    EXPECT_EQ(unnumbered.exit_code, 3);
    EXPECT_EQ(unnumbered.error,
              "paxos_fast: this is one of 5 processes, but they were started without PMIx; use "
              "`srun --mpi=pmix`, Open MPI's mpirun, or --peers and --id\n");
    for (const char* command : {"ab", "compare", "doctor", "inspect", "report", "sim"}) {
        const Outcome alone = run({command}, {"OMPI_COMM_WORLD_SIZE=5"});
        EXPECT_EQ(alone.exit_code, 2);
        EXPECT_EQ(alone.error, "paxos_fast: " + std::string(command) +
                                   ": runs in one process, but 5 were started; start one (srun "
                                   "-n1, mpirun -np 1)\n");
    }
    EXPECT_EQ(run({"--version"}, {"OMPI_COMM_WORLD_SIZE=5"}).exit_code, 0);
    EXPECT_EQ(
        run({"--rounds", "10", "--no-floor", "--nodes", "3"}, {"SLURM_STEP_NUM_TASKS=1"}).exit_code,
        0);
}

TEST_F(Cli, refuses_a_core_outside_the_affinity_mask) {
    const Outcome outcome = run({"--cores", "65535"});
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_TRUE(outcome.error.starts_with("paxos_fast: --cores 65535: core 65535 is not available"))
        << outcome.error;
}

TEST_F(Cli, refuses_an_error_in_dotenv) {
    std::ofstream(work(".env")) << "OTHERS=1\n\nPAXOS_NODE=3\n";
    expect_refused(shortest, 2, ".env:3: PAXOS_NODE: unknown setting; did you mean PAXOS_NODES?\n");
}

TEST_F(Cli, refuses_a_near_miss_in_the_environment_as_in_dotenv) {
    const Outcome outcome = run(shortest, {"PAXOS_NODE=3"});
    EXPECT_EQ(outcome.exit_code, 2);
    EXPECT_EQ(outcome.output, "");
    EXPECT_EQ(outcome.error,
              "paxos_fast: PAXOS_NODE: unknown setting; did you mean PAXOS_NODES?\n");
}

/// Uses all settings except those for several hosts, which need one process for each node. Options
/// on the command line shorten the run. The test accepts the verdict with and without DEGRADED,
/// because the run may end before the fault that kills a node.
TEST_F(Cli, runs_with_every_setting_of_the_dotenv_example) {
    std::istringstream example(content(PAXOS_TESTS_DIR "/../.env.example"));
    std::ofstream dotenv(work(".env"));
    int settings = 0;
    for (std::string line; std::getline(example, line);) {
        const bool is_of_hosts = line.starts_with("#PAXOS_PEERS=") ||
                                 line.starts_with("#PAXOS_ID=") ||
                                 line.starts_with("#PAXOS_NETWORK=");
        if (!line.starts_with("#PAXOS_") || is_of_hosts) continue;
        dotenv << line.substr(1) << "\n";
        ++settings;
    }
    dotenv.close();
    EXPECT_GT(settings, 30);
    std::ofstream(work("paxos.key")) << std::string(64, 'a') << "\n";
    std::filesystem::permissions(work("paxos.key"), std::filesystem::perms::owner_read);
    const Outcome outcome = run({"--duration", "1s", "--repetitions", "1"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_TRUE(outcome.output.starts_with("SAFE ")) << outcome.output;
    EXPECT_NE(outcome.output.find(" classic, 5 nodes; at 10.0k/s: "), std::string::npos)
        << outcome.output;
    for (const char* file : {"data", "result.json", "series.ndjson", "trace.json"})
        EXPECT_TRUE(std::filesystem::exists(work(file))) << file;
}

TEST_F(Cli, ignores_a_folder_named_dotenv) {
    std::filesystem::create_directory(work(".env"));
    const Outcome outcome = run(shortest);
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_EQ(outcome.error,
              "paxos_fast: warning: .env is not a regular file, so no settings are read from it\n");
}

TEST_F(Cli, prints_the_settings_from_dotenv_and_environment) {
    std::ofstream(work(".env")) << "PAXOS_NODES=3\nPAXOS_WINDOW=1\nPAXOS_REPETITIONS=7\n";
    const Outcome outcome = run({"--rounds", "30"}, {"PAXOS_REPETITIONS=1", "PAXOS_HOME=4"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_NE(outcome.output.find(
                  "set       PAXOS_NODES=3 (.env:1), PAXOS_WINDOW=1 (.env:2), PAXOS_REPETITIONS=1"),
              std::string::npos)
        << outcome.output;
    EXPECT_EQ(outcome.error, "paxos_fast: warning: PAXOS_HOME: unknown setting, ignored\n");
}

TEST_F(Cli, writes_summary_and_log_in_portuguese_and_result_files_in_english) {
    const Outcome outcome = run({"--nodes", "3", "--log", "--lang", "pt", "--json", "x.json"},
                                {"LANG=C.UTF-8"});
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_NE(outcome.output.find("n0   0  PREPARE  proposta 1.n0 -> todos\n"), std::string::npos)
        << outcome.output;
    EXPECT_NE(outcome.output.find("\nSEGURO    3 de 3 n\u00F3s t\u00EAm o mesmo log: "),
              std::string::npos)
        << outcome.output;
    const std::string file = content(work("x.json"));
    EXPECT_NE(file.find("\"PREPARE  ballot 1.n0 -> all\""), std::string::npos) << file;
    EXPECT_EQ(file.find("todos"), std::string::npos) << file;
    EXPECT_EQ(file.find("proposta"), std::string::npos) << file;
}

TEST_F(Cli, writes_in_the_language_of_the_environment) {
    const std::vector<std::string> words = with(shortest, {"--quiet"});
    EXPECT_TRUE(run(words, {"LANG=pt_BR.UTF-8"}).output.starts_with("SEGURO  classic, 3 n\u00F3s"));
    EXPECT_TRUE(run(words, {"LANG=pt_BR"}).output.starts_with("SEGURO  classic, 3 nos"));
    EXPECT_TRUE(run(words, {"LANG=de_DE.UTF-8"}).output.starts_with("SAFE  classic, 3 nodes"));
}

TEST_F(Cli, checks_before_the_run_that_the_result_file_can_be_written) {
    expect_refused(
        {"--json", "/nowhere/x.json"}, 3,
        "paxos_fast: --json /nowhere/x.json: cannot be written: No such file or directory\n");
    expect_refused({"--json", "."}, 3, "paxos_fast: --json .: cannot be written: Is a directory\n");
    EXPECT_EQ(files_left(), 0u);
}

TEST_F(Cli, runs_and_writes_summary_and_result_file) {
    std::ofstream(work("x.json")) << "old content";
    const Outcome outcome = run(with(shortest, {"--json", "x.json"}));
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_NE(outcome.output.find("SAFE "), std::string::npos) << outcome.output;
    EXPECT_EQ(outcome.error, "");
    const nlohmann::json file = nlohmann::json::parse(content(work("x.json")));
    EXPECT_EQ(file["paxos_fast"]["config"]["nodes"]["value"], 3);
    EXPECT_EQ(file["paxos_fast"]["runs"][0]["safety"]["verdict"], "SAFE");
    EXPECT_EQ(files_left(), 1u);
}

TEST_F(Cli, result_file_on_standard_output_moves_the_summary_to_standard_error) {
    const Outcome outcome = run(with(shortest, {"--json", "-"}));
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_TRUE(nlohmann::json::accept(outcome.output)) << outcome.output;
    EXPECT_NE(outcome.error.find("SAFE "), std::string::npos) << outcome.error;
}

TEST_F(Cli, result_file_follows_a_link_and_never_replaces_a_device) {
    std::filesystem::create_symlink("target.json", work("link.json"));
    std::ofstream(work("target.json")) << "{}";
    EXPECT_EQ(run(with(shortest, {"--json", "link.json"})).exit_code, 0);
    EXPECT_TRUE(std::filesystem::is_symlink(work("link.json")));
    EXPECT_GT(std::filesystem::file_size(work("target.json")), 100u);
    EXPECT_EQ(run(with(shortest, {"--json", "/dev/null"})).exit_code, 0);
    EXPECT_TRUE(std::filesystem::is_character_file("/dev/null"));
}

TEST_F(Cli, a_full_disk_is_an_error) {
    const Outcome outcome = run({"--help"}, {}, "/dev/full");
    EXPECT_EQ(outcome.exit_code, 3);
    EXPECT_EQ(outcome.error,
              "paxos_fast: standard output: cannot be written: No space left on device\n");
    EXPECT_EQ(run(shortest, {}, "/dev/full").exit_code, 3);
    const Outcome json = run(with(shortest, {"--json", "/dev/full"}));
    EXPECT_EQ(json.exit_code, 3);
    EXPECT_EQ(json.error,
              "paxos_fast: --json /dev/full: cannot be written: No space left on device\n");
}

TEST_F(Cli, quiet_prints_one_line) {
    const Outcome outcome = run(with(shortest, {"-q"}));
    EXPECT_EQ(outcome.exit_code, 0);
    EXPECT_TRUE(outcome.output.starts_with("SAFE  classic, 3 nodes; one at a time: "))
        << outcome.output;
    EXPECT_EQ(std::count(outcome.output.begin(), outcome.output.end(), '\n'), 1);
}

TEST_F(Cli, prints_colours_only_on_a_terminal_or_on_request) {
    EXPECT_EQ(run(shortest).output.find('\x1b'), std::string::npos)
        << "standard output is not a terminal";
    EXPECT_NE(run(with(shortest, {"--color", "always"})).output.find("\x1b[32mSAFE"),
              std::string::npos);
}

TEST_F(Cli, progress_goes_to_standard_error_on_request) {
    const Outcome outcome = run(with(shortest, {"--progress", "always"}));
    EXPECT_NE(outcome.error.find("measuring the floor"), std::string::npos) << outcome.error;
}

TEST_F(Cli, announces_a_plan_of_more_than_20_seconds_before_it_begins) {
    const pid_t process = start({"--nodes", "3", "--duration", "21s", "--progress", "always"});
    const auto has_begun = [&] {
        return content(folder_ / "err").find("run 1 of 10") != std::string::npos;
    };
    while (!has_begun()) sched_yield();
    kill(process, SIGINT);
    const Outcome outcome = finish(process);
    EXPECT_EQ(outcome.exit_code, 128 + SIGINT);
    const std::size_t announced = outcome.error.find(
        "paxos_fast: takes about 21 s: 2 windows x 10 runs\n");
    ASSERT_NE(announced, std::string::npos) << outcome.error;
    EXPECT_LT(announced, outcome.error.find("run 1 of 10"));
}

/// A signal during a run gives a partial summary, the exit code 128 + signal, and a result file. A
/// result file that already existed is not replaced.
TEST_F(Cli, prints_a_partial_summary_when_stopped_by_a_signal) {
    for (const int signal : {SIGINT, SIGTERM}) {
        std::filesystem::remove(folder_ / "err");
        const pid_t process = start({"--nodes", "3", "--rounds", "1000000000", "--window", "1",
                                     "--progress", "always", "--json", "x.json"});
        // Once there is progress, either the floor measurement or the cluster is running.
        while (content(folder_ / "err").empty()) sched_yield();
        kill(process, signal);
        const Outcome outcome = finish(process);
        EXPECT_EQ(outcome.exit_code, 128 + signal) << outcome.error;
        EXPECT_NE(outcome.output.find("\nstopped "), std::string::npos) << outcome.output;
        if (signal == SIGINT) {
            EXPECT_TRUE(nlohmann::json::accept(content(work("x.json"))));
            std::ofstream(work("x.json")) << "a complete run";
        } else {
            EXPECT_EQ(content(work("x.json")), "a complete run");
            EXPECT_NE(outcome.error.find("--json x.json: not replaced"), std::string::npos);
        }
        EXPECT_EQ(files_left(), 1u);
    }
}

}  // namespace
}  // namespace paxos::cli_test
