// See bench_parser.h.
#include "cli/bench/bench_parser.h"

#include <fmt/format.h>

namespace paxos::cli {
namespace {

constexpr const char* bench_head =
    "Runs a Paxos cluster on this machine, verifies every decision, and reports\n"
    "throughput and latency.\n";

constexpr const char* bench_foot =
    "Each option is also PAXOS_NAME (--log-rounds: PAXOS_LOG_ROUNDS), in the\n"
    "environment or in the file .env of the working folder. The command line\n"
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
    "  0  all rounds decided, and safe          4  compare or ab found a regression\n"
    "  1  undecided, out of time, or UNKNOWN    5  safety violated, or a node failed\n"
    "  2  usage                                 130, 143  stopped by a signal\n"
    "  3  this machine cannot run it, or a file cannot be read or written";

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
    for (std::size_t i = 0; i < option_count; ++i) {
        const Option& option = option_table[i];
        std::string names = "--" + std::string(option.name);
        if (option.letter != 0) names = std::string("-") + option.letter + "," + names;
        const std::string help{option.help}, group{option.group};
        const std::string type{option.type};
        if (option.is_flag())
            options_[i] = flag(names, help, group);
        else if (!option.access.choices.empty())
            options_[i] = choice(names, type, option.access.choices, help, group);
        else
            options_[i] = text(names, type, help, group);
    }
    help_option("Other");
    // Declared for the help only: parse() of options.h handles the option.
    flag("-V,--version", "version, compiler, flags; with --json as JSON", "Other");
}

}  // namespace paxos::cli
