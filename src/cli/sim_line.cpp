// See sim_line.h. As in compare_line.cpp CLI11 takes the words apart, and we say what is wrong.
#include "cli/sim_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

#include "cli/commands.h"
#include "cli/readers.h"
#include "cli/settings.h"
#include "cli/text.h"

namespace paxos::cli {
namespace {

constexpr int help_column = 26;
constexpr std::uint64_t worlds_max = 1'000'000'000'000;
constexpr std::uint64_t usual_duration_ns = 10'000'000'000;

constexpr const char* help_head =
    "Plays worlds: the same protocol, in virtual time, with every fault there is, watched\n"
    "at every step. A seed draws all of a world; the same seed plays the same world.\n";

constexpr const char* help_foot =
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

struct Parser {
    CLI::App app{help_head};
    CLI::Option *worlds, *duration, *seed, *jobs, *protocol, *size, *log, *log_rounds, *json,
        *progress, *help;

    Parser() {
        app.name("paxos_fast sim");
        app.set_help_flag();
        app.allow_extras();
        app.footer(help_foot);
        app.get_formatter()->column_width(help_column);
        worlds = text("--worlds", "N", "so many worlds, of seeds one behind the other");
        duration = text("--duration", "TIME", "as many as fit, such as 60s");
        seed = text("--seed", "S",
                    "of the first world: a number, or a commit's 40\nhexadecimal digits");
        jobs = text("--jobs", "J", "worlds at a time; default one a core");
        protocol = text("--protocol", "NAME", "classic or multi; default: drawn");
        size = text("--size", "NAME", "rings that are tiny, small or standard; default: drawn");
        log = app.add_flag("--log")->description("tells the story of the one world of --seed");
        log_rounds = text("--log-rounds", "A..B", "tells of these rounds only");
        json = text("--json", "FILE", "writes the counts as JSON; -: to standard output");
        progress = text("--progress", "WHEN", "auto (default: on a terminal), always, never");
        help = app.add_flag("-h,--help")->description("shows this");
    }

    /// No variable: the texts stay in the option, all of them.
    CLI::Option* text(const std::string& name, const std::string& type, const std::string& description) {
        CLI::Option* const option = app.add_option(name)->type_name(type)->description(description);
        return option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
};

std::string wrong(const std::string& what) { return std::string(program_prefix) + "sim: " + what; }

/// The option's one text; nothing: it is not given, or a mistake has been found.
std::optional<std::string> text_of(const CLI::Option* option, SimLine& line) {
    const std::vector<std::string>& texts = option->results();
    if (texts.empty() || !line.error.empty()) return std::nullopt;
    const std::string name = option->get_name();
    if (texts.size() > 1 && texts.back() != texts.front())
        line.error = wrong(name + ": is given twice, as " + shown(texts.front()) + " and as " +
                           shown(texts.back()));
    else if (texts.front().empty() || texts.front().starts_with("--"))
        line.error = wrong(name + ": needs a value");
    if (!line.error.empty()) return std::nullopt;
    return texts.front();
}

void refuse(SimLine& line, const CLI::Option* option, const std::string& text, const std::string& why) {
    line.error = wrong(option->get_name() + " " + shown(text) + ": " + why);
}

/// The first 64 bits of a commit's name.
std::optional<std::uint64_t> read_commit(const std::string& text) {
    if (text.size() != 40 || text.find_first_not_of("0123456789abcdefABCDEF") != std::string::npos)
        return std::nullopt;
    return read_whole("0x" + text.substr(0, 16), ~std::uint64_t{0});
}

void take_counts(const Parser& parser, SimLine& line) {
    if (const auto text = text_of(parser.worlds, line)) {
        const auto worlds = read_count(*text, worlds_max);
        if (!worlds || *worlds == 0)
            return refuse(line, parser.worlds, *text, "must be 1 to 1000G");
        line.order.worlds = *worlds;
    }
    if (const auto text = text_of(parser.duration, line)) {
        const auto duration = read_duration(*text, std::uint64_t{1} << 62);
        if (!duration || *duration == 0)
            return refuse(line, parser.duration, *text, "must be a time such as 60s, 10min or 2h");
        line.duration_ns = *duration;
    }
    if (const auto text = text_of(parser.jobs, line)) {
        const auto jobs = read_whole(*text, 1024);
        if (!jobs || *jobs == 0) return refuse(line, parser.jobs, *text, "must be 1 to 1024");
        line.order.jobs = static_cast<unsigned>(*jobs);
    }
    if (const auto text = text_of(parser.seed, line)) {
        auto seed = read_whole(*text, ~std::uint64_t{0});
        if (!seed) seed = read_commit(*text);
        if (!seed)
            return refuse(line, parser.seed, *text,
                          "must be a number below 2^64, or 40 hexadecimal digits");
        line.order.first_seed = *seed;
    }
}

/// Which of `names` it is.
template <std::size_t count>
std::optional<std::size_t> take_name(const CLI::Option* option,
                                     const std::array<std::string_view, count>& names, SimLine& line) {
    const auto text = text_of(option, line);
    if (!text) return std::nullopt;
    const auto found = std::find(names.begin(), names.end(), *text);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    std::string why = "must be ";
    for (std::size_t i = 0; i < count; ++i)
        why += std::string(i == 0 ? "" : i + 1 == count ? " or " : ", ") + std::string(names[i]);
    const std::string_view meant = did_you_mean(*text, {names.begin(), names.end()});
    if (!meant.empty()) why += "; did you mean " + std::string(meant) + "?";
    refuse(line, option, *text, why);
    return std::nullopt;
}

void take_log(const Parser& parser, SimLine& line) {
    line.log = parser.log->count() != 0;
    if (const auto text = text_of(parser.log_rounds, line)) {
        const std::size_t dots = text->find("..");
        const auto first = read_whole(text->substr(0, dots), limits::slot_max);
        const auto last = dots == std::string::npos
                              ? first
                              : read_whole(text->substr(dots + 2), limits::slot_max);
        if (!first || !last || *first > *last)
            return refuse(line, parser.log_rounds, *text,
                          "must be rounds such as 5..9, the lower one first");
        line.log_rounds = SlotRange{*first, *last + 1};
        line.log = true;
    }
    if (line.log && line.error.empty() && line.order.worlds != 1)
        line.error = wrong("--log tells of one world: --seed S, without --worlds and --duration");
}

void take_options(const Parser& parser, SimLine& line) {
    take_counts(parser, line);
    if (const auto protocol = take_name(parser.protocol, variant_names, line))
        line.order.wish.protocol = static_cast<Variant>(*protocol);
    if (const auto size = take_name(parser.size, sim::size_names, line))
        line.order.wish.size = static_cast<sim::Size>(*size);
    if (const auto when = take_name(
            parser.progress, std::array<std::string_view, 3>{"auto", "always", "never"}, line))
        line.progress = static_cast<When>(*when);
    line.json = text_of(parser.json, line).value_or("");
    const bool counted = parser.worlds->count() != 0;
    if (parser.duration->count() == 0 && !counted && parser.seed->count() == 0 && parser.log->count() == 0)
        line.duration_ns = usual_duration_ns;
    if (line.duration_ns != 0 && !counted) line.order.worlds = worlds_max;
    take_log(parser, line);
    if (line.error.empty() && line.log && line.json == "-")
        line.error = wrong("--log and --json -: standard output takes one of them");
}

std::string unknown(const Parser& parser, std::string_view word) {
    std::vector<std::string> names;
    for (const CLI::Option* option : parser.app.get_options())
        for (const std::string& name : option->get_lnames()) names.push_back(name);
    return unknown_option("sim", word, {names.begin(), names.end()});
}

}  // namespace

SimLine read_sim_line(const std::vector<std::string>& arguments, unsigned cores, std::uint64_t seed) {
    SimLine line;
    line.order.jobs = std::max(cores, 1U);
    line.order.first_seed = seed;
    Parser parser;
    try {
        parser.app.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::ParseError& error) {
        // All values are text and all words are allowed: what is left is a value that is missing.
        const std::string what = error.what();
        line.error = wrong(what.substr(0, what.find(':')) + ": needs a value");
        return line;
    }
    line.help = parser.help->count() != 0;
    if (line.help) return line;
    const std::vector<std::string> left = parser.app.remaining();
    if (!left.empty())
        line.error = unknown(parser, left.front());
    else
        take_options(parser, line);
    return line;
}

std::string sim_help() { return without_gaps(Parser().app.help()); }

}  // namespace paxos::cli
