// Formats result files as text for spreadsheets, pull requests and HdrHistogram's plotter. The
// figures are those of the files. Only hgrm_of() computes figures, from the histograms.
#pragma once

#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "report/data.h"

namespace paxos::report {

/// The columns of the summary's table, and the cells of a row.
inline constexpr std::array<std::string_view, 9> cell_heads{
    "load", "rounds", "rate", "±", "p50", "p99", "p99.9", "max", "vs bare UDP"};
[[nodiscard]] std::vector<std::string> cells_of(const Row& row);

/// Comma-separated values, quoted as in RFC 4180: a line of names, then a line for each row of each
/// result. Names and units are those of the result file. The cell of a figure that the file lacks
/// is empty.
[[nodiscard]] std::string csv_of(const std::vector<Result>& results);

/// The table of the summary for each result, with its verdict and command.
[[nodiscard]] std::string markdown_of(const std::vector<Result>& results);

/// The latencies of `row` in HdrHistogram's percentile format, in milliseconds: a line for each
/// bucket that has samples. REQUIRES: the row has samples.
[[nodiscard]] std::string hgrm_of(const Row& row);

}  // namespace paxos::report
