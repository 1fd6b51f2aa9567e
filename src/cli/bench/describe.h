// The part of a report that is known before the first run.
#pragma once

#include <string>

#include "cli/bench/options.h"
#include "measure/report.h"

namespace paxos::cli {

/// Sets build, machine, date, settings and protocol of `report`, and the notes about the build.
/// Reads the facts about the machine.
void describe(const Options& options, measure::Report& report);

/// The warning that the files of a node, on any host, are on tmpfs. Empty if no files are.
[[nodiscard]] std::string tmpfs_warning(const measure::Report& report);

}  // namespace paxos::cli
