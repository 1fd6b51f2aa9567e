// Invalid input gives one or two lines with the error and the remedy, and an exit code.
#include <algorithm>

#include "cli/bench/options.h"
#include "gtest/gtest.h"
#include "support/settings.h"

namespace paxos::cli::options_refused_test {
namespace {

struct Case {
    std::vector<std::string> arguments;
    std::string text;
    int exit_code = 2;
};

std::string joined(const std::vector<std::string>& arguments) {
    std::string all;
    for (const std::string& argument : arguments) all += argument + " ";
    return all;
}

class Refused : public testing::TestWithParam<Case> {};

TEST_P(Refused, with_message_and_exit_code) {
    const Case& expected = GetParam();
    ProcessInputs inputs = inputs_of({});
    inputs.arguments = expected.arguments;
    const Parsed parsed = parse(inputs);
    EXPECT_EQ(parsed.request, Parsed::Request::none) << joined(expected.arguments);
    EXPECT_EQ(parsed.text, "paxos_fast: " + expected.text);
    EXPECT_EQ(parsed.exit_code, expected.exit_code);
    EXPECT_LE(std::count(parsed.text.begin(), parsed.text.end(), '\n'), 1) << "two lines at most";
}

const std::string no_such_option = "unknown option; see paxos_fast --help";
const std::string no_such_command = "unknown command; see paxos_fast --help";
const std::string peer_form = ", such as h1:7000 or [fd00::1]:7000, with a port of 1 to 65535";
const std::string window_bounds = "must be 1 to 8192 (half of the log's ring of 16384 rounds)";

INSTANTIATE_TEST_SUITE_P(
    Numbers, Refused,
    testing::Values(
        Case{{"--nodes", "0"}, "--nodes 0: must be 1 to 63 (a quorum is one 64-bit mask)"},
        Case{{"--nodes", "64"}, "--nodes 64: must be 1 to 63 (a quorum is one 64-bit mask)"},
        Case{{"--nodes", "x"}, "--nodes x: is not a number; must be 1 to 63"},
        Case{{"--nodes", "5x"}, "--nodes 5x: is not a number; must be 1 to 63"},
        Case{{"--nodes", "99999999999999999999"},
             "--nodes 99999999999999999999: must be 1 to 63 (a quorum is one 64-bit mask)"},
        Case{{"--rounds", "-1"}, "--rounds -1: must be 1 to 1e15"},
        Case{{"--rounds", "0"}, "--rounds 0: must be 1 to 1e15"},
        Case{{"--nodes", "3.5"}, "--nodes 3.5: must be a whole number"},
        Case{{"--rounds", "1m"}, "--rounds 1m: is not a number; write 1000000, 1e6 or 1M"},
        Case{{"--rounds", "1e"}, "--rounds 1e: is not a number; write 1000000, 1e6 or 1M"},
        Case{{"--rounds", "1__0"}, "--rounds 1__0: is not a number; write 1000000, 1e6 or 1M"},
        Case{{"--rounds", "1.2.3"}, "--rounds 1.2.3: is not a number; write 1000000, 1e6 or 1M"},
        Case{{"--rounds", "100,000"},
             "--rounds 100,000: is not a number; write 1000000, 1e6 or 1M"},
        Case{{"--rounds", "1.2345k"}, "--rounds 1.2345k: must be a whole number"},
        Case{{"--rounds", "1e16"}, "--rounds 1e16: must be 1 to 1e15"},
        Case{{"--rounds", "1e99"}, "--rounds 1e99: must be 1 to 1e15"},
        Case{{"--window", "0"}, "--window 0: " + window_bounds},
        Case{{"--window", "1000000000"}, "--window 1000000000: " + window_bounds},
        Case{{"--window", "1,,2"}, "--window 1,,2: has an empty entry"},
        Case{{"--window", "8,8"}, "--window 8,8: has 8 twice"},
        Case{{"--window", "1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17"},
             "--window 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17: has 17 windows; at most 16 are "
             "possible"},
        Case{{"--proposers", "6"}, "--proposers 6: must be 1 to 5 (there are 5 nodes)"},
        Case{{"--proposers", "0"}, "--proposers 0: must be 1 to 63"},
        Case{{"--accept-quorum", "1"}, "--accept-quorum 1: must be 2 to 63"},
        Case{{"--accept-quorum", "6"}, "--accept-quorum 6: must be 2 to 5 (there are 5 nodes)"},
        Case{{"--repetitions", "0"}, "--repetitions 0: must be 1 to 10000"},
        Case{{"--warmup", "-5"}, "--warmup -5: must be 0 to 1e15"},
        Case{{"--port", "65536"}, "--port 65536: must be 0 to 65535"},
        Case{{"--port", "65535"},
             "--port 65535: must be at most 65531 (there are 5 nodes, each with its own port)"},
        Case{{"--json", "-", "--series", "-"}, "--series -: --json writes to the same file"},
        Case{{"--durable", "d", "--io", "mmsg"},
             "--durable d: contradicts --io mmsg: it needs io_uring"},
        Case{{"--auth", "off", "--key", "k"}, "--key k: contradicts --auth off, which uses no key"},
        Case{{"--seed", "red"}, "--seed red: must be a whole number of at most 64 bits"},
        Case{{"--duration", "10"},
             "--duration 10: must be a time of 1ms to 24h; write 10s, 10ms or 10min"},
        Case{{"--duration", "30m1h"},
             "--duration 30m1h: must be a time of 1ms to 24h, such as 10s or 500ms"},
        Case{{"--duration", "1h30"},
             "--duration 1h30: must be a time of 1ms to 24h, such as 10s or 500ms"},
        Case{{"--timeout", "0s"},
             "--timeout 0s: must be a time of 1ms to 24h, such as 10s or 500ms"}));

INSTANTIATE_TEST_SUITE_P(
    Hosts, Refused,
    testing::Values(
        Case{{"--id", "0"}, "--id 0: needs --peers, the list of all nodes"},
        Case{{"--peers", "a:1,b:1"},
             "--peers a:1,b:1: needs --id, the position of this process in the list: 0 to 1"},
        Case{{"--peers", "a:1,b:1", "--id", "2"}, "--id 2: must be 0 to 1: --peers lists 2 nodes"},
        Case{{"--peers", "a:1,b:1", "--id", "63"}, "--id 63: must be 0 to 62"},
        Case{{"--peers", "a:1,b:1,a:1", "--id", "0"},
             "--peers a:1,b:1,a:1: has a:1 twice; nodes on one host need different ports"},
        Case{{"--peers", "a:1,b", "--id", "0"},
             "--peers a:1,b: \"b\" must be HOST:PORT" + peer_form},
        Case{{"--peers", "a:70000,b:1", "--id", "0"},
             "--peers a:70000,b:1: \"a:70000\" must be HOST:PORT" + peer_form},
        Case{{"--peers", "a:1,", "--id", "0"}, "--peers a:1,: \"\" must be HOST:PORT" + peer_form},
        Case{{"--peers", "a:1,b:1", "--id", "0", "--nodes", "3"},
             "--nodes 3: must be 2: --peers lists that many"},
        Case{{"--peers", "a:1,b:1", "--id", "0", "--port", "7000"},
             "--port 7000: contradicts --peers, which gives the ports"},
        Case{{"--network", "10.0.0.0/33"},
             "--network 10.0.0.0/33: must be a network such as 10.0.0.0/8 or fd00::/8"}));

INSTANTIATE_TEST_SUITE_P(
    Words, Refused,
    testing::Values(Case{{"--protocol", "multy"},
                         "--protocol multy: must be classic or multi; did you mean multi?"},
                    Case{{"--protocol", "fast"}, "--protocol fast: must be classic or multi"},
                    Case{{"--io", "epoll"}, "--io epoll: must be auto, uring or mmsg"},
                    Case{{"--idle", "slep"}, "--idle slep: must be auto, spin, yield or block"},
                    Case{{"--auth", "yes"}, "--auth yes: must be auto, on or off"},
                    Case{{"--lang", "de"}, "--lang de: must be auto, en or pt"},
                    Case{{"--color", "red"}, "--color red: must be auto, always or never"},
                    Case{{"--progress", "allways"},
                         "--progress allways: must be auto, always or never; did you mean always?"},
                    Case{{"--quiet=maybe"},
                         "--quiet maybe: must be 1 or 0 (or true, false, yes, no, on, off)"},
                    Case{{"--values", "red,,blue"}, "--values red,,blue: has an empty value"},
                    Case{{"--values", "123456789012345678901234567890123"},
                         "--values 123456789012345678901234567890123: "
                         "\"123456789012345678901234567890123\" has 33 bytes; "
                         "a value has at most 32"},
                    Case{{"--values", "re\nd"}, "--values re?d: contains a control character"}));

INSTANTIATE_TEST_SUITE_P(
    Faults, Refused,
    testing::Values(
        Case{{"--faults", "loss=200%"},
             "--faults loss=200%: must be a percentage from 0% to 100%, with the % sign, such as "
             "5%"},
        Case{
            {"--faults", "loss=0.3"},
            "--faults loss=0.3: must be a percentage from 0% to 100%, with the % sign, such as 5%"},
        Case{{"--faults", "loss=1%,dup=x"},
             "--faults loss=1%,dup=x: dup=x: must be a percentage from 0% to 100%, with the % "
             "sign, such as 5%"},
        Case{{"--faults", "loss=1%,loss=2%"}, "--faults loss=1%,loss=2%: loss=2%: is given twice"},
        Case{{"--faults", "los=1%"}, "--faults los=1%: unknown fault; did you mean loss?"},
        Case{{"--faults", "fire=1%"},
             "--faults fire=1%: unknown fault; must be loss, dup, reorder, corrupt, delay, "
             "kill, restart, cut, deaf or mute"},
        Case{{"--faults", "cut=0"},
             "--faults cut=0: must be the sender and the receiver of the cut path, such as "
             "cut=0:4"},
        Case{{"--faults", "cut=2:2"},
             "--faults cut=2:2: must be the sender and the receiver of the cut path, such as "
             "cut=0:4"},
        Case{{"--faults", "deaf=x"}, "--faults deaf=x: must be a node, such as 3"},
        Case{{"--faults", "mute=3,deaf=7"},
             "--faults mute=3,deaf=7: there is no n7; there are n0 to n4"},
        Case{{"--faults", "cut=0:5"}, "--faults cut=0:5: there is no n5; there are n0 to n4"},
        Case{{"--faults", "loss=1%,"}, "--faults loss=1%,: has an empty entry"},
        Case{{"--faults", "delay=2s"},
             "--faults delay=2s: must be a time of at most 1s, such as 100us"},
        Case{{"--faults", "kill=9@40%"},
             "--faults kill=9@40%: there is no n9 to kill; there are n0 to n4"},
        Case{
            {"--faults", "kill=3"},
            "--faults kill=3: must be a node and the share of the rounds after which it dies, such "
            "as kill=3@40%"},
        Case{{"--faults", "kill=3@4%,kill=3@5%"},
             "--faults kill=3@4%,kill=3@5%: n3 is killed twice; add restart=, which starts it "
             "again in between"},
        Case{{"--faults", "kill=3@4%,restart=50ms"},
             "--faults kill=3@4%,restart=50ms: restart= needs --durable: a node without its files "
             "must not answer again"},
        Case{{"--faults", "restart=50ms", "--durable", "data", "--duration", "1s"},
             "--faults restart=50ms: restart= needs a number of rounds and no --duration"},
        Case{{"--faults", "restart=11s", "--durable", "data"},
             "--faults restart=11s: must be a time of at most 10s, such as 50ms"},
        Case{{"--faults", "kill=3@40%", "--duration", "1s"},
             "--faults kill=3@40%: kill= needs --rounds: --duration alone does not set the number "
             "of "
             "rounds"}));

INSTANTIATE_TEST_SUITE_P(
    Together, Refused,
    testing::Values(
        Case{{"--version=1"}, "--version=1: the option takes no value"},
        Case{{"--nodes", "3", "--version=1"}, "--version=1: the option takes no value"},
        Case{{"--version", "--json", "x.json"},
             "--version: x.json: unexpected word; --json takes no file name; it prints to "
             "standard output: --json > FILE"},
        Case{{"--help=xx"}, "--help=xx: must be --help, --help=man or --help=completion"},
        Case{{"--slo", "p99<1ms"}, "--slo: unknown option; it is an option of paxos_fast knee"},
        Case{{"-v"}, "-v: unknown option; --log shows every message; -V prints the version"},
        Case{{"--nodez", "5"}, "--nodez: unknown option; did you mean --nodes?"},
        Case{{"--frobnicate"}, "--frobnicate: " + no_such_option},
        Case{{"-x"}, "-x: " + no_such_option},
        Case{{"--nodes", "3", "compare", "a"},
             "compare: a command must be the first argument: paxos_fast compare ..."},
        Case{{"compar"}, "compar: unknown command; did you mean compare?"},
        Case{{"explain"}, "explain: " + no_such_command},
        Case{{"benhc"}, "benhc: unknown command; did you mean bench?"},
        Case{{"--nodes"}, "--nodes: needs a value"}, Case{{"--nodes="}, "--nodes: needs a value"},
        Case{{"--nodes", "--rounds", "5"}, "--nodes: needs a value"},
        Case{{"--nodes", "3", "--nodes", "4"}, "--nodes: is given twice, as 3 and as 4"},
        Case{{"--quiet", "--quiet=false"}, "--quiet: is given twice, as true and as false"},
        Case{{"--log", "--window", "5"},
             "--window 5: contradicts --log, which shows one run at window 1, without warm-up"},
        Case{
            {"--log", "--repetitions", "3"},
            "--repetitions 3: contradicts --log, which shows one run at window 1, without warm-up"},
        Case{{"--log", "--quiet"},
             "--quiet: contradicts --log, which shows one run at window 1, without warm-up"},
        Case{{"--log", "--duration", "1s"},
             "--duration 1s: contradicts --log, which shows one run at window 1, without warm-up"},
        Case{{"--log=0", "--log-rounds", "0..2"}, "--log-rounds 0..2: contradicts --log=0"},
        Case{{"--log-rounds", "5", "--window", "8"},
             "--window 8: contradicts --log-rounds, which shows one run at window 1, without "
             "warm-up"},
        Case{{"--log", "--log-rounds", "2..0"},
             "--log-rounds 2..0: must be the first and the last round to show, such as 100..119, "
             "or one round"},
        Case{{"--log", "--log-rounds", "0..1000"},
             "--log-rounds 0..1000: has 1001 rounds; at most 1000 are shown"},
        Case{{"--log", "--rounds", "3", "--log-rounds", "2..3"},
             "--log-rounds 2..3: the run has only rounds 0 to 2"},
        Case{{"--log", "--rounds", "1001"},
             "--rounds 1001: --log shows at most 1000 rounds; choose them with --log-rounds A..B"},
        Case{{"--duration", "30min", "--timeout", "60s"},
             "--timeout 60s: must be longer than a run, which takes 180s (--duration)"},
        Case{{"--duration", "10ms", "--repetitions", "10"},
             "--duration 10ms: is too short for 2 windows x 10 runs of at least 1ms each; use "
             "fewer --repetitions"},
        Case{{"--rate", "10k,1M", "--rounds", "1M", "--timeout", "60s"},
             "--timeout 60s: must be longer than a run, which takes 101s (--rate)"},
        Case{{"--rate", "1M", "--window", "1,2772"},
             "--window 1,2772: must be a single window with --rate, where it only limits the "
             "rounds in flight"},
        Case{{"--log", "--rate", "1k"},
             "--rate 1k: contradicts --log, which shows one run at window 1, without warm-up"},
        Case{{"--cores", "0,,1"}, "--cores 0,,1: has an empty entry; must be cores such as 0,2-5"},
        Case{{"--cores", "0,0"},
             "--cores 0,0: lists core 0 twice; list each core once, or list 5 cores, one for each "
             "node"},
        Case{{"--cores", "0-65535,0"},
             "--cores 0-65535,0: has more than 65536 entries; must be cores such as 0,2-5"},
        Case{{"--cores", "3-1"},
             "--cores 3-1: contains \"3-1\", which is not a number or a range; must be cores such "
             "as "
             "0,2-5"},
        Case{{"--cores", "0,7"},
             "--cores 0,7: core 7 is not available; this process may use 0 1\n"
             "(limited by taskset, a container or a job scheduler, or the core does not exist)",
             3}));

std::string dotenv_error(std::string text) {
    const Parsed parsed = parse(with_dotenv(std::move(text)));
    EXPECT_EQ(parsed.request, Parsed::Request::none);
    EXPECT_EQ(parsed.exit_code, 2);
    return parsed.text;
}

TEST(RefusedDotenv, message_names_file_and_line) {
    EXPECT_EQ(dotenv_error("A=1\n\nPAXOS_NODE=3\n"),
              ".env:3: PAXOS_NODE: unknown setting; did you mean PAXOS_NODES?");
    EXPECT_EQ(dotenv_error("\nPAXOS_NODES=64"),
              ".env:2: PAXOS_NODES=64: must be 1 to 63 (a quorum is one 64-bit mask)");
    EXPECT_EQ(dotenv_error("PAXOS_NODES"), ".env:1: PAXOS_NODES: '=' is missing; write NAME=VALUE");
    EXPECT_EQ(dotenv_error("PAXOS_NODES="), ".env:1: PAXOS_NODES=: has no value");
    EXPECT_EQ(
        dotenv_error("PAXOS_NODES=\"3"),
        ".env:1: PAXOS_NODES: the closing quote is missing, or something other than a comment "
        "follows it");
    EXPECT_EQ(dotenv_error("PAXOS_NODES=3\nPAXOS_NODES=4"),
              ".env:2: PAXOS_NODES: is already set in line 1");
    EXPECT_EQ(dotenv_error("PAXOS_PROPOSERS=6"),
              ".env:1: PAXOS_PROPOSERS=6: must be 1 to 5 (there are 5 nodes)");
    EXPECT_EQ(dotenv_error("paxos_nodes=3"),
              ".env:1: paxos_nodes: unknown setting; did you mean PAXOS_NODES?");
    EXPECT_EQ(dotenv_error("PAXOS_RATE=1k\nPAXOS_WINDOW=1,8"),
              ".env:2: PAXOS_WINDOW=1,8: must be a single window with PAXOS_RATE, where it only "
              "limits the rounds "
              "in flight");
}

TEST(RefusedDotenv, even_if_a_flag_overrides_it) {
    EXPECT_EQ(parse(with_dotenv("PAXOS_NODES=64", {"--nodes", "3"})).exit_code, 2);
}

TEST(RefusedDotenv, if_it_cannot_be_read) {
    ProcessInputs inputs = inputs_of({});
    inputs.dotenv_error = ".env: Permission denied";
    EXPECT_EQ(parse(inputs).text, ".env: Permission denied");
    EXPECT_EQ(parse(inputs).exit_code, 2);
}

TEST(RefusedEnvironment, message_names_the_variable) {
    ProcessInputs inputs = inputs_of({});
    inputs.environment = {{"PAXOS_NODES", "64"}};
    EXPECT_EQ(parse(inputs).text,
              "paxos_fast: PAXOS_NODES=64: must be 1 to 63 (a quorum is one 64-bit mask)");
    inputs.arguments = {"--nodes", "3"};
    EXPECT_EQ(parse(inputs).request, Parsed::Request::run) << "a flag overrides it";
}

TEST(Refused, too_many_values) {
    std::string values = "v";
    for (int i = 1; i < 65; ++i) values += ",v";
    EXPECT_NE(error_of({"--values", values.c_str()}).find("has 65 values; at most 64 are possible"),
              std::string::npos);
}

}  // namespace
}  // namespace paxos::cli::options_refused_test
