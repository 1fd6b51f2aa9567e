// Input that a new user may type: notations of numbers, option names of other tools, misspelled
// words. Such input is accepted, or the error message names a form that is accepted.
#include "cli/bench/bench_parser.h"
#include "cli/bench/option_table.h"
#include "cli/bench/options.h"
#include "cli/synonyms.h"
#include "cli/text.h"
#include "gtest/gtest.h"
#include "support/settings.h"

namespace paxos::cli::newcomer_test {
namespace {

std::uint64_t count_of(std::string_view text) {
    std::uint64_t count = 0;
    EXPECT_EQ(read_count(text, 0, ~std::uint64_t{0}, count), "") << text;
    return count;
}

TEST(Newcomer, writes_counts_in_any_clear_notation) {
    EXPECT_EQ(count_of("1000000"), 1'000'000u);
    EXPECT_EQ(count_of("1_000_000"), 1'000'000u);
    EXPECT_EQ(count_of("1e6"), 1'000'000u);
    EXPECT_EQ(count_of("1E+6"), 1'000'000u);
    EXPECT_EQ(count_of("1K"), 1'000u);
    EXPECT_EQ(count_of("1k"), 1'000u);
    EXPECT_EQ(count_of("1.5M"), 1'500'000u);
    EXPECT_EQ(count_of("1.50e1"), 15u);
    EXPECT_EQ(count_of("0.001G"), 1'000'000u);
    EXPECT_EQ(count_of("10e-1"), 1u);
    EXPECT_EQ(count_of("3.0"), 3u);
    EXPECT_EQ(count_of("0x10"), 16u);
    EXPECT_EQ(count_of("000"), 0u);
    EXPECT_EQ(count_of("18446744073709551615"), ~std::uint64_t{0});
    for (const char* text : {"", "e6", "1e", ".", "_1", "1_", "1__0", "1,000", "1m", "five", "0x",
                             "1k5", "1e6k", "--1", "+1", " 1"}) {
        std::uint64_t count = 7;
        EXPECT_EQ(read_count(text, 1, 1'000'000, count),
                  "is not a number; write 1000000, 1e6 or 1M")
            << text;
        EXPECT_EQ(count, 7u);
    }
}

TEST(Newcomer, writes_times_with_several_units) {
    const auto time = [](std::string_view text) { return read_duration(text, ~std::uint64_t{0}); };
    EXPECT_EQ(time("1h30m"), 5'400'000'000'000u);
    EXPECT_EQ(time("1h 30min"), 5'400'000'000'000u);
    EXPECT_EQ(time("1m30s"), 90'000'000'000u);
    EXPECT_EQ(time("10 s"), 10'000'000'000u);
    EXPECT_EQ(time("10sec"), 10'000'000'000u);
    EXPECT_EQ(time("1s500ms"), 1'500'000'000u);
    EXPECT_EQ(time("\u00B5s"), std::nullopt);
    EXPECT_EQ(time("5\u00B5s"), 5'000u);
    for (const char* text : {"", "10", "1h30", "30m1h", "1s1s", "s", "1x", "1s,"})
        EXPECT_EQ(time(text), std::nullopt) << text;
}

TEST(Newcomer, an_error_names_our_option_for_one_of_another_tool) {
    EXPECT_EQ(error_of({"-n", "5"}),
              "paxos_fast: -n: unknown option; --nodes N sets the number of nodes, --rounds R the "
              "number of rounds");
    EXPECT_EQ(error_of({"--output", "x.json"}),
              "paxos_fast: --output: unknown option; --json FILE writes the result file");
    EXPECT_EQ(error_of({"--reps=5"}),
              "paxos_fast: --reps=5: unknown option; --repetitions N sets the number of runs");
    EXPECT_EQ(parse(inputs_of({"compair", "--help"})).text,
              "paxos_fast: compair: unknown command; did you mean compare?");
}

/// The program gives advice on certain unknown option names. No existing option may have one of
/// these names.
TEST(Newcomer, gets_no_advice_on_the_name_of_an_existing_option) {
    for (const Option& option : option_table) EXPECT_EQ(advice_on(option.name), "") << option.name;
}

/// Lists are often written with a space after the comma.
TEST(Newcomer, writes_a_space_after_a_comma) {
    const auto taken = [](std::initializer_list<const char*> arguments) {
        const Parsed parsed = parse(inputs_of(arguments));
        EXPECT_EQ(parsed.text, "");
        return parsed.options;
    };
    const node::Faults faults = taken({"--faults", "loss=1%, delay = 1ms, cut=0:1"}).plan.faults;
    EXPECT_EQ(faults.loss, 0.01);
    EXPECT_EQ(faults.delay_ns, 1'000'000u);
    EXPECT_TRUE(faults.cuts[0].has(1));
    EXPECT_EQ(taken({"--window", "1, 8"}).windows, (std::vector<std::uint32_t>{1, 8}));
    EXPECT_EQ(taken({"--rate", "1k, 2k"}).rates, (std::vector<std::uint64_t>{1000, 2000}));
    EXPECT_EQ(taken({"--cores", "0, 1"}).cores, (std::vector<int>{0, 1}));
    EXPECT_EQ(taken({"--peers", "a:1, b:1", "--id", "0"}).peers,
              (std::vector<std::string>{"a:1", "b:1"}));
}

TEST(Newcomer, asks_for_the_version_among_other_options) {
    for (const char* option : {"-V", "--version", "-qV", "--version=true"})
        EXPECT_EQ(parse(inputs_of({"--nodes", "3", option})).request, Parsed::Request::version)
            << option;
}

/// A setting that another setting excludes has no effect. A warning says so.
TEST(Newcomer, is_told_which_setting_is_ignored) {
    const auto warnings = [](std::initializer_list<const char*> arguments, const char* dotenv) {
        ProcessInputs inputs = inputs_of(arguments);
        inputs.dotenv = dotenv;
        const Parsed parsed = parse(inputs);
        EXPECT_EQ(parsed.text, "");
        return parsed.options.warnings;
    };
    using Texts = std::vector<std::string>;
    EXPECT_EQ(warnings({"--window", "8"}, "PAXOS_LOG=1"),
              Texts{".env:1: PAXOS_LOG=1: warning: ignored, because --window excludes it"});
    EXPECT_EQ(warnings({"--log"}, "PAXOS_WINDOW=8"),
              Texts{".env:1: PAXOS_WINDOW=8: warning: ignored, because --log excludes it"});
    EXPECT_EQ(warnings({"--window", "1"}, "PAXOS_LOG=1"), Texts{});
    EXPECT_EQ(warnings({"--window", "8"}, "PAXOS_LOG=0"), Texts{});
}

TEST(Newcomer, is_told_which_line_of_dotenv_is_no_setting) {
    const auto warnings = [](const char* text) {
        return parse(with_dotenv(text)).options.warnings;
    };
    using Texts = std::vector<std::string>;
    EXPECT_EQ(warnings("# a comment\n\nA=1\nfoo bar\nPAXOS_NODES=3\n"),
              Texts{".env:4: warning: the line is not NAME=VALUE, ignored"});
    EXPECT_EQ(warnings("foo\nbar\nbaz\n"),
              Texts{".env:1: warning: the line is not NAME=VALUE, ignored, as are 2 later lines"});
    EXPECT_EQ(warnings("  # indented\nexport A=1\n"), Texts{});
}

TEST(Newcomer, reads_whole_words_on_a_narrow_terminal) {
    EXPECT_EQ(fitted("one two three\n  four five six\n\nx\n", 9),
              "one two\n  three\n  four\n    five\n    six\n\nx\n");
    EXPECT_EQ(fitted("short\n", 80), "short\n");
    EXPECT_EQ(fitted("  --log            shows every message\n", 20),
              "  --log\n      shows every\n      message\n");
    BenchParser parser(commands());
    ASSERT_FALSE(parser.parse({"--help"}));
    const std::string help = fitted(parser.requested_help(), 40);
    for (const std::string_view line : split(help, '\n')) EXPECT_LE(line.size(), 40u) << line;
}

TEST(Newcomer, shows_the_log_of_one_round) {
    const Parsed parsed = parse(inputs_of({"--log-rounds", "5"}));
    ASSERT_EQ(parsed.request, Parsed::Request::run) << parsed.text;
    EXPECT_TRUE(parsed.options.plan.log);
    EXPECT_EQ(parsed.options.plan.log_first, 5u);
    EXPECT_EQ(parsed.options.plan.log_end, 6u);
    EXPECT_EQ(parsed.options.plan.rows[0].rounds, 6u);
}

}  // namespace
}  // namespace paxos::cli::newcomer_test
