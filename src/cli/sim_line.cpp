// See sim_line.h.
#include "cli/sim_line.h"

#include <algorithm>
#include <array>

#include "cli/text.h"
#include "cli/words.h"

namespace paxos::cli {
namespace {

constexpr std::uint64_t worlds_max = 1'000'000'000'000;
constexpr std::uint64_t usual_duration_ns = 10'000'000'000;
constexpr std::array<std::string_view, 3> when_names{"auto", "always", "never"};

constexpr const char* sim_head =
    "Plays worlds: the same protocol, in virtual time, with every fault there is, watched\n"
    "at every step. A seed draws all of a world; the same seed plays the same world.\n";

constexpr const char* sim_foot =
    "Without --worlds and --duration: one world if there is a seed, 10s of them if not.\n"
    "\n"
    "Examples:\n"
    "  paxos_fast sim --duration 60s                 as many worlds as fit\n"
    "  paxos_fast sim --worlds 4000 --seed 1         always the same ones\n"
    "  paxos_fast sim --seed 67 --log                the story of one world\n"
    "\n"
    "Exit codes:\n"
    "  0  nothing was wrong       2  usage\n"
    "  1  no progress             3  the result cannot be written\n"
    "  5  safety violated, or an invariant broken";

struct SimParser {
    Words words{"sim", sim_head, sim_foot};
    CLI::Option* worlds = words.text("--worlds", "N",
                                     "so many worlds, of seeds one behind the other");
    CLI::Option* duration = words.text("--duration", "TIME", "as many as fit, such as 60s");
    CLI::Option* seed = words.text(
        "--seed", "S", "of the first world: a number, or a commit's 40\nhexadecimal digits");
    CLI::Option* jobs = words.text("--jobs", "J", "worlds at a time; default one a core");
    CLI::Option* protocol = words.text("--protocol", "NAME", "classic or multi; default: drawn");
    CLI::Option* size = words.text("--size", "NAME",
                                   "rings that are tiny, small or standard; default: drawn");
    CLI::Option* log = words.flag("--log", "tells the story of the one world of --seed");
    CLI::Option* log_rounds = words.text("--log-rounds", "A..B", "tells of these rounds only");
    CLI::Option* json = words.text("--json", "FILE",
                                   "writes the counts as JSON; -: to standard output");
    CLI::Option* progress = words.text("--progress", "WHEN",
                                       "auto (default: on a terminal), always, never");

    SimParser() { words.help_option(); }
};

/// The first 64 bits of a commit's name.
std::optional<std::uint64_t> read_commit(const std::string& text) {
    if (text.size() != 40 || text.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
        return std::nullopt;
    return read_whole("0x" + text.substr(0, 16), ~std::uint64_t{0});
}

void take_counts(SimParser& parser, SimLine& line) {
    Words& words = parser.words;
    if (const std::string text = words.text_of(parser.worlds); !text.empty()) {
        const auto worlds = read_count(text, worlds_max);
        if (!worlds || *worlds == 0) return words.refuse(parser.worlds, text, "must be 1 to 1000G");
        line.order.worlds = *worlds;
    }
    if (const std::string text = words.text_of(parser.duration); !text.empty()) {
        const auto duration = read_duration(text, std::uint64_t{1} << 62);
        if (!duration || *duration == 0)
            return words.refuse(parser.duration, text, "must be a time such as 60s, 10min or 2h");
        line.duration_ns = *duration;
    }
    if (const std::string text = words.text_of(parser.jobs); !text.empty()) {
        const auto jobs = read_whole(text, 1024);
        if (!jobs || *jobs == 0) return words.refuse(parser.jobs, text, "must be 1 to 1024");
        line.order.jobs = static_cast<unsigned>(*jobs);
    }
    if (const std::string text = words.text_of(parser.seed); !text.empty()) {
        auto seed = read_whole(text, ~std::uint64_t{0});
        if (!seed) seed = read_commit(text);
        if (!seed)
            return words.refuse(parser.seed, text,
                                "must be a number below 2^64, or 40 hexadecimal digits");
        line.order.first_seed = *seed;
    }
}

void take_log(SimParser& parser, SimLine& line) {
    Words& words = parser.words;
    line.log = parser.log->count() != 0;
    if (const std::string text = words.text_of(parser.log_rounds); !text.empty()) {
        const std::size_t dots = text.find("..");
        const auto first = read_whole(text.substr(0, dots), limits::slot_max);
        const auto last = dots == std::string::npos
                              ? first
                              : read_whole(text.substr(dots + 2), limits::slot_max);
        if (!first || !last || *first > *last)
            return words.refuse(parser.log_rounds, text,
                                "must be rounds such as 5..9, the lower one first");
        line.log_rounds = SlotRange{*first, *last + 1};
        line.log = true;
    }
    if (line.log && line.order.worlds != 1)
        words.refuse("--log tells of one world: --seed S, without --worlds and --duration");
}

void take_options(SimParser& parser, SimLine& line) {
    Words& words = parser.words;
    take_counts(parser, line);
    if (const auto protocol = words.name_of(parser.protocol, variant_names))
        line.order.wish.protocol = static_cast<Variant>(*protocol);
    if (const auto size = words.name_of(parser.size, sim::size_names))
        line.order.wish.size = static_cast<sim::Size>(*size);
    if (const auto when = words.name_of(parser.progress, when_names))
        line.progress = static_cast<When>(*when);
    line.json = words.text_of(parser.json);
    const bool counted = parser.worlds->count() != 0;
    if (parser.duration->count() == 0 && !counted && parser.seed->count() == 0 &&
        parser.log->count() == 0)
        line.duration_ns = usual_duration_ns;
    if (line.duration_ns != 0 && !counted) line.order.worlds = worlds_max;
    take_log(parser, line);
    if (line.log && line.json == "-")
        words.refuse("--log and --json -: standard output takes one of them");
}

}  // namespace

SimLine read_sim_line(const std::vector<std::string>& arguments, unsigned cores,
                      std::uint64_t seed) {
    SimLine line;
    line.order.jobs = std::max(cores, 1U);
    line.order.first_seed = seed;
    SimParser parser;
    if (parser.words.parse(arguments)) take_options(parser, line);
    line.help = parser.words.wants_help();
    line.error = parser.words.error();
    return line;
}

std::string sim_help() { return SimParser().words.help_text(); }

}  // namespace paxos::cli
