// See verdict_options.h.
#include "cli/compare/verdict_options.h"

#include <algorithm>

#include "cli/result_sink.h"

namespace paxos::cli {

VerdictOptions::VerdictOptions(SubcommandParser& parser)
    : parser_(parser),
      margin_(parser.text("--margin", "PERCENT", "smaller changes do not matter; default 3%")),
      fail_on_(parser.choice("--fail-on", "WHEN", fail_on_names,
                             "verdicts with exit code 4: worse (default), any\n"
                             "(worse, inconclusive, not comparable) or never")),
      all_(parser.flag("--all", "also shows the figures that get no verdict")),
      json_(parser.text("--json", "FILE", "writes the comparison as JSON; -: to stdout")),
      markdown_(
          parser.text("--markdown", "FILE", "writes the comparison as Markdown; -: to stdout")),
      color_(parser.choice("--color", "WHEN", when_names,
                           "colours: auto (default; obeys NO_COLOR), always, never")) {}

void VerdictOptions::read(compare::Terms& terms, OutputOptions& output) {
    parser_.read_percentage_of(margin_, 0, terms.margin);
    if (const auto fail_on = parser_.choice_of(fail_on_))
        output.fail_on = static_cast<FailOn>(*fail_on);
    if (const auto color = parser_.choice_of(color_)) output.color = static_cast<When>(*color);
    output.all = all_->count() > 0;
    output.json = SubcommandParser::text_of(json_);
    output.markdown = SubcommandParser::text_of(markdown_);
    if (output.json == "-" && output.markdown == "-")
        parser_.refuse("--json - and --markdown -: only one can go to standard output");
    else if (!output.json.empty() && is_same_file(output.json, output.markdown))
        parser_.refuse("--markdown " + output.markdown + ": --json writes to the same file");
}

void VerdictOptions::refuse_to_replace(const std::vector<std::string>& inputs) {
    for (const CLI::Option* option : {json_, markdown_}) {
        const std::string output = SubcommandParser::text_of(option);
        if (std::ranges::any_of(inputs,
                                [&](const auto& input) { return is_same_file(input, output); }))
            parser_.refuse(option, output, "is one of the result files");
    }
}

}  // namespace paxos::cli
