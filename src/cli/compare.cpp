// See compare.h.
//
// 1. As with `bench`, the table is on standard output, unless a result goes there: then it is on
//    standard error.
// 2. Nothing is written before both sides have been read and found to be comparable at all.
#include "cli/compare.h"

#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "cli/compare_line.h"
#include "cli/read_all.h"
#include "cli/result_sink.h"
#include "cli/settings.h"
#include "cli/tell.h"
#include "cli/terminal.h"
#include "compare/outputs.h"

namespace paxos::cli {
namespace {

constexpr int exit_usage = 2;
constexpr int exit_machine = 3;
constexpr int exit_regression = 4;

/// A file of ten thousand repetitions, the most there can be, is smaller.
constexpr std::size_t result_size_max = std::size_t{1} << 30;

int refuse(const std::string& text, int exit_code) {
    complain(std::string(program_prefix) + text);
    return exit_code;
}

bool read_side(const std::vector<std::string>& paths, bool allow_degraded, compare::Side& side,
               std::string& why) {
    std::string text;
    for (const std::string& path : paths) {
        if (!read_file(path, result_size_max, text, why)) {
            why = path + ": " + why;
            return false;
        }
        if (!compare::read_result(path, text, allow_degraded, side.emplace_back(), why))
            return false;
    }
    why = compare::refuse_pooling(side);
    return why.empty();
}

/// Tells the table. Returns the exit code.
int show(const compare::Comparison& comparison, const CompareLine& line) {
    const bool is_taken = line.json == "-" || line.markdown == "-";
    const int fd = is_taken ? STDERR_FILENO : STDOUT_FILENO;
    const std::string table = compare::table_of(
        comparison, {.color = wants_color(line.color, fd), .all = line.all});
    if (!is_taken) return tell(table);
    return write_all(fd, table) ? 0 : exit_machine;
}

int verdict_code(const compare::Comparison& comparison, FailOn fail_on) {
    using compare::Judgement;
    const bool worse = comparison.has(Judgement::worse);
    const bool unsettled = comparison.has(Judgement::inconclusive) ||
                           comparison.has(Judgement::not_comparable);
    const bool fails = fail_on == FailOn::any ? worse || unsettled : fail_on == FailOn::worse && worse;
    return fails ? exit_regression : 0;
}

int run(const CompareLine& line) {
    std::string why;
    ResultSink json, markdown;
    if (!json.open(line.json, why)) return refuse("--json " + line.json + ": " + why, exit_usage);
    if (!markdown.open(line.markdown, why))
        return refuse("--markdown " + line.markdown + ": " + why, exit_usage);

    compare::Side base, fresh;
    compare::Comparison comparison;
    if (!read_side(line.base, line.allow_degraded, base, why) ||
        !read_side(line.fresh, line.allow_degraded, fresh, why) ||
        !compare::compare(base, fresh, line.terms, comparison, why))
        return refuse(why, exit_machine);

    if (const int code = show(comparison, line); code != 0) return code;
    if (!json.write(compare::json_of(comparison), why))
        return refuse("--json " + line.json + ": " + why, exit_machine);
    if (!markdown.write(compare::markdown_of(comparison, line.all), why))
        return refuse("--markdown " + line.markdown + ": " + why, exit_machine);
    return verdict_code(comparison, line.fail_on);
}

}  // namespace

int compare_command(const std::vector<std::string>& arguments) {
    const CompareLine line = read_compare_line(arguments);
    if (!line.error.empty()) {
        complain(line.error);
        return exit_usage;
    }
    return line.help ? tell(compare_help()) : run(line);
}

}  // namespace paxos::cli
