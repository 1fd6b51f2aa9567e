// See settings.h.
#include "cli/settings.h"

#include "cli/readers.h"
#include "cli/text.h"

namespace paxos::cli {
namespace {

constexpr std::string_view what_runs = "What runs";
constexpr std::string_view how_measured = "How it is measured";
constexpr std::string_view machine = "On this machine";
constexpr std::string_view trouble = "Chance and trouble";
constexpr std::string_view what_shows = "What it shows";

// One line of help is at most 54 characters wide: the column of names takes 26 of 80.
constexpr std::array<Setting, key_count> all_settings{{
    {Key::nodes, "nodes", 0, "N", what_runs, "nodes of the cluster, 1 to 63; default 5",
     read_nodes},
    {Key::rounds, "rounds", 0, "R", what_runs, "rounds to decide, such as 10M; default 100000",
     read_rounds},
    {Key::duration, "duration", 0, "TIME", what_runs,
     "ends each window of each repetition after 10s, 500ms;\nalone: rounds without end until then",
     read_duration},
    {Key::timeout, "timeout", 0, "TIME", what_runs,
     "gives a repetition up after this time; default 60s", read_timeout},
    {Key::protocol, "protocol", 0, "NAME", what_runs,
     "classic: both phases in every round (default)\nmulti: phase 1 once for the whole log",
     read_protocol},
    {Key::proposers, "proposers", 0, "K", what_runs, "nodes that propose from the start; default 1",
     read_proposers},
    {Key::thrifty, "thrifty", 0, "", what_runs, "asks a majority only, not all", read_thrifty},
    {Key::values, "values", 0, "TEXT,...", what_runs,
     "values to propose, as red,blue; default: generated", read_values},

    {Key::window, "window", 0, "W,...", how_measured,
     "rounds in flight; a list gives a row each, as 1,8,64;\ndefault: 1 (unloaded) and three "
     "batches (saturated)",
     read_windows},
    {Key::rate, "rate", 0, "R,...", how_measured,
     "rounds begin at this rate a second, as 10k,1M, and\nlatency counts from when each was to: an "
     "open loop",
     read_rates},
    {Key::warmup, "warmup", 0, "R", how_measured,
     "rounds before the first window; default: two windows", read_warmup},
    {Key::repetitions, "repetitions", 0, "N", how_measured,
     "runs, each with a fresh cluster; default 10", read_repetitions},
    {Key::no_floor, "no-floor", 0, "", how_measured, "leaves out the floor, which takes 0.4s",
     read_no_floor},

    {Key::io, "io", 0, "NAME", machine, "auto (default), uring or mmsg", read_io},
    {Key::idle, "idle", 0, "NAME", machine,
     "how a node waits: auto (default), spin, yield\nor block, which spares the battery",
     read_idle},
    {Key::cores, "cores", 0, "LIST", machine,
     "cores for the nodes, as 0,2-5, or one for each, as\n0,1,1; default: all of ours", read_cores},
    {Key::port, "port", 0, "P", machine, "node i gets UDP port P + i; default 0: any free one",
     read_port},

    {Key::seed, "seed", 0, "S", trouble, "of values, back-off and faults; default: drawn",
     read_seed},
    {Key::faults, "faults", 0, "LIST", trouble,
     "faults put in, as loss=1%,dup=1%,reorder=5%,\ncorrupt=0.1%,delay=100us,kill=3@40%, or paths "
     "cut:\n"
     "cut=0:4 (n0 to n4), deaf=3 (all to n3), mute=3",
     read_fault_list},

    {Key::json, "json", 0, "FILE", what_shows, "writes the result file; -: to standard output",
     read_json},
    {Key::log, "log", 0, "", what_shows,
     "shows every message of 3 rounds: a lesson,\nnot a measurement", read_log},
    {Key::log_rounds, "log-rounds", 0, "A..B", what_shows,
     "with --log: the rounds to show, 1000 at most", read_log_rounds},
    {Key::quiet, "quiet", 'q', "", what_shows, "one line instead of the summary", read_quiet},
    {Key::color, "color", 0, "WHEN", what_shows,
     "auto (default; NO_COLOR is honoured), always, never", read_color},
    {Key::progress, "progress", 0, "WHEN", what_shows,
     "on standard error: auto (default), always, never", read_progress},
}};

constexpr bool settings_are_in_order() {
    for (std::size_t i = 0; i < all_settings.size(); ++i)
        if (static_cast<std::size_t>(all_settings[i].key) != i) return false;
    return true;
}
static_assert(settings_are_in_order(), "a setting stands at its key's place");

}  // namespace

std::span<const Setting, key_count> settings() { return all_settings; }

std::string Setting::variable() const {
    std::string result{variable_prefix};
    for (const char small : name)
        result += small == '-' ? '_' : static_cast<char>(small - 'a' + 'A');
    return result;
}

std::string Origin::name() const {
    switch (kind) {
        case Kind::flag: return "flag";
        case Kind::environment: return "environment";
        case Kind::dotenv: return ".env:" + std::to_string(line);
        case Kind::by_default: break;
    }
    return "default";
}

std::string label(Key key, const Origin& origin) {
    const Setting& setting = setting_of(key);
    if (origin.kind == Origin::Kind::flag) {
        std::string result = std::string(program_prefix) + "--" + std::string(setting.name);
        // A flag that was simply set is called by its name alone.
        if (!setting.is_flag() || origin.text != "true") result += " " + shown(origin.text);
        return result;
    }
    const std::string assignment = setting.variable() + "=" + shown(origin.text);
    if (origin.kind == Origin::Kind::dotenv) return origin.name() + ": " + assignment;
    return std::string(program_prefix) + assignment;
}

}  // namespace paxos::cli
