// See bench_parser.h.
#include "cli/bench/bench_parser.h"

#include <fmt/format.h>

namespace paxos::cli {
namespace {

constexpr const char* bench_head =
    "Runs a Paxos cluster on this machine, compares the logs of all nodes, and\n"
    "reports throughput and latency.\n";

constexpr const char* bench_foot =
    "Each option can also be set as PAXOS_NAME (--log-rounds: PAXOS_LOG_ROUNDS) in\n"
    "the environment or in the file .env of the working folder. The command line\n"
    "overrides the environment, and the environment overrides .env.\n"
    "\n"
    "Examples:\n"
    "  paxos_fast --nodes 5 --rounds 100000          measure\n"
    "  paxos_fast --nodes 3 --log                    show every message\n"
    "  paxos_fast --window 1,8,64,512,5412           latency and throughput by load\n"
    "  paxos_fast --nodes 3 --window 1 --rounds 3 --values red,blue\n"
    "  paxos_fast --protocol multi --faults loss=5%,kill=0@50%\n"
    "  paxos_fast doctor                             check the machine\n"
    "\n"
    "Exit codes:\n"
    "  0  safe, and all rounds decided, or as many as --duration allowed\n"
    "  1  not all rounds decided (no live majority, or out of time), or a node hung,\n"
    "     or the verdict is UNKNOWN\n"
    "  2  usage\n"
    "  3  this machine cannot run paxos_fast, or a file cannot be read or written\n"
    "  4  compare or ab found a figure WORSE\n"
    "  5  safety violated, or a node crashed\n"
    "  130, 143  stopped by a signal";

constexpr const char* knee_head =
    "Finds the highest rate at which the latency meets an objective. Runs a cluster\n"
    "at one rate after another. The rate starts at 10000 rounds a second and doubles\n"
    "until it misses the objective; bisection then narrows the interval to 5%. Each\n"
    "rate is repeated until two of its runs agree that it meets or misses the\n"
    "objective. Latency counts from the scheduled start of a round. The logs of all\n"
    "nodes are compared.\n";

constexpr const char* knee_foot =
    "A search takes about 20 runs and at most 60. Each lasts 0.2s; longer if the\n"
    "latency in --slo is above 10ms, or if its percentile needs more rounds. Each\n"
    "option can also be set as PAXOS_NAME in the environment or in .env.\n"
    "\n"
    "Examples:\n"
    "  paxos_fast knee --slo 'p99<500us'\n"
    "  paxos_fast knee --slo 'p99.9<2ms' --nodes 3 --protocol multi --json knee.json\n"
    "  paxos_fast report knee.json                   draws the curve and the knee\n"
    "\n"
    "Exit codes:\n"
    "  0  the search ended, and all runs were safe   2  usage\n"
    "  1, 3, 5, 130, 143  as for paxos_fast bench";

std::string commands_help(std::span<const Command> commands) {
    std::string text = "Commands (see paxos_fast NAME --help):\n";
    for (const Command& command : commands)
        text += fmt::format("  {:<23} {}\n", fmt::format("{} {}", command.name, command.usage),
                            command.help);
    return text + "\n";
}

}  // namespace

BenchParser::BenchParser(std::span<const Command> commands)
    : SubcommandParser("", bench_head, commands_help(commands) + bench_foot) {
    expect_commands(commands);
    add_options(false);
    version_ = flag("-V,--version", "version, compiler, flags; with --json as JSON", "Other");
}

BenchParser::BenchParser() : SubcommandParser("knee", knee_head, knee_foot) { add_options(true); }

void BenchParser::add_options(bool by_knee) {
    for (std::size_t i = 0; i < option_count; ++i) {
        const Option& option = option_table[i];
        if (!option.is_taken(by_knee)) {
            note_elsewhere(option.name, by_knee ? "bench" : "knee");
            continue;
        }
        std::string names = "--" + std::string(option.name);
        if (option.letter != 0) names = std::string("-") + option.letter + "," + names;
        const std::string help{option.help_of(by_knee)}, group{option.group};
        const std::string type{option.type};
        if (option.is_flag())
            options_[i] = flag_with_value(names, help, group);
        else if (!option.access.choices.empty())
            options_[i] = choice(names, type, option.access.choices, help, group);
        else
            options_[i] = text(names, type, help, group);
    }
    help_option("Other");
}

}  // namespace paxos::cli
