// The command line of `bench` and of `knee`: the options of option_table.h, and the help.
#pragma once

#include <array>
#include <string>

#include "cli/bench/option_table.h"
#include "cli/subcommand_parser.h"

namespace paxos::cli {

class BenchParser : public SubcommandParser {
public:
    explicit BenchParser(std::span<const Command> commands);
    /// The parser of `knee`.
    BenchParser();

    using SubcommandParser::text_of;
    /// The text as given; empty if the option is not given or this command does not have it. A
    /// flag's text is "true" unless a value is given.
    [[nodiscard]] std::string text_of(OptionId id) const {
        const CLI::Option* const option = options_[id.index()];
        return option == nullptr ? std::string() : text_of(option);
    }

    [[nodiscard]] bool is_version_requested() const {
        return version_ != nullptr && version_->count() != 0;
    }

private:
    void add_options(bool by_knee);

    std::array<CLI::Option*, option_count> options_{};
    const CLI::Option* version_ = nullptr;  // Null for `knee`, which has no --version.
};

}  // namespace paxos::cli
