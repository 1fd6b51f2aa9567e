// See sim_line.h.
#include "cli/sim/sim_line.h"

#include <algorithm>
#include <array>

#include "cli/subcommand_parser.h"
#include "cli/text.h"

namespace paxos::cli {
namespace {

constexpr std::uint64_t worlds_max = 1'000'000'000'000;
constexpr std::uint64_t default_duration_ns = 10'000'000'000;

constexpr const char* sim_head =
    "Runs the protocol in worlds (simulated clusters), in virtual time, with all\n"
    "kinds of faults, and checks every step. A world depends only on its seed.\n";

constexpr const char* sim_foot =
    "Default: one world if --seed is given, otherwise as many as fit in 10s.\n"
    "\n"
    "Examples:\n"
    "  paxos_fast sim --duration 60s                 as many worlds as fit\n"
    "  paxos_fast sim --worlds 4000 --seed 1         always the same worlds\n"
    "  paxos_fast sim --seed 67 --log                the log of one world\n"
    "\n"
    "Exit codes:\n"
    "  0  no violation found      2  usage\n"
    "  1  no progress             3  the result cannot be written\n"
    "  5  safety or an invariant violated";

struct SimParser {
    SubcommandParser parser{"sim", sim_head, sim_foot};
    CLI::Option* worlds = parser.text("--worlds", "N", "number of worlds, with consecutive seeds");
    CLI::Option* duration = parser.text("--duration", "TIME",
                                        "runs worlds for this time, such as 60s");
    CLI::Option* seed = parser.text(
        "--seed", "S", "seed of the first world: a number, or a commit's\n40 hexadecimal digits");
    CLI::Option* jobs = parser.text("--jobs", "J",
                                    "worlds run in parallel; default: the number of cores");
    CLI::Option* protocol = parser.choice("--protocol", "NAME", variant_names,
                                          "classic or multi; default: drawn from the seed");
    CLI::Option* size = parser.choice(
        "--size", "NAME", sim::size_names,
        "size of the log's ring: tiny, small or standard;\ndefault: drawn from the seed");
    CLI::Option* log = parser.flag("--log", "prints the log of the world of --seed");
    CLI::Option* log_rounds = parser.text("--log-rounds", "A..B",
                                          "prints these rounds only; default 0..9");
    CLI::Option* json = parser.text("--json", "FILE",
                                    "writes the counts as JSON; -: to standard output");
    CLI::Option* progress = parser.choice("--progress", "WHEN", when_names,
                                          "auto (default: on a terminal), always, never");
};

/// The first 64 bits of a commit hash.
std::optional<std::uint64_t> read_commit(const std::string& text) {
    if (text.size() != 40 || text.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
        return std::nullopt;
    return read_whole("0x" + text.substr(0, 16), ~std::uint64_t{0});
}

void take_counts(SimParser& options, SimLine& line) {
    SubcommandParser& parser = options.parser;
    if (const std::string text = parser.text_of(options.worlds); !text.empty()) {
        const std::string error = read_count(text, 1, worlds_max, line.order.worlds);
        if (!error.empty()) return parser.refuse(options.worlds, text, error);
    }
    if (const std::string text = parser.text_of(options.duration); !text.empty()) {
        const auto duration = read_duration(text, std::uint64_t{1} << 62);
        if (!duration || *duration == 0)
            return parser.refuse(options.duration, text,
                                 "must be a time such as 60s, 10min or 2h" + unit_hint(text));
        line.duration_ns = *duration;
    }
    if (const std::string text = parser.text_of(options.jobs); !text.empty()) {
        std::uint64_t jobs = 0;
        const std::string error = read_count(text, 1, 1024, jobs);
        if (!error.empty()) return parser.refuse(options.jobs, text, error);
        line.order.jobs = static_cast<unsigned>(jobs);
    }
    if (const std::string text = parser.text_of(options.seed); !text.empty()) {
        auto seed = read_whole(text, ~std::uint64_t{0});
        if (!seed) seed = read_commit(text);
        if (!seed)
            return parser.refuse(options.seed, text,
                                 "must be a number below 2^64, or 40 hexadecimal digits");
        line.order.first_seed = *seed;
    }
}

void take_log(SimParser& options, SimLine& line) {
    SubcommandParser& parser = options.parser;
    line.log = options.log->count() != 0;
    if (const std::string text = parser.text_of(options.log_rounds); !text.empty()) {
        const std::size_t dots = text.find("..");
        const auto first = read_whole(text.substr(0, dots), limits::slot_max);
        const auto last = dots == std::string::npos
                              ? first
                              : read_whole(text.substr(dots + 2), limits::slot_max);
        if (!first || !last || *first > *last)
            return parser.refuse(options.log_rounds, text,
                                 "must be rounds such as 5..9, the lower one first");
        line.log_rounds = SlotRange{*first, *last + 1};
        line.log = true;
    }
    if (line.log && line.order.worlds != 1)
        parser.refuse("--log needs one world: --seed S, without --worlds and --duration");
}

void take_options(SimParser& options, SimLine& line) {
    SubcommandParser& parser = options.parser;
    take_counts(options, line);
    if (const auto protocol = parser.choice_of(options.protocol))
        line.order.wish.protocol = static_cast<Variant>(*protocol);
    if (const auto size = parser.choice_of(options.size))
        line.order.wish.size = static_cast<sim::Size>(*size);
    if (const auto when = parser.choice_of(options.progress))
        line.progress = static_cast<When>(*when);
    line.json = parser.text_of(options.json);
    const bool is_counted = options.worlds->count() != 0;
    if (options.duration->count() == 0 && !is_counted && options.seed->count() == 0 &&
        options.log->count() == 0)
        line.duration_ns = default_duration_ns;
    if (line.duration_ns != 0 && !is_counted) line.order.worlds = worlds_max;
    take_log(options, line);
    if (line.log && line.json == "-")
        parser.refuse("--log and --json -: only one can go to standard output");
}

}  // namespace

SimLine read_sim_line(const std::vector<std::string>& arguments, unsigned cores,
                      std::uint64_t seed) {
    SimLine line;
    line.order.jobs = std::max(cores, 1U);
    line.order.first_seed = seed;
    SimParser options;
    if (options.parser.parse(arguments)) take_options(options, line);
    line.help = options.parser.requested_help();
    line.error = options.parser.error();
    return line;
}

}  // namespace paxos::cli
