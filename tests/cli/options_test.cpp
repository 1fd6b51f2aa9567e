// The parsed options: defaults, rows, and which source overrides which.
#include "cli/bench/options.h"

#include <cstdlib>
#include <fstream>
#include <sstream>

#include "cli/bench/bench_parser.h"
#include "cli/bench/option_table.h"
#include "cli/text.h"
#include "gtest/gtest.h"
#include "support/settings.h"

namespace paxos::cli::options_test {
namespace {

Options resolved(const ProcessInputs& inputs) {
    const Parsed parsed = parse(inputs);
    EXPECT_EQ(parsed.request, Parsed::Request::run) << parsed.text;
    return parsed.options;
}

Options resolved(std::initializer_list<const char*> arguments) {
    return resolved(inputs_of(arguments));
}

TEST(Options, defaults_are_an_unloaded_and_a_saturated_row) {
    const Options options = resolved({});
    const node::Plan& plan = options.plan;
    EXPECT_EQ(plan.nodes, 5u);
    EXPECT_EQ(plan.protocol, node::ProtocolKind::classic);
    EXPECT_EQ(options.repetitions, 10u);
    ASSERT_EQ(plan.row_count, 2u);
    EXPECT_EQ(plan.rows[0].window, 1u);
    EXPECT_EQ(plan.rows[0].rounds, 1000u) << "10000 over all ten repetitions";
    EXPECT_TRUE(plan.rows[0].unloaded);
    EXPECT_EQ(plan.rows[1].window, window_saturated(true));
    EXPECT_EQ(plan.rows[1].rounds, 100'000u);
    EXPECT_TRUE(plan.rows[1].saturated);
    EXPECT_EQ(plan.warmup, 2u * window_saturated(true));
    EXPECT_EQ(plan.timeout_ns, 60'000'000'000u);
    EXPECT_EQ(plan.seed, 4711u);
    EXPECT_TRUE(options.cores.empty());
}

TEST(Options, without_runs_of_slots_the_saturated_window_is_smaller) {
    const node::Plan plan = resolved({"--runs", "off"}).plan;
    EXPECT_FALSE(plan.runs);
    EXPECT_EQ(plan.rows[1].window, window_saturated(false));
    EXPECT_LT(window_saturated(false), window_saturated(true));
    EXPECT_EQ(plan.warmup, 2u * window_saturated(false));
    EXPECT_EQ(resolved({"--runs", "off", "--rate", "1M"}).plan.rows[0].window,
              window_saturated(false));
    EXPECT_EQ(resolved({"--runs", "off", "--window", "7"}).plan.rows[0].window, 7u);
    EXPECT_TRUE(resolved({"--runs", "on"}).plan.runs);
    EXPECT_EQ(std::get<std::string>(setting(resolved({}), "runs").value), "on");
}

TEST(Options, a_core_list_names_each_core_once_or_one_core_for_each_node) {
    EXPECT_EQ(resolved({"--cores", "1,0"}).cores, (std::vector<int>{1, 0}));
    EXPECT_EQ(resolved({"--nodes", "4", "--cores", "0,1,1,0"}).cores,
              (std::vector<int>{0, 1, 1, 0}));
}

TEST(Options, the_unloaded_row_has_at_most_a_tenth_of_the_rounds_and_at_least_one) {
    EXPECT_EQ(resolved({"--rounds", "500"}).plan.rows[0].rounds, 50u);
    EXPECT_EQ(resolved({"--rounds", "5"}).plan.rows[0].rounds, 1u);
    EXPECT_EQ(resolved({"--repetitions", "1"}).plan.rows[0].rounds, 10'000u);
    EXPECT_EQ(resolved({"--repetitions", "10000"}).plan.rows[0].rounds, 1u);
}

TEST(Options, each_row_of_a_window_list_has_all_rounds_and_no_load_name) {
    const node::Plan plan = resolved({"--window", "1,8,4096", "--rounds", "1k"}).plan;
    ASSERT_EQ(plan.row_count, 3u);
    for (std::size_t row = 0; row < 3; ++row) {
        EXPECT_EQ(plan.rows[row].rounds, 1000u);
        EXPECT_FALSE(plan.rows[row].unloaded || plan.rows[row].saturated);
    }
    EXPECT_EQ(plan.rows[2].window, 4096u);
    EXPECT_EQ(plan.warmup, 8192u);
}

TEST(Options, each_rate_is_a_row_of_at_most_a_tenth_of_a_second) {
    const node::Plan plan = resolved({"--rate", "100,10k,20M"}).plan;
    ASSERT_EQ(plan.row_count, 3u);
    EXPECT_EQ(plan.rows[0].rate, 100u);
    EXPECT_EQ(plan.rows[0].rounds, 10u);
    EXPECT_EQ(plan.rows[1].rounds, 1000u);
    EXPECT_EQ(plan.rows[2].rate, 20'000'000u);
    EXPECT_EQ(plan.rows[2].rounds, 100'000u) << "a rate does not raise the number of rounds";
    for (std::size_t i = 0; i < 3; ++i) EXPECT_EQ(plan.rows[i].window, window_saturated(true));
    EXPECT_FALSE(plan.rows[0].unloaded || plan.rows[1].saturated);
    EXPECT_EQ(plan.warmup, 2u * window_saturated(true));
    EXPECT_EQ(resolved({"--rate", "100", "--window", "7"}).plan.rows[0].window, 7u);
}

TEST(Options, the_time_of_a_rate_is_added_to_the_timeout) {
    EXPECT_EQ(resolved({"--rate", "1k", "--rounds", "90k"}).plan.timeout_ns, 150'000'000'000u);
    EXPECT_EQ(resolved({"--rate", "1k", "--rounds", "90k", "--duration", "5s"}).plan.timeout_ns,
              60'500'000'000u);
    const node::Plan endless = resolved({"--rate", "1k", "--duration", "5s"}).plan;
    EXPECT_EQ(endless.rows[0].rounds, node::unbounded);
    EXPECT_EQ(endless.timeout_ns, 60'500'000'000u);
    EXPECT_EQ(resolved({"--rate", "1", "--rounds", "1G"}).plan.timeout_ns,
              time_ns_max + 60'000'000'000u);
}

TEST(Options, a_duration_alone_sets_no_limit_of_rounds) {
    const node::Plan plan = resolved({"--duration", "10s"}).plan;
    EXPECT_EQ(plan.rows[0].rounds, ~std::uint64_t{0});
    EXPECT_EQ(plan.rows[1].rounds, ~std::uint64_t{0});
    EXPECT_EQ(plan.slot_end(), ~std::uint64_t{0});
    EXPECT_EQ(plan.duration_ns, 500'000'000u) << "2 windows x 10 runs";
    EXPECT_EQ(plan.timeout_ns, 61'000'000'000u) << "the default plus the duration of two rows";
    const node::Plan both = resolved({"--duration", "10s", "--rounds", "7"}).plan;
    EXPECT_EQ(both.rows[1].rounds, 7u);
    EXPECT_EQ(both.duration_ns, 500'000'000u);
    EXPECT_EQ(resolved({"--duration", "1s"}).repetitions, 5u);
    EXPECT_EQ(resolved({"--duration", "10ms"}).repetitions, 1u);
}

TEST(Options, log_implies_one_run_with_one_round_in_flight) {
    const Options options = resolved({"--nodes", "3", "--log"});
    const node::Plan& plan = options.plan;
    EXPECT_TRUE(plan.log);
    ASSERT_EQ(plan.row_count, 1u);
    EXPECT_EQ(plan.rows[0].window, 1u);
    EXPECT_EQ(plan.rows[0].rounds, 3u);
    EXPECT_EQ(plan.warmup, 0u);
    EXPECT_EQ(options.repetitions, 1u);
    EXPECT_EQ(plan.log_first, 0u);
    EXPECT_EQ(plan.log_end, 3u);
    EXPECT_EQ(resolved({"--log", "--rounds", "7"}).plan.log_end, 7u);
    EXPECT_EQ(resolved({"--log", "--window", "1", "--repetitions", "1"}).plan.row_count, 1u);
}

TEST(Options, log_rounds_select_the_printed_rounds_and_extend_the_run) {
    const node::Plan far = resolved({"--log", "--log-rounds", "100..119"}).plan;
    EXPECT_EQ(far.log_first, 100u);
    EXPECT_EQ(far.log_end, 120u);
    EXPECT_EQ(far.rows[0].rounds, 120u);
    const node::Plan some = resolved({"--log", "--log-rounds", "100..119", "--rounds", "1M"}).plan;
    EXPECT_EQ(some.rows[0].rounds, 1'000'000u);
}

TEST(Options, values_and_faults_reach_the_plan) {
    const Options options = resolved(
        {"--values", "red,light blue", "--faults",
         "loss=1%,dup=2%,reorder=5%,corrupt=0.1%,delay=100us,kill=3@40%"});
    const node::Plan& plan = options.plan;
    ASSERT_EQ(plan.value_count, 2u);
    EXPECT_STREQ(plan.values[0].data(), "red");
    EXPECT_STREQ(plan.values[1].data(), "light blue");
    EXPECT_DOUBLE_EQ(plan.faults.loss, 0.01);
    EXPECT_DOUBLE_EQ(plan.faults.duplication, 0.02);
    EXPECT_DOUBLE_EQ(plan.faults.reordering, 0.05);
    EXPECT_DOUBLE_EQ(plan.faults.corruption, 0.001);
    EXPECT_EQ(plan.faults.delay_ns, 100'000u);
    ASSERT_EQ(plan.faults.kill_count, 1u);
    EXPECT_EQ(plan.faults.kills[0].node, 3);
    EXPECT_DOUBLE_EQ(plan.faults.kills[0].at, 0.4);
}

TEST(Options, kills_of_one_node_and_the_restart_reach_the_plan) {
    const node::Plan plan =
        resolved({"--durable", "data", "--faults", "kill=3@40%,restart=50ms,kill=3@20%"}).plan;
    EXPECT_TRUE(plan.faults.restarts);
    EXPECT_EQ(plan.faults.restart_ns, 50'000'000u);
    EXPECT_EQ(plan.faults.kill_count, 2u);
}

TEST(Options, the_longest_value_fits_and_stays_zero_terminated) {
    const std::string longest(limits::value_size, 'x');
    ProcessInputs inputs = inputs_of({"--values"});
    inputs.arguments.push_back(longest);
    EXPECT_EQ(std::string(resolved(inputs).plan.values[0].data()), longest);
}

TEST(Options, all_other_options_reach_the_plan) {
    const Options options = resolved(
        {"--nodes",   "7",        "--protocol", "multi",    "--proposers", "2",
         "--thrifty", "--io",     "mmsg",       "--idle",   "block",       "--cores",
         "0-1",       "--port",   "9000",       "--seed",   "0xff",        "--timeout",
         "1.5s",      "--warmup", "0",          "--json",   "x.json",      "-q",
         "--color",   "never",    "--progress", "always",   "--no-floor",  "--accept-quorum",
         "3",         "--runs",   "off",        "--series", "x.ndjson"});
    EXPECT_EQ(options.durable, "");
    EXPECT_EQ(resolved({"--durable", "data"}).durable, "data");
    const node::Plan& plan = options.plan;
    EXPECT_EQ(plan.nodes, 7u);
    EXPECT_EQ(plan.protocol, node::ProtocolKind::multi);
    EXPECT_EQ(plan.proposers, 2u);
    EXPECT_TRUE(plan.thrifty);
    EXPECT_EQ(plan.accept_quorum, 3u);
    EXPECT_FALSE(plan.runs);
    EXPECT_EQ(plan.io, node::IoKind::mmsg);
    EXPECT_EQ(plan.idle, node::IdleKind::block);
    EXPECT_EQ(options.cores, (std::vector<int>{0, 1}));
    EXPECT_EQ(plan.port, 9000);
    EXPECT_EQ(plan.seed, 255u);
    EXPECT_EQ(plan.timeout_ns, 1'500'000'000u);
    EXPECT_EQ(plan.warmup, 0u);
    EXPECT_EQ(options.json, "x.json");
    EXPECT_EQ(options.series, "x.ndjson");
    EXPECT_TRUE(options.quiet);
    EXPECT_EQ(options.color, When::never);
    EXPECT_EQ(options.progress, When::always);
    EXPECT_TRUE(options.no_floor);
    EXPECT_FALSE(resolved({}).no_floor);
}

TEST(Options, the_language_comes_from_the_environment_unless_one_is_given) {
    EXPECT_EQ(resolved({}).lang, Lang::english);
    EXPECT_EQ(resolved({"--lang", "pt"}).lang, Lang::portuguese);
    ProcessInputs inputs = inputs_of({});
    inputs.environment = {{"LANG", "pt_BR.UTF-8"}};
    EXPECT_EQ(resolved(inputs).lang, Lang::portuguese);
    EXPECT_EQ(std::get<std::string>(setting(resolved(inputs), "lang").value), "pt");
    inputs.arguments = {"--lang", "en"};
    EXPECT_EQ(resolved(inputs).lang, Lang::english);
    inputs.arguments = {"--lang", "auto"};
    EXPECT_EQ(resolved(inputs).lang, Lang::portuguese);
    inputs.environment = {{"LANG", "de_DE.UTF-8"}};
    EXPECT_EQ(resolved(inputs).lang, Lang::english);
}

TEST(Options, a_key_turns_authentication_on_unless_a_stronger_source_turns_it_off) {
    using node::AuthKind;
    EXPECT_EQ(resolved({}).plan.auth, AuthKind::off);
    EXPECT_EQ(resolved({"--auth", "on"}).plan.auth, AuthKind::on);
    const Options with_key = resolved({"--key", "a"});
    EXPECT_EQ(with_key.plan.auth, AuthKind::on);
    EXPECT_EQ(with_key.key, "a");
    EXPECT_EQ(resolved({"--key", "a", "--auth", "auto"}).plan.auth, AuthKind::on);
    const Options off = resolved(with_dotenv("PAXOS_KEY=a\n", {"--auth", "off"}));
    EXPECT_EQ(off.plan.auth, AuthKind::off);
    EXPECT_EQ(off.key, "");
    EXPECT_EQ(setting(off, "key").from, "default");
}

TEST(Options, several_processes_set_the_number_of_nodes_and_authenticate) {
    using node::AuthKind;
    const Options peers = resolved({"--peers", "h1:7000,h2:7000,[fd00::3]:7000", "--id", "2"});
    EXPECT_EQ(peers.plan.nodes, 3U);
    EXPECT_EQ(peers.id, 2U);
    EXPECT_EQ(peers.peers.back(), "[fd00::3]:7000");
    EXPECT_EQ(peers.plan.auth, AuthKind::on);
    EXPECT_EQ(std::get<std::uint64_t>(setting(peers, "id").value), 2U);
    EXPECT_EQ(std::get<std::string>(setting(resolved({}), "id").value), "");

    ProcessInputs inputs = inputs_of({"--auth", "off", "--key", "a"});
    inputs.processes = 4;  // As if srun or mpirun had started four processes.
    const Options started = resolved(inputs);
    EXPECT_EQ(started.plan.nodes, 4U);
    EXPECT_EQ(started.plan.auth, AuthKind::off);
    EXPECT_EQ(started.key, "a") << "the connections to n0 use it";
    inputs.arguments = {"--nodes", "5"};
    EXPECT_EQ(parse(inputs).text,
              "paxos_fast: --nodes 5: must be 4, the number of processes that were started");
}

TEST(Options, flags_override_the_environment_which_overrides_dotenv_which_overrides_defaults) {
    ProcessInputs inputs = with_dotenv("PAXOS_NODES=3\nPAXOS_SEED=1\nPAXOS_PORT=7000\n",
                                       {"--nodes", "9"});
    inputs.environment = {{"PAXOS_NODES", "7"}, {"PAXOS_SEED", "2"}, {"HOME", "/nowhere"}};
    const Options options = resolved(inputs);
    EXPECT_EQ(options.plan.nodes, 9u);
    EXPECT_EQ(options.plan.seed, 2u);
    EXPECT_EQ(options.plan.port, 7000);
    EXPECT_EQ(setting(options, "nodes").from, "flag");
    EXPECT_EQ(setting(options, "nodes").assigned, "");
    EXPECT_EQ(setting(options, "seed").from, "environment");
    EXPECT_EQ(setting(options, "seed").assigned, "PAXOS_SEED=2");
    EXPECT_EQ(setting(options, "port").from, ".env:3");
    EXPECT_EQ(setting(options, "port").assigned, "PAXOS_PORT=7000");
    EXPECT_EQ(setting(options, "rounds").from, "default");
    EXPECT_EQ(options.settings.size(), option_count - 1);
}

TEST(Options, an_empty_variable_counts_as_unset_and_hides_dotenv) {
    ProcessInputs inputs = with_dotenv("PAXOS_NODES=3\n");
    inputs.environment = {{"PAXOS_NODES", ""}};
    EXPECT_EQ(resolved(inputs).plan.nodes, 5u);
}

TEST(Options, dotenv_accepts_comments_quotes_export_and_foreign_lines) {
    const Options options = resolved(
        with_dotenv("\xEF\xBB\xBFPAXOS_PORT=7000\r\n"
                    "DATABASE_URL=postgres://x\r\n"
                    "something else entirely\r\n"
                    "  export PAXOS_VALUES = \"red, blue # 1\"  # a comment\r\n"
                    "PAXOS_NODES=3 # three\r\n"
                    "PAXOS_LOG=0\r\n"
                    "#PAXOS_NODE=4"));
    EXPECT_EQ(options.plan.nodes, 3u);
    ASSERT_EQ(options.plan.value_count, 2u);
    EXPECT_STREQ(options.plan.values[1].data(), " blue # 1");
    EXPECT_EQ(setting(options, "nodes").from, ".env:5");
    EXPECT_EQ(options.plan.port, 7000) << "although a byte order mark precedes it";
}

TEST(Options, an_unknown_variable_that_resembles_no_option_is_a_warning) {
    ProcessInputs inputs = with_dotenv("PAXOS_ABCDE=1\nNODES=3\nlog-rounds=4\nDATABASE=x");
    inputs.environment = {{"PAXOS_XYZZY", "1"}, {"NODES", "9"}, {"PATH", "/bin"}};
    const Options options = resolved(inputs);
    EXPECT_EQ(options.plan.nodes, 5u);
    EXPECT_EQ(options.warnings,
              (std::vector<std::string>{
                  ".env:1: warning: PAXOS_ABCDE: unknown setting, ignored",
                  ".env:2: warning: NODES is not read; the name of the setting is PAXOS_NODES",
                  ".env:3: warning: log-rounds is not read; the name of the setting is "
                  "PAXOS_LOG_ROUNDS",
                  "paxos_fast: warning: PAXOS_XYZZY: unknown setting, ignored"}));
}

TEST(Options, if_log_excludes_an_option_the_one_from_the_stronger_source_wins) {
    EXPECT_TRUE(
        resolved(with_dotenv("PAXOS_REPETITIONS=20\nPAXOS_WINDOW=5\n", {"--log"})).plan.log);
    EXPECT_EQ(resolved(with_dotenv("PAXOS_REPETITIONS=20\n", {"--log"})).repetitions, 1u);
    const Options measured = resolved(
        with_dotenv("PAXOS_LOG=1\nPAXOS_LOG_ROUNDS=0..5\n", {"--window", "5"}));
    EXPECT_FALSE(measured.plan.log);
    EXPECT_EQ(measured.plan.rows[0].window, 5u);
    EXPECT_FALSE(resolved({"--log=false", "--window", "5"}).plan.log);
}

TEST(Options, help_and_version_replace_a_run) {
    EXPECT_EQ(parse(inputs_of({"--help"})).request, Parsed::Request::help);
    EXPECT_EQ(parse(inputs_of({"-h"})).request, Parsed::Request::help);
    EXPECT_EQ(parse(inputs_of({"-V"})).request, Parsed::Request::version);
    EXPECT_EQ(parse(inputs_of({"--version", "--json"})).request, Parsed::Request::version_json);
    EXPECT_EQ(parse(with_dotenv("PAXOS_NODE=1", {"--help"})).request, Parsed::Request::help)
        << "an invalid variable does not prevent the help";
}

TEST(Options, help_names_every_setting_groups_them_and_fits_a_terminal) {
    BenchParser parser(commands());
    ASSERT_FALSE(parser.parse({"--help"}));
    const std::string help = parser.requested_help();
    for (const Option& one : option_table)
        EXPECT_EQ(help.find((one.letter == 0 ? "\n  --" : ",--") + std::string(one.name) +
                            (one.is_flag() ? "" : " ")) != std::string::npos,
                  one.is_taken(false))
            << one.name;
    for (const char* part : {"Cluster:", "Exit codes:", "Examples:", "-q,--quiet", "-h,--help",
                             "-V,--version", "PAXOS_"})
        EXPECT_NE(help.find(part), std::string::npos) << part;
    for (const std::string_view line : split(help, '\n')) EXPECT_LE(line.size(), 80u) << line;
}

/// .env.example must equal the text that is generated from the option table. To update the file:
///   PAXOS_REWRITE=1 build/release/cli_tests --gtest_filter='*dotenv_example*'
TEST(Options, dotenv_example_is_generated_from_the_table) {
    const std::string path = PAXOS_TESTS_DIR "/../.env.example";
    if (std::getenv("PAXOS_REWRITE") != nullptr) std::ofstream(path) << dotenv_example();
    std::ostringstream content;
    content << std::ifstream(path).rdbuf();
    EXPECT_EQ(content.str(), dotenv_example()) << "PAXOS_REWRITE=1 updates the file";
}

/// Each setting is valid by itself once its comment sign is removed. All settings except --durable
/// are also valid together.
TEST(Options, dotenv_example_has_valid_settings) {
    const std::string example = dotenv_example();
    const Parsed unchanged = parse(with_dotenv(example));
    EXPECT_EQ(unchanged.request, Parsed::Request::run) << unchanged.text;
    std::string all;
    for (const std::string_view line : split(example, '\n'))
        if (line.starts_with("#PAXOS_") && !line.starts_with("#PAXOS_DURABLE="))
            all += std::string(line.substr(1)) + "\n";
    const Parsed together = parse(with_dotenv(all));
    EXPECT_EQ(together.request, Parsed::Request::run) << together.text;
    std::size_t count = 0;
    for (const std::string_view line : split(example, '\n')) {
        EXPECT_LE(line.size(), 100u) << line;
        if (!line.starts_with("#PAXOS_")) continue;
        std::string setting(line.substr(1));
        // PAXOS_PEERS and PAXOS_ID need each other.
        if (setting.starts_with("PAXOS_PEERS=")) setting += "\nPAXOS_ID=0";
        if (setting.starts_with("PAXOS_ID=")) setting += "\nPAXOS_PEERS=h1:7000,h2:7000";
        const Parsed parsed = parse(with_dotenv(setting));
        EXPECT_EQ(parsed.request, Parsed::Request::run) << parsed.text;
        ++count;
    }
    EXPECT_EQ(count, option_count);
}

}  // namespace
}  // namespace paxos::cli::options_test
