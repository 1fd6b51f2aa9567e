// The options that `compare` and `ab` share: the margin, which verdicts cause exit code 4, and what
// is written where.
#pragma once

#include "cli/compare/comparison_output.h"
#include "cli/subcommand_parser.h"
#include "compare/comparison.h"

namespace paxos::cli {

class VerdictOptions {
public:
    /// Adds --margin, --fail-on, --all, --json, --markdown and --color to `parser`, which must
    /// outlive this object.
    explicit VerdictOptions(SubcommandParser& parser);
    /// Sets `terms` and `output`. Errors go to the parser. REQUIRES: the parser has parsed.
    void read(compare::Terms& terms, OutputOptions& output);
    /// Refuses outputs that would replace one of `inputs`. Errors go to the parser.
    void refuse_to_replace(const std::vector<std::string>& inputs);

private:
    SubcommandParser& parser_;
    CLI::Option *margin_, *fail_on_, *all_, *json_, *markdown_, *color_;
};

}  // namespace paxos::cli
