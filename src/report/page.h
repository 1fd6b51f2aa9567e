// The report: one HTML page of charts. Several result files are drawn on the same axes.
//
//   files -> data_of (data.h): what the page shows -> page_of: HTML with data, style and scripts
//
// 1. The page contains everything that it needs, and its security policy forbids loading more.
// 2. The figures of the tables are those of the files. The charts also show figures that are
//    computed from the histograms, slices and costs in the files.
// 3. Files are not trusted, so all texts from files are escaped.
#pragma once

#include <string>
#include <vector>

#include "report/data.h"

namespace paxos::report {

/// The text of the page. REQUIRES: at least one result.
[[nodiscard]] std::string page_of(const std::vector<Result>& results);

}  // namespace paxos::report
