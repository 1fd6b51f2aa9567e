// The words behind `compare`, `ab` and `sim`, taken apart by CLI11; what is wrong with them is said
// by us. With the options that the first two share: how to judge, and where the verdict goes.
//
// The first mistake that is found is the one that is told; later ones do not replace it.
#pragma once

#include <CLI/CLI.hpp>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "cli/comparison_output.h"
#include "compare/comparison.h"

namespace paxos::cli {

class Words {
public:
    /// `command` is the sub-command's name; `head` and `foot` stand around the options in the help.
    Words(std::string command, const char* head, const char* foot);

    CLI::Option* flag(const std::string& name, const std::string& help);
    CLI::Option* text(const std::string& name, const std::string& type, const std::string& help);
    CLI::Option* list(const std::string& name, const std::string& type, const std::string& help);
    /// --margin, --fail-on, --all, --json, --markdown and --color.
    void verdict_options();
    /// --help: every sub-command's last one.
    void help_option();

    /// Reads `arguments`. False: the help is asked for, or `error` says what is wrong.
    [[nodiscard]] bool parse(const std::vector<std::string>& arguments);
    /// What the verdict's options say, into `terms` and `output`.
    void take_verdict(compare::Terms& terms, OutputOptions& output);
    /// An option's one text; empty: it is not given.
    [[nodiscard]] std::string text_of(const CLI::Option* option);
    /// Which of `names` the option's text is; nothing: it is not given, or none of them, which is
    /// refused.
    [[nodiscard]] std::optional<std::size_t> name_of(const CLI::Option* option,
                                                     std::span<const std::string_view> names);
    /// The same for a percentage of at least `least` and below 100 %. `value` stays if none is
    /// given.
    void take_percentage(const CLI::Option* option, double least, double& value);

    [[nodiscard]] bool wants_help() const { return help_->count() != 0; }
    [[nodiscard]] std::string help_text() const;
    void refuse(const std::string& what);
    /// `text`, as given to `option`, is wrong: "--seed x: must be ...".
    void refuse(const CLI::Option* option, const std::string& text, const std::string& why);
    [[nodiscard]] const std::string& error() const { return error_; }

private:
    [[nodiscard]] std::vector<std::string> names() const;

    std::string command_;
    CLI::App app_;
    CLI::Option *margin_ = nullptr, *fail_on_ = nullptr, *all_ = nullptr, *json_ = nullptr,
                *markdown_ = nullptr, *color_ = nullptr, *help_ = nullptr;
    std::string error_;
};

}  // namespace paxos::cli
