// See ab_line.h.
#include "cli/ab/ab_line.h"

#include <algorithm>
#include <array>
#include <filesystem>

#include "cli/bench/readers.h"
#include "cli/compare/verdict_options.h"
#include "cli/text.h"

namespace paxos::cli {
namespace {

/// The time of each window of a run, unless the options after -- set a length. Runs are short for
/// two reasons. Rates differ more between starts of a cluster than within one run, so many short
/// runs are more precise than a few long ones. And the machine drifts less between short runs. Runs
/// are not shorter still, because in less than 30 ms a loaded machine decides too few rounds for a
/// median.
constexpr std::uint64_t window_ms = 30;

constexpr double detect_min = 0.001;
constexpr std::uint64_t time_ns_least = 1'000'000'000;

constexpr const char* ab_head =
    "Runs two builds alternately, in blocks of ABBA or BAAB chosen at random, until\n"
    "the new one is better, worse or the same, or the time is up. The verdict is on\n"
    "the saturated rate and the unloaded p50, or on the rate and the p50 of the only\n"
    "window.\n";

constexpr const char* ab_foot =
    "The options after -- go to each run of both builds. Unless they set a length,\n"
    "each window takes 30ms. --repetitions is 1 unless they set it. PAXOS_ settings\n"
    "in the environment and in .env apply to both builds. The floor is not measured.\n"
    "\n"
    "Verdicts: WORSE and better are beyond the margin; same is within the margin;\n"
    "inconclusive could be either. In at least 95% of comparisons, all intervals,\n"
    "also those of interim analyses, contain the true change.\n"
    "\n"
    "Examples:\n"
    "  paxos_fast ab old/paxos_fast new/paxos_fast\n"
    "  paxos_fast ab --aa ./paxos_fast                  noise of this machine\n"
    "  paxos_fast ab old new --detect 1% --margin 1% --max-time 20min\n"
    "  paxos_fast ab old new -- --protocol multi --window 64\n"
    "\n"
    "Exit codes:\n"
    "  0  nothing is WORSE                 3  a program or a file cannot be used\n"
    "  2  usage                            4  a figure is WORSE (--fail-on)\n"
    "  1, 5  a run failed with this code   130, 143  stopped by a signal";

struct AbParser {
    SubcommandParser parser{"ab", ab_head, ab_foot};
    CLI::Option* builds = parser.list("OLD", "", "two builds of paxos_fast, old and new");
    CLI::Option* self = parser.flag("--aa", "compares one build with itself: OLD, or this program");
    CLI::Option* detect = parser.text("--detect", "PERCENT", "the change to detect; default 3%");
    CLI::Option* max_time = parser.text("--max-time", "TIME",
                                        "ends the comparison after this time; default 5min");
    VerdictOptions verdict{parser};
};

void take_builds(AbParser& options, AbLine& line) {
    const std::vector<std::string>& builds = options.builds->results();
    line.is_self = options.self->count() > 0;
    const auto refuse = [&](const std::string& what) { options.parser.refuse(what); };
    if (std::ranges::any_of(builds, [](const std::string& path) { return path.empty(); }))
        return refuse("the name of a build is empty");
    if (line.is_self) {
        if (builds.size() > 1)
            return refuse(sanitized(builds[1]) + ": --aa runs one build, not two");
        std::error_code unreadable;
        line.base = builds.empty()
                        ? std::filesystem::read_symlink("/proc/self/exe", unreadable).string()
                        : builds.front();
        if (line.base.empty())
            return refuse("--aa: needs a build, because /proc/self/exe cannot be read");
        line.fresh = line.base;
        return;
    }
    if (builds.empty()) return refuse("needs two builds, OLD and NEW");
    if (builds.size() == 1)
        return refuse(sanitized(builds[0]) +
                      ": needs a second build (or --aa, to compare it with itself)");
    if (builds.size() > 2)
        return refuse(sanitized(builds[2]) + ": only two builds can be compared");
    line.base = builds[0];
    line.fresh = builds[1];
}

void take_max_time(AbParser& options, AbLine& line) {
    const std::string text = SubcommandParser::text_of(options.max_time);
    if (text.empty()) return;
    const std::optional<std::uint64_t> time_ns = read_duration(text, time_ns_max);
    if (time_ns && *time_ns >= time_ns_least)
        line.time_ns_max = *time_ns;
    else
        options.parser.refuse(
            options.max_time, text,
            "must be a time of 1s to 24h, such as 90s or 5min" + unit_hint(text, time_ns_least));
}

/// The number of windows or rates that a run with the options `words` measures.
std::size_t windows_in(const std::vector<std::string>& words) {
    for (std::size_t i = 0; i < words.size(); ++i)
        for (const std::string_view name : {"--window", "--rate"}) {
            const std::string_view word = words[i];
            if (word.starts_with(std::string(name) + "="))
                return split(word.substr(name.size() + 1), ',').size();
            if (word == name && i + 1 < words.size()) return split(words[i + 1], ',').size();
        }
    return windows_default;
}

/// Reads the options after --. Refuses `reserved`: options that `ab` sets itself, options with
/// which a run measures nothing, and --progress, whose output would not be shown.
void take_run_options(const std::vector<std::string>& words, AbParser& options, AbLine& line) {
    static constexpr std::array<std::string_view, 11> reserved{
        "--json", "--quiet", "-q",        "--progress", "--log",     "--log-rounds",
        "--help", "-h",      "--version", "-V",         "--no-floor"};
    const auto is_given = [&](std::string_view name) {
        return std::ranges::any_of(words, [&](std::string_view word) {
            word = word.substr(0, word.find('='));
            // Whether the word is a group of one-letter options, such as -qV.
            const bool is_group = word.size() > 2 && word[0] == '-' && word[1] != '-';
            return word == name ||
                   (is_group && name.size() == 2 && word.find(name[1]) != word.npos);
        });
    };
    for (const std::string_view name : reserved)
        if (is_given(name))
            options.parser.refuse("-- " + std::string(name) +
                                  ": ab does not accept this option for its runs");
    line.options = words;
    if (!is_given("--duration") && !is_given("--rounds"))
        line.options.insert(line.options.end(),
                            {"--duration", std::to_string(window_ms * windows_in(words)) + "ms"});
    if (!is_given("--repetitions")) line.options.insert(line.options.end(), {"--repetitions", "1"});
}

}  // namespace

AbLine read_ab_line(const std::vector<std::string>& arguments) {
    AbLine line;
    AbParser options;
    const auto dashes = std::find(arguments.begin(), arguments.end(), "--");
    if (options.parser.parse({arguments.begin(), dashes})) {
        options.verdict.read(line.terms, line.output);
        options.parser.read_percentage_of(options.detect, detect_min, line.detect);
        take_max_time(options, line);
        take_builds(options, line);
        const auto rest = dashes == arguments.end() ? dashes : dashes + 1;
        take_run_options({rest, arguments.end()}, options, line);
    }
    line.help = options.parser.requested_help();
    line.error = options.parser.error();
    return line;
}

}  // namespace paxos::cli
