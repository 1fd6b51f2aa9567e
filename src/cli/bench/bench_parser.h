// The command line of `bench`: the options of the table, and the help.
#pragma once

#include <array>
#include <string>

#include "cli/bench/option_table.h"
#include "cli/subcommand_parser.h"

namespace paxos::cli {

class BenchParser : public SubcommandParser {
public:
    explicit BenchParser(std::span<const Command> commands);

    using SubcommandParser::text_of;
    /// The text as given; empty: not given. A flag's text is "true" unless a value is given.
    [[nodiscard]] std::string text_of(OptionId id) const { return text_of(options_[id.index()]); }

private:
    std::array<CLI::Option*, option_count> options_{};
};

}  // namespace paxos::cli
