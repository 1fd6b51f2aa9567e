// See compare.h. Nothing is written until both sides have been read and can be compared.
#include "cli/compare/compare.h"

#include "cli/compare/compare_line.h"
#include "cli/exit_codes.h"
#include "cli/print.h"
#include "cli/read_all.h"
#include "cli/run_line.h"

namespace paxos::cli {
namespace {

/// Larger than a result file with the maximum of ten thousand repetitions.
constexpr std::size_t result_size_max = std::size_t{1} << 30;

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

int compare_files(const CompareLine& line) {
    ComparisonOutput output(line.output);
    if (const int code = output.open(); code != 0) return code;
    compare::Side base, fresh;
    compare::Comparison comparison;
    std::string why;
    if (read_side(line.base, line.allow_degraded, base, why) &&
        read_side(line.fresh, line.allow_degraded, fresh, why) &&
        compare::compare(base, fresh, line.terms, comparison, why))
        return output.write(comparison);
    print_error(std::string(program_prefix) + why);
    return exit_machine;
}

}  // namespace

int compare_command(const Invocation& invocation) {
    return run_line(read_compare_line(invocation.arguments), compare_files);
}

}  // namespace paxos::cli
