// See compare_line.h.
#include "cli/compare_line.h"

#include <algorithm>

#include "cli/settings.h"
#include "cli/text.h"
#include "cli/words.h"

namespace paxos::cli {
namespace {

constexpr const char* compare_head =
    "Holds result files (--json of a run) against each other: is the difference real?\n"
    "Judged are the saturated rate and the unloaded p50, or what the one window has.\n";

constexpr const char* compare_foot =
    "Verdicts: WORSE and better are beyond the margin, whatever the machine did; same\n"
    "is within it; inconclusive could be either; not comparable: settings or machine\n"
    "differ, and --across does not say that this is the question.\n"
    "\n"
    "Examples:\n"
    "  paxos_fast compare old.json new.json\n"
    "  paxos_fast compare old*.json --with new*.json    repetitions taken together\n"
    "  paxos_fast compare classic.json multi.json --across protocol\n"
    "\n"
    "Exit codes:\n"
    "  0  nothing got WORSE       3  a file cannot be read, or is no measurement\n"
    "  2  usage                   4  a judged figure got WORSE (--fail-on)";

struct CompareParser {
    Words words{"compare", compare_head, compare_foot};
    CLI::Option* files = words.list("BASE", "",
                                    "a result file, and the one to hold against it; with\n"
                                    "--with any number, their repetitions taken together");
    CLI::Option* with = words.list("--with", "NEW", "result files to hold against all of BASE");
    CLI::Option* across = words.text("--across", "NAME,...",
                                     "settings that are meant to differ, as protocol,io;\n"
                                     "machine: host, kernel, cores and the like");
    CLI::Option* allow_degraded = words.flag("--allow-degraded",
                                             "takes runs in which a node died, too");

    CompareParser() {
        words.verdict_options();
        words.help_option();
    }
};

void take_files(CompareParser& parser, CompareLine& line) {
    line.base = parser.files->results();
    line.fresh = parser.with->results();
    if (parser.with->count() == 0 && line.base.size() == 2) {
        line.fresh.push_back(line.base.back());
        line.base.pop_back();
    }
    const auto is_empty = [](const std::string& path) { return path.empty(); };
    if (std::any_of(line.base.begin(), line.base.end(), is_empty) ||
        std::any_of(line.fresh.begin(), line.fresh.end(), is_empty))
        parser.words.refuse("a file without a name");
    else if (line.base.size() > 2 && line.fresh.empty())
        parser.words.refuse("more than two files: which are the new ones? BASE... --with NEW...");
    else if (line.base.empty() || line.fresh.empty())
        parser.words.refuse(
            "needs two result files, BASE and NEW; paxos_fast --json FILE writes one");
}

/// The names that `--across` takes: every setting's, and the machine.
std::vector<std::string_view> across_names() {
    std::vector<std::string_view> names{compare::across_machine};
    for (const Setting& setting : settings()) names.push_back(setting.name);
    return names;
}

void take_across(CompareParser& parser, CompareLine& line) {
    const std::string text = parser.words.text_of(parser.across);
    if (text.empty()) return;
    const std::vector<std::string_view> known = across_names();
    for (const std::string_view name : split(text, ',')) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            const std::string_view meant = did_you_mean(name, known);
            const std::string what = name.empty() ? "has an empty entry"
                                                  : shown(name) + " is no setting";
            parser.words.refuse("--across " + shown(text) + ": " + what +
                                (meant.empty()
                                     ? "; paxos_fast --help lists them, and there is machine"
                                     : "; did you mean " + std::string(meant) + "?"));
            return;
        }
        line.terms.across.emplace(name);
    }
}

}  // namespace

CompareLine read_compare_line(const std::vector<std::string>& arguments) {
    CompareLine line;
    CompareParser parser;
    if (parser.words.parse(arguments)) {
        parser.words.take_verdict(line.terms, line.output);
        take_across(parser, line);
        take_files(parser, line);
        line.allow_degraded = parser.allow_degraded->count() > 0;
    }
    line.help = parser.words.wants_help();
    line.error = parser.words.error();
    return line;
}

std::string compare_help() { return CompareParser().words.help_text(); }

}  // namespace paxos::cli
