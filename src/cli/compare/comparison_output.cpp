// See comparison_output.h.
#include "cli/compare/comparison_output.h"

#include <unistd.h>

#include "cli/exit_codes.h"
#include "cli/print.h"
#include "compare/outputs.h"

namespace paxos::cli {
namespace {

int refuse(const std::string& text, int exit_code) {
    print_error(std::string(program_prefix) + text);
    return exit_code;
}

int verdict_code(const compare::Comparison& comparison, FailOn fail_on) {
    using compare::Verdict;
    const bool worse = comparison.has(Verdict::worse);
    const bool unsettled = comparison.has(Verdict::inconclusive) ||
                           comparison.has(Verdict::not_comparable);
    const bool fails = fail_on == FailOn::any ? worse || unsettled
                                              : fail_on == FailOn::worse && worse;
    return fails ? exit_regression : 0;
}

}  // namespace

int ComparisonOutput::open() {
    std::string why;
    if (!json_.open(options_.json, why))
        return refuse("--json " + options_.json + ": " + why, exit_machine);
    if (!markdown_.open(options_.markdown, why))
        return refuse("--markdown " + options_.markdown + ": " + why, exit_machine);
    return 0;
}

int ComparisonOutput::write(const compare::Comparison& comparison) {
    if (const int code = write_table(comparison); code != 0) return code;
    if (const int code = write_to(json_, "--json " + options_.json, compare::json_of(comparison));
        code != 0)
        return code;
    if (const int code = write_to(markdown_, "--markdown " + options_.markdown,
                                  compare::markdown_of(comparison, options_.all));
        code != 0)
        return code;
    return verdict_code(comparison, options_.fail_on);
}

void ComparisonOutput::write_stopped(const compare::Comparison& comparison) {
    static_cast<void>(write_table(comparison));
    const auto write_new = [&](ResultSink& sink, const std::string& label,
                               const std::string& text) {
        if (sink.would_replace())
            print_error(std::string(program_prefix) + label +
                        ": not replaced, because the comparison was stopped");
        else
            static_cast<void>(write_to(sink, label, text));
    };
    write_new(json_, "--json " + options_.json, compare::json_of(comparison));
    write_new(markdown_, "--markdown " + options_.markdown,
              compare::markdown_of(comparison, options_.all));
}

int ComparisonOutput::write_table(const compare::Comparison& comparison) const {
    const bool is_stdout_used = options_.json == "-" || options_.markdown == "-";
    const int fd = is_stdout_used ? STDERR_FILENO : STDOUT_FILENO;
    const std::string table = compare::table_of(
        comparison, {.color = wants_color(options_.color, fd), .all = options_.all});
    if (!is_stdout_used) return print(table);
    return write_all(fd, table) ? 0 : exit_machine;
}

int ComparisonOutput::write_to(ResultSink& sink, const std::string& label,
                               const std::string& text) {
    std::string why;
    return sink.write(text, why) ? 0 : refuse(label + ": " + why, exit_machine);
}

}  // namespace paxos::cli
