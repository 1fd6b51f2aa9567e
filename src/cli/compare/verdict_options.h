// The options that `compare` and `ab` share: the margin, and where the verdict goes.
#pragma once

#include "cli/compare/comparison_output.h"
#include "cli/subcommand_parser.h"
#include "compare/comparison.h"

namespace paxos::cli {

class VerdictOptions {
public:
    /// Adds --margin, --fail-on, --all, --json, --markdown and --color to `parser`.
    explicit VerdictOptions(SubcommandParser& parser);
    /// After `parser` has parsed: sets `terms` and `output`.
    void read(compare::Terms& terms, OutputOptions& output);

private:
    SubcommandParser& parser_;
    CLI::Option *margin_, *fail_on_, *all_, *json_, *markdown_, *color_;
};

}  // namespace paxos::cli
