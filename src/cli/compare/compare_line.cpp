// See compare_line.h.
#include "cli/compare/compare_line.h"

#include <algorithm>

#include "cli/bench/option_table.h"
#include "cli/compare/verdict_options.h"
#include "cli/text.h"

namespace paxos::cli {
namespace {

constexpr const char* compare_head =
    "Compares result files (--json of a run) and says whether they differ by more\n"
    "than noise. Verdicts are given for the saturated rate and the unloaded p50, or\n"
    "for the rate and the p50 of runs with a single window.\n";

constexpr const char* compare_foot =
    "Verdicts:\n"
    "  WORSE, better   the change exceeds the margin, and the machine alone does not\n"
    "                  explain it\n"
    "  same            the change is within the margin\n"
    "  inconclusive    the runs are too noisy to tell\n"
    "  not comparable  settings or machine differ, and --across does not name the\n"
    "                  difference\n"
    "\n"
    "Examples:\n"
    "  paxos_fast compare old.json new.json\n"
    "  paxos_fast compare old*.json --with new*.json    pools files\n"
    "  paxos_fast compare classic.json multi.json --across protocol\n"
    "\n"
    "Exit codes:\n"
    "  0  nothing is WORSE        3  a file cannot be read, or has no figures\n"
    "  2  usage                   4  a figure is WORSE (--fail-on)";

struct CompareParser {
    SubcommandParser parser{"compare", compare_head, compare_foot};
    CLI::Option* files = parser.list("BASE", "",
                                     "two result files, the old one and the new one; or\n"
                                     "with --with, any number of old ones");
    CLI::Option* with = parser.list("--with", "NEW", "the new result files");
    CLI::Option* across = parser.text("--across", "NAME,...",
                                      "settings that may differ, such as protocol,io;\n"
                                      "'machine' names host, kernel, cores and the like");
    CLI::Option* allow_degraded = parser.flag("--allow-degraded", "accepts runs that are DEGRADED");
    VerdictOptions verdict{parser};
};

void take_files(CompareParser& options, CompareLine& line) {
    line.base = options.files->results();
    line.fresh = options.with->results();
    if (options.with->count() == 0 && line.base.size() == 2) {
        line.fresh.push_back(line.base.back());
        line.base.pop_back();
    }
    const auto is_empty = [](const std::string& path) { return path.empty(); };
    if (std::ranges::any_of(line.base, is_empty) || std::ranges::any_of(line.fresh, is_empty))
        options.parser.refuse("a file name is empty");
    else if (line.base.size() > 2 && line.fresh.empty())
        options.parser.refuse("more than two files; use BASE... --with NEW...");
    else if (line.base.empty() || line.fresh.empty())
        options.parser.refuse(
            "needs two result files, BASE and NEW; paxos_fast --json FILE writes one");
    options.verdict.refuse_to_replace(line.base);
    options.verdict.refuse_to_replace(line.fresh);
}

/// The names that `--across` takes: every option of `bench` and `knee`, and the machine.
std::vector<std::string_view> across_names() {
    std::vector<std::string_view> names{compare::across_machine};
    for (const Option& option : option_table) names.push_back(option.name);
    return names;
}

void take_across(CompareParser& options, CompareLine& line) {
    const std::string text = SubcommandParser::text_of(options.across);
    if (text.empty()) return;
    const std::vector<std::string_view> known = across_names();
    for (const std::string_view name : split_list(text)) {
        if (std::ranges::find(known, name) == known.end()) {
            const std::string_view meant = did_you_mean(name, known);
            options.parser.refuse(
                options.across, text,
                (name.empty() ? "has an empty entry" : sanitized(name) + " is not a setting") +
                    (meant.empty() ? "; must be machine or an option in paxos_fast --help"
                                   : "; did you mean " + std::string(meant) + "?"));
            return;
        }
        line.terms.across.emplace(name);
    }
}

}  // namespace

CompareLine read_compare_line(const std::vector<std::string>& arguments) {
    CompareLine line;
    CompareParser options;
    if (options.parser.parse(arguments)) {
        options.verdict.read(line.terms, line.output);
        take_across(options, line);
        take_files(options, line);
        line.allow_degraded = options.allow_degraded->count() > 0;
    }
    line.help = options.parser.requested_help();
    line.error = options.parser.error();
    return line;
}

}  // namespace paxos::cli
