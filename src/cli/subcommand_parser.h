// The command line of one command, parsed by CLI11. The only user of CLI11.
//
// CLI11 splits the arguments and formats the help. All values are read as text, because readers of
// options also read the environment and `.env`; errors are reported in this program's format. The
// first error is kept; later ones do not replace it.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"

namespace paxos::cli {

class SubcommandParser {
public:
    /// `command` is the name in messages; empty for `bench`, whose name may be omitted. `head` and
    /// `foot` enclose the options in the help.
    SubcommandParser(std::string command, const std::string& head, const std::string& foot);

    /// `name` as CLI11 takes it: "--json" or "-q,--quiet". `group` is the heading in the help;
    /// empty: CLI11's default.
    CLI::Option* flag(const std::string& name, const std::string& help,
                      const std::string& group = {});
    /// An option with one value.
    CLI::Option* text(const std::string& name, const std::string& type, const std::string& help,
                      const std::string& group = {});
    /// An option or positional argument with any number of values.
    CLI::Option* list(const std::string& name, const std::string& type, const std::string& help);
    /// Adds --help here. Otherwise parse() adds it as the last option.
    void help_option(const std::string& group = {});
    /// A word that is no option and no value is reported as an unknown one of these.
    void expect_commands(std::span<const Command> commands) { commands_ = commands; }

    /// Returns false if help is requested or `error` is set.
    [[nodiscard]] bool parse(const std::vector<std::string>& arguments);
    /// The value of an option; empty: not given. A flag's is "true" unless given as --flag=TEXT.
    [[nodiscard]] static std::string text_of(const CLI::Option* option);
    /// The index in `names` of the option's value. None: not given, or an error.
    [[nodiscard]] std::optional<std::size_t> choice_of(const CLI::Option* option,
                                                       std::span<const std::string_view> names);
    /// Sets `value` to the option's percentage, which must be at least `least` and below 100 %.
    /// Leaves it unchanged if the option is not given.
    void read_percentage_of(const CLI::Option* option, double least, double& value);

    /// The help, if parse() met --help and no error; empty otherwise.
    [[nodiscard]] std::string requested_help() const;
    /// Sets the error: the prefix and `what`.
    void refuse(const std::string& what);
    /// "--seed x: must be ...".
    void refuse(const CLI::Option* option, const std::string& text, const std::string& why);
    [[nodiscard]] const std::string& error() const { return error_; }

private:
    void check_values();
    [[nodiscard]] std::string unknown(const std::string& word) const;
    [[nodiscard]] std::string prefix() const;

    std::string command_;
    CLI::App app_;
    CLI::Option* help_ = nullptr;
    std::vector<const CLI::Option*> single_;  ///< Options and flags with at most one value.
    std::span<const Command> commands_;
    std::string error_;
};

}  // namespace paxos::cli
