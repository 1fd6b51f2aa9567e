// The part of a report that is known before the first run.
#pragma once

#include <string>

#include "cli/bench/options.h"
#include "measure/report.h"

namespace paxos::cli {

/// Sets the parts of `report` that are known before the first run: build, machine, date, settings,
/// and the notes about the build. Reads the facts about the machine.
void describe(const Options& options, measure::Report& report);

/// Returns a warning if the files of a node, on any host, are on tmpfs; otherwise an empty text.
[[nodiscard]] std::string tmpfs_warning(const measure::Report& report);

}  // namespace paxos::cli
