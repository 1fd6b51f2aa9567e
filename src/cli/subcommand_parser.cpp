// See subcommand_parser.h.
#include "cli/subcommand_parser.h"

#include <algorithm>
#include <array>

#include "cli/print.h"
#include "cli/synonyms.h"
#include "cli/text.h"

namespace paxos::cli {
namespace {

constexpr int help_column = 26;

/// "; did you mean NAME?", or a pointer to the help if no name is close.
std::string hint(std::string_view meant, const std::string& command) {
    if (!meant.empty()) return "; did you mean " + std::string(meant) + "?";
    return "; see paxos_fast " + (command.empty() ? "" : command + " ") + "--help";
}

}  // namespace

SubcommandParser::SubcommandParser(std::string command, const std::string& head,
                                   const std::string& foot)
    : command_(std::move(command)), app_(head) {
    app_.name("paxos_fast " + (command_.empty() ? "[bench]" : command_));
    app_.set_help_flag();
    app_.allow_extras();
    app_.footer(foot);
    app_.get_formatter()->column_width(help_column);
}

CLI::Option* SubcommandParser::flag(const std::string& name, const std::string& help,
                                    const std::string& group) {
    CLI::Option* const option = flag_with_value(name, help, group);
    bare_.push_back(option);
    return option;
}

CLI::Option* SubcommandParser::flag_with_value(const std::string& name, const std::string& help,
                                               const std::string& group) {
    CLI::Option* const option = app_.add_flag(name)->description(help);
    if (!group.empty()) option->group(group);
    single_.push_back(option);
    return option;
}

CLI::Option* SubcommandParser::text(const std::string& name, const std::string& type,
                                    const std::string& help, const std::string& group) {
    // The option is not bound to a variable, and with TakeAll it keeps all its texts. So
    // check_values() notices an option that is given twice with different values.
    CLI::Option* const option = app_.add_option(name)->type_name(type)->description(help);
    option->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
    if (!group.empty()) option->group(group);
    single_.push_back(option);
    return option;
}

CLI::Option* SubcommandParser::choice(const std::string& name, const std::string& type,
                                      std::span<const std::string_view> names,
                                      const std::string& help, const std::string& group) {
    CLI::Option* const option = text(name, type, help, group);
    choices_[option] = names;
    return option;
}

CLI::Option* SubcommandParser::list(const std::string& name, const std::string& type,
                                    const std::string& help) {
    CLI::Option* const option = text(name, type, help);
    single_.pop_back();
    return option->expected(1, CLI::detail::expected_max_vector_size)->allow_extra_args();
}

void SubcommandParser::help_option(const std::string& group) {
    help_ = flag_with_value("-h,--help", "shows this help; --help=man: as a man page", group);
}

bool SubcommandParser::parse(const std::vector<std::string>& arguments) {
    if (help_ == nullptr) help_option();
    try {
        // CLI11 expects the arguments in reverse order.
        app_.parse(std::vector<std::string>(arguments.rbegin(), arguments.rend()));
    } catch (const CLI::ParseError& error) {
        // All values are text and extra words are allowed, so the only possible error is a
        // missing value.
        const std::string what = error.what();
        refuse(what.substr(0, what.find(':')) + ": needs a value");
        return false;
    }
    if (help_->count() != 0) {
        check_help_form();
        // A misspelt command with --help must not get the help of another command.
        const auto left = app_.remaining();
        if (!commands_.empty() && !left.empty() && !left.front().starts_with('-'))
            error_ = unknown(left.front());
        return false;
    }
    check_values();
    if (const auto left = app_.remaining(); error_.empty() && !left.empty())
        error_ = unknown(left.front());
    return error_.empty();
}

void SubcommandParser::check_help_form() {
    static constexpr std::array<std::string_view, 3> forms{"true", "man", "completion"};
    const std::string form = text_of(help_);
    if (std::ranges::find(forms, form) == forms.end())
        refuse("--help=" + sanitized(form) + ": must be --help, --help=man or --help=completion");
}

void SubcommandParser::check_values() {
    for (const CLI::Option* option : bare_)
        if (const std::string text = text_of(option); !text.empty() && text != "true")
            refuse(option->get_name() + "=" + sanitized(text) + ": the option takes no value");
    for (const CLI::Option* option : single_) {
        const std::vector<std::string>& texts = option->results();
        for (const std::string& text : texts) {
            // CLI11 takes the next word as the value, even if it is an option.
            if (text.empty() || text.starts_with("--"))
                refuse(option->get_name() + ": needs a value");
            else if (text != texts.front())
                refuse(option->get_name() + ": is given twice, as " + sanitized(texts.front()) +
                       " and as " + sanitized(text));
        }
    }
}

std::string SubcommandParser::text_of(const CLI::Option* option) {
    return option->results().empty() ? std::string() : option->results().front();
}

std::optional<std::size_t> SubcommandParser::choice_of(const CLI::Option* option) {
    const std::span<const std::string_view> names = choices_.at(option);
    const std::string given = text_of(option);
    if (given.empty()) return std::nullopt;
    const auto found = std::ranges::find(names, given);
    if (found != names.end()) return static_cast<std::size_t>(found - names.begin());
    refuse(option, given, must_be_one_of(given, {names.begin(), names.end()}));
    return std::nullopt;
}

void SubcommandParser::read_percentage_of(const CLI::Option* option, double least, double& value) {
    const std::string given = text_of(option);
    if (given.empty()) return;
    const std::optional<double> read = read_percentage(given);
    if (read && *read > 0 && *read >= least && *read < 1)
        value = *read;
    else
        refuse(option, given, "must be a percentage below 100%, such as 3% or 0.5%");
}

std::string SubcommandParser::requested_help() const {
    if (help_->count() == 0 || !error_.empty()) return {};
    const std::string form = text_of(help_);
    if (form == "man") return man_page(description());
    if (form == "completion") return completion_words(description());
    std::string help = app_.help();
    // CLI11 separates groups of options by two empty lines. One of them is removed.
    for (std::size_t at = 0; (at = help.find("\n\n\n", at)) != std::string::npos;)
        help.erase(at, 1);
    return help;
}

CommandText SubcommandParser::description() const {
    CommandText text{.command = command_,
                     .head = app_.get_description(),
                     .foot = app_.get_footer(),
                     .options = {},
                     .commands = commands_};
    for (const CLI::Option* option : app_.get_options()) {
        OptionText& one = text.options.emplace_back();
        for (const std::string& name : option->get_snames()) one.names.push_back("-" + name);
        for (const std::string& name : option->get_lnames()) one.names.push_back("--" + name);
        one.is_positional = one.names.empty();
        if (one.is_positional) one.names.push_back(option->get_name());
        one.type = option->get_type_name();
        one.help = option->get_description();
        one.group = option->get_group();
        if (const auto found = choices_.find(option); found != choices_.end())
            one.choices = found->second;
    }
    return text;
}

void SubcommandParser::refuse(const std::string& what) {
    if (error_.empty()) error_ = prefix() + what;
}

void SubcommandParser::refuse(const CLI::Option* option, const std::string& text,
                              const std::string& why) {
    refuse(option->get_name() + " " + sanitized(text) + ": " + why);
}

std::string SubcommandParser::prefix() const {
    return std::string(program_prefix) + (command_.empty() ? "" : command_ + ": ");
}

std::string SubcommandParser::unknown(const std::string& word) const {
    if (!word.starts_with('-') && !commands_.empty()) {
        std::vector<std::string_view> names;
        for (const Command& command : commands_) names.push_back(command.name);
        if (std::ranges::find(names, word) != names.end())
            return prefix() + word + ": a command must be the first argument: paxos_fast " + word +
                   " ...";
        return prefix() + sanitized(word) + ": unknown command" +
               hint(did_you_mean(word, names), command_);
    }
    if (!word.starts_with('-'))
        return prefix() + sanitized(word) + ": unexpected word" +
               (remedy_.empty() ? hint({}, command_) : "; " + remedy_);
    const std::size_t dashes = std::min({word.find_first_not_of('-'), word.size(), std::size_t{2}});
    const std::string bare = word.substr(dashes);
    std::vector<std::string_view> names;
    for (const CLI::Option* option : app_.get_options())
        for (const std::string& name : option->get_lnames()) names.emplace_back(name);
    const std::string name = bare.substr(0, bare.find('='));
    if (name == "version" || name == "V")
        return prefix() + sanitized(word) + ": unknown option; use paxos_fast --version";
    if (const auto found = elsewhere_.find(name); found != elsewhere_.end())
        return prefix() + sanitized(word) + ": unknown option; it is an option of paxos_fast " +
               found->second;
    // The advice names options of `bench`, which other commands may lack.
    if (const std::string_view advice = command_.empty() ? advice_on(name) : ""; !advice.empty())
        return prefix() + sanitized(word) + ": unknown option; " + std::string(advice);
    std::string meant{did_you_mean(name, names)};
    if (!meant.empty()) meant = "--" + meant;
    return prefix() + sanitized(word) + ": unknown option" + hint(meant, command_);
}

}  // namespace paxos::cli
