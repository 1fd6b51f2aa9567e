// A comparison as a table for a terminal, as Markdown and as JSON.
#pragma once

#include <string>

#include "compare/comparison.h"

namespace paxos::compare {

inline constexpr int comparison_schema = 2;

struct TableStyle {
    bool color = false;  ///< Colours the verdicts.
    bool all = false;    ///< Includes the figures without a verdict.
};

/// Lines of at most 80 columns, each with a line end.
[[nodiscard]] std::string table_of(const Comparison& comparison, const TableStyle& style);

/// Markdown for a pull request. `all` includes the figures without a verdict.
[[nodiscard]] std::string markdown_of(const Comparison& comparison, bool all);

/// The whole comparison, including what the table omits. Changes are fractions. Infinite values are
/// absent.
[[nodiscard]] std::string json_of(const Comparison& comparison);

}  // namespace paxos::compare
