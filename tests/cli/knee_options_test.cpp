// The options of `knee`: the objective, and the options of `bench` that the search does not set.
#include "cli/bench/bench_parser.h"
#include "cli/bench/schedule.h"
#include "cli/text.h"
#include "gtest/gtest.h"
#include "support/settings.h"

namespace paxos::cli::knee_options_test {
namespace {

Options resolved(const ProcessInputs& inputs) {
    const Parsed parsed = parse(inputs);
    EXPECT_EQ(parsed.request, Parsed::Request::run) << parsed.text;
    return parsed.options;
}

std::string knee_error_of(std::initializer_list<const char*> arguments) {
    const Parsed parsed = parse(knee_inputs_of(arguments));
    EXPECT_EQ(parsed.exit_code, 2);
    return parsed.text;
}

TEST(KneeOptions, have_an_objective_and_one_row_at_a_rate) {
    const Options options = resolved(knee_inputs_of({"--slo", "p99.9 < 2ms", "--nodes", "3"}));
    ASSERT_TRUE(options.objective);
    EXPECT_EQ(options.objective->text, "p99.9<2ms");
    EXPECT_EQ(options.objective->percentile, "p99_9");
    EXPECT_EQ(options.objective->fraction, 0.999);
    EXPECT_EQ(options.objective->limit_ns, 2'000'000u);
    ASSERT_EQ(options.plan.row_count, 1u);
    EXPECT_EQ(options.plan.rows[0].rate, measure::knee_rate_first);
    EXPECT_EQ(options.plan.rows[0].rounds, node::unbounded);
    EXPECT_EQ(options.plan.rows[0].window, window_saturated(true));
    EXPECT_FALSE(options.plan.rows[0].unloaded);
    EXPECT_EQ(options.plan.duration_ns,
              measure::knee_run_ns(*options.objective, measure::knee_rate_first));
    EXPECT_EQ(options.plan.nodes, 3u);
    EXPECT_EQ(std::get<std::string>(setting(options, "slo").value), "p99.9<2ms");
    EXPECT_EQ(setting(options, "rounds").name, "");
    EXPECT_EQ(setting(resolved(inputs_of({})), "slo").name, "");
}

TEST(KneeOptions, malformed_objectives_are_refused) {
    const std::string form = ": must be a percentile, < and a time, in quotes: 'p99<500us'";
    EXPECT_EQ(knee_error_of({}), "paxos_fast: knee: needs an objective, such as --slo 'p99<500us'");
    EXPECT_EQ(knee_error_of({"--slo", "p99"}), "paxos_fast: --slo p99" + form);
    EXPECT_EQ(knee_error_of({"--slo", "500us"}), "paxos_fast: --slo 500us" + form);
    EXPECT_EQ(knee_error_of({"--slo", "p98<1ms"}),
              "paxos_fast: --slo p98<1ms: has the percentile \"p98\"; must be p50, p99 or p99.9");
    for (const char* const limit : {"500", "", "2s", "999ns", "5 apples", "1ms<2ms"})
        EXPECT_EQ(knee_error_of({"--slo", (std::string("p99<") + limit).c_str()}),
                  std::string("paxos_fast: --slo p99<") + limit + ": has the limit \"" + limit +
                      "\"; must be a time of 1us to 1s, such as 500us");
}

TEST(KneeOptions, settings_that_the_search_chooses_are_not_options) {
    for (const char* const option : {"--rate", "--rounds", "--duration", "--repetitions", "--log"})
        EXPECT_TRUE(
            knee_error_of({"--slo", "p99<1ms", option, "1"})
                .starts_with(std::string("paxos_fast: knee: ") + option + ": unknown option; "))
            << option;
    EXPECT_EQ(knee_error_of({"--slo", "p99<1ms", "--faults", "kill=0@50%"}),
              "paxos_fast: --faults kill=0@50%: kill= needs a number of rounds, and knee takes "
              "none");
    EXPECT_EQ(knee_error_of({"--slo", "p99<1ms", "--durable", "d", "--faults", "restart=50ms"}),
              "paxos_fast: --faults restart=50ms: restart= needs a number of rounds, and knee "
              "takes none");
    EXPECT_EQ(knee_error_of({"--slo", "p99<1ms", "--timeout", "100ms"}),
              "paxos_fast: --timeout 100ms: must be longer than a run, which takes 200ms (--slo)");
}

TEST(KneeOptions, settings_of_the_other_command_are_checked_and_ignored) {
    ProcessInputs inputs = knee_inputs_of({"--slo", "p99<1ms"});
    inputs.dotenv = "PAXOS_RATE=1M\nPAXOS_ROUNDS=5\nPAXOS_LOG=1\nPAXOS_NODES=3\n";
    const Options options = resolved(inputs);
    EXPECT_EQ(options.plan.rows[0].rate, measure::knee_rate_first);
    EXPECT_FALSE(options.plan.log);
    EXPECT_EQ(options.plan.nodes, 3u);
    EXPECT_FALSE(resolved(with_dotenv("PAXOS_SLO=p99<1ms\n")).objective);
    EXPECT_EQ(parse(with_dotenv("PAXOS_SLO=p99\n")).exit_code, 2);
    inputs.arguments.clear();
    inputs.environment = {{"PAXOS_SLO", "p50<1ms"}};
    EXPECT_EQ(resolved(inputs).objective->percentile, "p50");
}

TEST(KneeOptions, the_error_for_a_list_of_windows_names_knee) {
    EXPECT_EQ(knee_error_of({"--slo", "p99<1ms", "--window", "1,8"}),
              "paxos_fast: --window 1,8: must be a single window with knee, where it only limits "
              "the rounds in "
              "flight");
}

TEST(KneeOptions, help_has_the_default_window_of_a_search) {
    BenchParser knee, bench(commands());
    ASSERT_FALSE(knee.parse({"--help"}));
    ASSERT_FALSE(bench.parse({"--help"}));
    EXPECT_EQ(knee.requested_help().find("default: 1, and as many as"), std::string::npos);
    EXPECT_NE(knee.requested_help().find("default: as many as fill 3 sends"), std::string::npos);
    EXPECT_NE(bench.requested_help().find("default: 1, and as many as fill 3 sends"),
              std::string::npos);
}

TEST(KneeOptions, help_fits_a_terminal_and_lists_the_options_of_knee) {
    BenchParser parser;
    ASSERT_FALSE(parser.parse({"--help"}));
    const std::string help = parser.requested_help();
    for (const Option& one : option_table)
        EXPECT_EQ(help.find("--" + std::string(one.name) + (one.is_flag() ? "" : " ")) !=
                      std::string::npos,
                  one.is_taken(true))
            << one.name;
    for (const std::string_view line : split(help, '\n')) EXPECT_LE(line.size(), 80u) << line;
}

TEST(KneeOptions, the_longest_time_of_a_search_is_announced) {
    Schedule schedule(resolved(knee_inputs_of({"--slo", "p99<1s"})));
    schedule.begin(0);
    EXPECT_EQ(schedule.announce(0), "takes at most 20 min: 60 runs");
}

}  // namespace
}  // namespace paxos::cli::knee_options_test
