// A comparison as people, programs and pull requests read it.
#pragma once

#include <string>

#include "compare/comparison.h"

namespace paxos::compare {

inline constexpr int comparison_schema = 2;

struct TableStyle {
    bool color = false;  ///< Escape sequences for the judgements.
    bool all = false;    ///< The figures that are not judged, too.
};

/// Lines of at most 80 columns, each with its end.
[[nodiscard]] std::string table_of(const Comparison& comparison, const TableStyle& style);

/// Markdown, for a pull request: the judged figures first, `all` the others below.
[[nodiscard]] std::string markdown_of(const Comparison& comparison, bool all);

/// Everything, whatever the table shows. Changes are fractions; what is infinite is absent.
[[nodiscard]] std::string json_of(const Comparison& comparison);

}  // namespace paxos::compare
