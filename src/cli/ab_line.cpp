// See ab_line.h.
#include "cli/ab_line.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "cli/settings.h"
#include "cli/text.h"
#include "cli/words.h"

namespace paxos::cli {
namespace {

/// What a leg runs unless the options behind -- say how long: each window once, for as long as
/// 60,000 rounds take. What differs from one start to the next is more than what differs within
/// one, and the shorter a leg, the less has the machine moved when the other build has its turn;
/// below 30 ms a machine under load decides too few rounds for a median.
constexpr const char* leg_time = "30ms";

constexpr double detect_min = 0.001;
constexpr std::uint64_t time_ns_least = 1'000'000'000;

constexpr const char* ab_head =
    "Runs two builds in turn, in blocks of ABBA or BAAB drawn by lot, until it is\n"
    "clear whether the new one is better or worse, or that neither is.\n"
    "Judged are the saturated rate and the unloaded p50, or what the one window has.\n";

constexpr const char* ab_foot =
    "What stands behind -- goes to each run of either build. Unless it says how long,\n"
    "a run is --duration 30ms --repetitions 1. PAXOS_ settings of the environment and\n"
    "of .env count for both builds alike. The floor is left out: neither needs it.\n"
    "\n"
    "Verdicts: WORSE and better are beyond the margin; same is within it;\n"
    "inconclusive could be either. However often it is looked, one of all the\n"
    "intervals misses the truth in 5% of comparisons at most.\n"
    "\n"
    "Examples:\n"
    "  paxos_fast ab old/paxos_fast new/paxos_fast\n"
    "  paxos_fast ab --aa ./paxos_fast                  the noise of this machine\n"
    "  paxos_fast ab old new --detect 1% --margin 1% --max-time 20min\n"
    "  paxos_fast ab old new -- --protocol multi --window 64\n"
    "\n"
    "Exit codes:\n"
    "  0  nothing got WORSE       3  a program or a file cannot be used\n"
    "  2  usage                   4  a judged figure got WORSE (--fail-on)\n"
    "  1, 5  as a run of one of the builds ended    130, 143  stopped by a signal";

struct AbParser {
    Words words{"ab", ab_head, ab_foot};
    CLI::Option* builds = words.list("OLD", "",
                                     "a build of paxos_fast, and the one to hold against it");
    CLI::Option* self = words.flag("--aa", "one build against itself: this one, or the one named");
    CLI::Option* detect = words.text("--detect", "PERCENT",
                                     "the change that is to be told from none; default 3%");
    CLI::Option* max_time = words.text("--max-time", "TIME",
                                       "judges then, whatever is known; default 5min");

    AbParser() {
        words.verdict_options();
        words.help_option();
    }
};

void take_builds(AbParser& parser, AbLine& line) {
    const std::vector<std::string>& builds = parser.builds->results();
    line.is_self = parser.self->count() > 0;
    const auto refuse = [&](const std::string& what) { parser.words.refuse(what); };
    if (std::any_of(builds.begin(), builds.end(),
                    [](const std::string& path) { return path.empty(); }))
        return refuse("a build without a name");
    if (line.is_self) {
        if (builds.size() > 1) return refuse(shown(builds[1]) + ": --aa runs one build, not two");
        std::error_code unreadable;
        line.base = builds.empty()
                        ? std::filesystem::read_symlink("/proc/self/exe", unreadable).string()
                        : builds.front();
        if (line.base.empty()) return refuse("--aa: which build? /proc/self/exe cannot be read");
        line.fresh = line.base;
        return;
    }
    if (builds.empty()) return refuse("needs two builds, the old one and the new one");
    if (builds.size() == 1)
        return refuse(shown(builds[0]) +
                      ": needs a second build (or --aa, for one against itself)");
    if (builds.size() > 2) return refuse(shown(builds[2]) + ": two builds are compared, not more");
    line.base = builds[0];
    line.fresh = builds[1];
}

void take_max_time(AbParser& parser, AbLine& line) {
    const std::string text = parser.words.text_of(parser.max_time);
    if (text.empty()) return;
    const std::optional<std::uint64_t> time_ns = read_duration(text, time_ns_max);
    if (time_ns && *time_ns >= time_ns_least)
        line.time_ns_max = *time_ns;
    else
        parser.words.refuse("--max-time " + shown(text) +
                            ": must be a time of 1s to 24h, such as 90s or 5min");
}

/// What the runs get.
void take_run_options(const std::vector<std::string>& words, AbParser& parser, AbLine& line) {
    static constexpr std::array<std::string_view, 10> ours{
        "--json", "--quiet", "-q",        "--progress", "--log",
        "--help", "-h",      "--version", "-V",         "--no-floor"};
    const auto is_given = [&](std::string_view name) {
        return std::any_of(words.begin(), words.end(), [&](std::string_view word) {
            return word.substr(0, word.find('=')) == name;
        });
    };
    for (const std::string_view name : ours)
        if (is_given(name))
            parser.words.refuse("-- " + std::string(name) + ": not for the runs of ab");
    line.options = words;
    if (!is_given("--duration") && !is_given("--rounds"))
        line.options.insert(line.options.end(), {"--duration", leg_time});
    if (!is_given("--repetitions")) line.options.insert(line.options.end(), {"--repetitions", "1"});
}

}  // namespace

AbLine read_ab_line(const std::vector<std::string>& arguments) {
    AbLine line;
    AbParser parser;
    const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
    if (parser.words.parse({arguments.begin(), dashes})) {
        parser.words.take_verdict(line.terms, line.output);
        parser.words.take_percentage(parser.detect, detect_min, line.detect);
        take_max_time(parser, line);
        take_builds(parser, line);
        const auto behind = dashes == arguments.end() ? dashes : dashes + 1;
        take_run_options({behind, arguments.end()}, parser, line);
    }
    line.help = parser.words.wants_help();
    line.error = parser.words.error();
    return line;
}

std::string ab_help() { return AbParser().words.help_text(); }

}  // namespace paxos::cli
