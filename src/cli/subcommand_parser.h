// The command line of one command, parsed by CLI11. Other code uses CLI11 only through the
// CLI::Option pointers that this class returns.
//
// CLI11 splits the arguments and formats the help. It does not convert values. Values stay text,
// because the functions that convert them are also used for values from the environment and `.env`.
// Errors have this program's format. refuse() keeps the first error: later calls do not replace it.
#pragma once

#include <CLI/CLI.hpp>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/manual.h"

namespace paxos::cli {

/// The remedy in errors about unexpected words, in commands whose --json takes no file.
inline constexpr std::string_view json_remedy =
    "--json takes no file name; it prints to standard output: --json > FILE";

class SubcommandParser {
public:
    /// `command` is the name in messages; empty for `bench`, whose name may be omitted. `head` and
    /// `foot` enclose the options in the help.
    SubcommandParser(std::string command, const std::string& head, const std::string& foot);

    /// An option without a value. `name` has CLI11's format: "--json" or "-q,--quiet". `group` is
    /// the heading in the help, or empty for CLI11's default. The parser owns the returned option.
    CLI::Option* flag(const std::string& name, const std::string& help,
                      const std::string& group = {});
    /// A flag that may also be given as --flag=TEXT. The caller reads TEXT with text_of().
    CLI::Option* flag_with_value(const std::string& name, const std::string& help,
                                 const std::string& group = {});
    /// An option with one value.
    CLI::Option* text(const std::string& name, const std::string& type, const std::string& help,
                      const std::string& group = {});
    /// An option whose value is one of `names`, which must outlive this object.
    CLI::Option* choice(const std::string& name, const std::string& type,
                        std::span<const std::string_view> names, const std::string& help,
                        const std::string& group = {});
    /// An option or positional argument with any number of values.
    CLI::Option* list(const std::string& name, const std::string& type, const std::string& help);
    /// The error for an unexpected word will end in `remedy`, such as "redirect the output
    /// instead".
    void expect_no_words(std::string remedy) { remedy_ = std::move(remedy); }
    /// Declares that `command`, another command, has the option --`name`. The error for this option
    /// then names `command`.
    void note_elsewhere(std::string_view name, std::string_view command) {
        elsewhere_[std::string(name)] = command;
    }
    /// Adds --help after the options added so far. Without this call, parse() adds --help as the
    /// last option.
    void help_option(const std::string& group = {});
    /// After this call, a word that is neither an option nor a value is reported as an unknown
    /// command, with the nearest of `commands` as a hint. `commands` must outlive this object.
    void expect_commands(std::span<const Command> commands) { commands_ = commands; }

    /// Returns false if help is requested or `error` is set.
    [[nodiscard]] bool parse(const std::vector<std::string>& arguments);
    /// The value of an option; empty if not given. The value of a flag is "true", unless the flag
    /// was declared by flag_with_value() and given as --flag=TEXT.
    [[nodiscard]] static std::string text_of(const CLI::Option* option);
    /// For an option declared by choice(): the index of its value in `names`. None if the option is
    /// not given. If the value is not in `names`, returns none and sets the error.
    [[nodiscard]] std::optional<std::size_t> choice_of(const CLI::Option* option);
    /// Sets `value` to the option's percentage as a fraction. The fraction must be positive, at
    /// least `least` and below 1; otherwise sets the error. If the option is not given, leaves
    /// `value` unchanged.
    void read_percentage_of(const CLI::Option* option, double least, double& value);

    /// The help, if parse() met --help and no error; empty otherwise. After --help=man it is a man
    /// page, and after --help=completion the words that shells complete.
    [[nodiscard]] std::string requested_help() const;
    /// If no error is set, sets it to the prefix ("paxos_fast: sim: ") and `what`.
    void refuse(const std::string& what);
    /// Like refuse(what), for an option: "--seed x: must be ...", where `text` is "x" and `why` is
    /// "must be ...".
    void refuse(const CLI::Option* option, const std::string& text, const std::string& why);
    [[nodiscard]] const std::string& error() const { return error_; }

private:
    void check_values();
    void check_help_form();
    [[nodiscard]] CommandText description() const;
    [[nodiscard]] std::string unknown(const std::string& word) const;
    [[nodiscard]] std::string prefix() const;

    std::string command_;
    CLI::App app_;
    CLI::Option* help_ = nullptr;
    std::vector<const CLI::Option*> single_;        ///< Options and flags with at most one value.
    std::vector<const CLI::Option*> bare_;          ///< Flags that take no value.
    std::map<std::string, std::string> elsewhere_;  ///< Options of other commands.
    std::map<const CLI::Option*, std::span<const std::string_view>> choices_;
    std::span<const Command> commands_;
    std::string remedy_;  ///< The end of the error for an unexpected word.
    std::string error_;
};

}  // namespace paxos::cli
