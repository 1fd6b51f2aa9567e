// See words.h.
#include "cli/words.h"

#include <algorithm>

#include "cli/commands.h"
#include "cli/readers.h"
#include "cli/settings.h"
#include "cli/text.h"

namespace paxos::cli {
namespace {

constexpr int help_column = 26;

}  // namespace

Words::Words(std::string command, const char* head, const char* foot)
    : command_(std::move(command)), app_(head) {
    app_.name("paxos_fast " + command_);
    app_.set_help_flag();
    app_.allow_extras();
    app_.footer(foot);
    app_.get_formatter()->column_width(help_column);
}

CLI::Option* Words::flag(const std::string& name, const std::string& help) {
    return app_.add_flag(name)->description(help);
}

/// No variable: the texts stay in the option, all of them.
CLI::Option* Words::text(const std::string& name, const std::string& type,
                         const std::string& help) {
    CLI::Option* const option = app_.add_option(name)->type_name(type)->description(help);
    return option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
}

CLI::Option* Words::list(const std::string& name, const std::string& type,
                         const std::string& help) {
    return text(name, type, help)
        ->expected(1, CLI::detail::expected_max_vector_size)
        ->allow_extra_args();
}

void Words::verdict_options() {
    margin_ = text("--margin", "PERCENT", "changes up to this do not matter; default 3%");
    fail_on_ = text("--fail-on", "WHEN",
                    "exit code 4 on worse (default), never, or any:\n"
                    "also inconclusive and not comparable");
    all_ = flag("--all", "shows all figures of all windows; judges as without");
    json_ = text("--json", "FILE", "writes it all as JSON; -: to standard output");
    markdown_ = text("--markdown", "FILE", "writes it as Markdown; -: to standard output");
    color_ = text("--color", "WHEN", "auto (default; NO_COLOR is honoured), always, never");
}

void Words::help_option() { help_ = flag("-h,--help", "shows this"); }

bool Words::parse(const std::vector<std::string>& arguments) {
    try {
        app_.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::ParseError& wrong) {
        // All values are text and all words are allowed: what is left is a value that is missing.
        const std::string what = wrong.what();
        refuse(what.substr(0, what.find(':')) + ": needs a value");
        return false;
    }
    if (wants_help()) return false;
    const std::vector<std::string> left = app_.remaining();
    if (left.empty()) return true;
    const std::vector<std::string> known = names();
    error_ = unknown_option(command_, left.front(), {known.begin(), known.end()});
    return false;
}

std::string Words::text_of(const CLI::Option* option) {
    const std::vector<std::string>& texts = option->results();
    if (texts.empty() || !error_.empty()) return {};
    const std::string name = option->get_name();
    if (texts.size() > 1 && texts.back() != texts.front())
        refuse(name + ": is given twice, as " + shown(texts.front()) + " and as " +
               shown(texts.back()));
    else if (texts.front().empty() || texts.front().starts_with("--"))
        refuse(name + ": needs a value");
    return error_.empty() ? texts.front() : std::string();
}

std::optional<std::size_t> Words::name_of(const CLI::Option* option,
                                          std::span<const std::string_view> names) {
    const std::string given = text_of(option);
    if (given.empty()) return std::nullopt;
    const auto found = std::ranges::find(names, given);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    std::string why = "must be ";
    for (std::size_t i = 0; i < names.size(); ++i)
        why += std::string(i == 0                  ? ""
                           : i + 1 == names.size() ? " or "
                                                   : ", ") +
               std::string(names[i]);
    const std::string_view meant = did_you_mean(given, {names.begin(), names.end()});
    if (!meant.empty()) why += "; did you mean " + std::string(meant) + "?";
    refuse(option, given, why);
    return std::nullopt;
}

void Words::take_percentage(const CLI::Option* option, double least, double& value) {
    const std::string given = text_of(option);
    if (given.empty() || !error_.empty()) return;
    const std::optional<double> read = read_percentage(given);
    if (read && *read > 0 && *read >= least && *read < 1)
        value = *read;
    else
        refuse(option, given, "must be a percentage below 100%, such as 3% or 0.5%");
}

void Words::take_verdict(compare::Terms& terms, OutputOptions& output) {
    take_percentage(margin_, 0, terms.margin);
    const std::string fail_on = text_of(fail_on_);
    if (fail_on == "never")
        output.fail_on = FailOn::never;
    else if (fail_on == "any")
        output.fail_on = FailOn::any;
    else if (!fail_on.empty() && fail_on != "worse")
        refuse("--fail-on " + shown(fail_on) + ": must be worse, any or never");
    if (const std::string color = text_of(color_); !color.empty()) {
        Given given;
        const std::string why = read_color(color, given);
        if (!why.empty()) refuse("--color " + shown(color) + ": " + why);
        output.color = given.color;
    }
    output.all = all_->count() > 0;
    output.json = text_of(json_);
    output.markdown = text_of(markdown_);
    if (output.json == "-" && output.markdown == "-")
        refuse("--json - and --markdown -: standard output takes one of them");
}

std::string Words::help_text() const { return without_gaps(app_.help()); }

void Words::refuse(const std::string& what) {
    if (error_.empty()) error_ = std::string(program_prefix) + command_ + ": " + what;
}

void Words::refuse(const CLI::Option* option, const std::string& text, const std::string& why) {
    refuse(option->get_name() + " " + shown(text) + ": " + why);
}

std::vector<std::string> Words::names() const {
    std::vector<std::string> all;
    for (const CLI::Option* option : app_.get_options())
        for (const std::string& name : option->get_lnames()) all.push_back(name);
    return all;
}

}  // namespace paxos::cli
