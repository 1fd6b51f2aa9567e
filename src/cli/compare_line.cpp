// See compare_line.h. As in command_line.cpp CLI11 takes the words apart, and we say what is wrong.
#include "cli/compare_line.h"

#include <CLI/CLI.hpp>
#include <algorithm>

#include "cli/commands.h"
#include "cli/readers.h"
#include "cli/settings.h"
#include "cli/text.h"

namespace paxos::cli {
namespace {

constexpr int help_column = 26;

constexpr const char* help_head =
    "Holds result files (--json of a run) against each other: is the difference real?\n"
    "Judged are the saturated rate and the unloaded p50, or what the one window has.\n";

constexpr const char* help_foot =
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

struct Parser {
    CLI::App app{help_head};
    CLI::Option *files, *with, *margin, *across, *fail_on, *allow_degraded, *all, *json, *markdown,
        *color, *help;

    Parser() {
        app.name("paxos_fast compare");
        app.set_help_flag();
        app.allow_extras();
        app.footer(help_foot);
        app.get_formatter()->column_width(help_column);
        files = list("BASE", "",
                     "a result file, and the one to hold against it; with\n"
                     "--with any number, their repetitions taken together");
        with = list("--with", "NEW", "result files to hold against all of BASE");
        margin = text("--margin", "PERCENT", "changes up to this do not matter; default 3%");
        across = text("--across", "NAME,...",
                      "settings that are meant to differ, as protocol,io;\n"
                      "machine: host, kernel, cores and the like");
        fail_on = text("--fail-on", "WHEN",
                       "exit code 4 on worse (default), never, or any:\n"
                       "also inconclusive and not comparable");
        allow_degraded = flag("--allow-degraded", "takes runs in which a node died, too");
        all = flag("--all", "shows all figures of all windows; judges as without");
        json = text("--json", "FILE", "writes it all as JSON; -: to standard output");
        markdown = text("--markdown", "FILE", "writes it as Markdown; -: to standard output");
        color = text("--color", "WHEN", "auto (default; NO_COLOR is honoured), always, never");
        help = flag("-h,--help", "shows this");
    }

    CLI::Option* flag(const std::string& name, const std::string& description) {
        return app.add_flag(name)->description(description);
    }
    /// No variable: the texts stay in the option, all of them.
    CLI::Option* text(const std::string& name, const std::string& type, const std::string& description) {
        CLI::Option* const option = app.add_option(name)->type_name(type)->description(description);
        return option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    }
    CLI::Option* list(const std::string& name, const std::string& type, const std::string& description) {
        return text(name, type, description)->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
    }
};

std::string wrong(const std::string& what) {
    return std::string(program_prefix) + "compare: " + what;
}

/// The option's one text; empty: it is not given.
std::string text_of(const CLI::Option* option, std::string& error) {
    const std::vector<std::string>& texts = option->results();
    if (texts.empty() || !error.empty()) return {};
    const std::string name = option->get_name();
    if (texts.size() > 1 && texts.back() != texts.front())
        error = wrong(name + ": is given twice, as " + shown(texts.front()) + " and as " +
                      shown(texts.back()));
    else if (texts.front().empty() || texts.front().starts_with("--"))
        error = wrong(name + ": needs a value");
    return texts.front();
}

void take_files(const Parser& parser, CompareLine& line) {
    line.base = parser.files->results();
    line.fresh = parser.with->results();
    if (parser.with->count() == 0 && line.base.size() == 2) {
        line.fresh.push_back(line.base.back());
        line.base.pop_back();
    }
    const auto is_empty = [](const std::string& path) { return path.empty(); };
    if (std::any_of(line.base.begin(), line.base.end(), is_empty) ||
        std::any_of(line.fresh.begin(), line.fresh.end(), is_empty))
        line.error = wrong("a file without a name");
    else if (line.base.size() > 2 && line.fresh.empty())
        line.error = wrong("more than two files: which are the new ones? BASE... --with NEW...");
    else if (line.base.empty() || line.fresh.empty())
        line.error = wrong(
            "needs two result files, BASE and NEW; paxos_fast --json FILE writes one");
}

/// The names that `--across` takes: every setting's, and the machine.
std::vector<std::string_view> across_names() {
    std::vector<std::string_view> names{compare::across_machine};
    for (const Setting& setting : settings()) names.push_back(setting.name);
    return names;
}

void take_across(const std::string& text, CompareLine& line) {
    const std::vector<std::string_view> known = across_names();
    if (text.empty()) return;
    for (const std::string_view name : split(text, ',')) {
        if (std::find(known.begin(), known.end(), name) == known.end()) {
            const std::string_view meant = did_you_mean(name, known);
            line.error = wrong("--across " + shown(text) + ": " +
                               (name.empty() ? "has an empty entry" : shown(name) + " is no setting"));
            line.error += meant.empty() ? "; paxos_fast --help lists them, and there is machine"
                                        : "; did you mean " + std::string(meant) + "?";
            return;
        }
        line.terms.across.emplace(name);
    }
}

void take_margin(const std::string& text, CompareLine& line) {
    if (text.empty()) return;
    const std::optional<double> margin = read_percentage(text);
    if (margin && *margin > 0 && *margin < 1)
        line.terms.margin = *margin;
    else
        line.error = wrong("--margin " + shown(text) +
                           ": must be a percentage below 100%, such as 3% or 0.5%");
}

void take_fail_on(const std::string& text, CompareLine& line) {
    if (text == "never")
        line.fail_on = FailOn::never;
    else if (text == "any")
        line.fail_on = FailOn::any;
    else if (!text.empty() && text != "worse")
        line.error = wrong("--fail-on " + shown(text) + ": must be worse, any or never");
}

void take_color(const std::string& text, CompareLine& line) {
    if (text.empty()) return;
    Given given;
    const std::string why = read_color(text, given);
    if (!why.empty()) line.error = wrong("--color " + shown(text) + ": " + why);
    line.color = given.color;
}

/// Each reader leaves its mistake in `line.error`; the first one is what is told.
void take_options(const Parser& parser, CompareLine& line) {
    const auto take = [&](const CLI::Option* option, void (*reader)(const std::string&, CompareLine&)) {
        const std::string text = text_of(option, line.error);
        if (line.error.empty()) reader(text, line);
    };
    take(parser.margin, take_margin);
    take(parser.across, take_across);
    take(parser.fail_on, take_fail_on);
    take(parser.color, take_color);
    line.json = text_of(parser.json, line.error);
    line.markdown = text_of(parser.markdown, line.error);
    line.allow_degraded = parser.allow_degraded->count() > 0;
    line.all = parser.all->count() > 0;
    if (line.error.empty() && line.json == "-" && line.markdown == "-")
        line.error = wrong("--json - and --markdown -: standard output takes one of them");
}

std::string unknown(const Parser& parser, std::string_view word) {
    std::vector<std::string> names;
    for (const CLI::Option* option : parser.app.get_options())
        for (const std::string& name : option->get_lnames()) names.push_back(name);
    return unknown_option("compare", word, {names.begin(), names.end()});
}

}  // namespace

CompareLine read_compare_line(const std::vector<std::string>& arguments) {
    CompareLine line;
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
    if (!left.empty()) {
        line.error = unknown(parser, left.front());
        return line;
    }
    take_options(parser, line);
    if (line.error.empty()) take_files(parser, line);
    return line;
}

std::string compare_help() { return without_gaps(Parser().app.help()); }

}  // namespace paxos::cli
