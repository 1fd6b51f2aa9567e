// The command `ab`: runs two builds alternately, and reports whether they differ. It ends when both
// primary figures, the rate and the p50 (compare/comparison.h), are settled. A figure is settled if
// its verdict is not inconclusive, or if its change is known to within --detect, in percent: its
// confidence interval is no wider than that. The command also ends when the time is up, or after
// the last planned analysis (compare/sequential.h).
#pragma once

#include "cli/command.h"

namespace paxos::cli {

/// Returns the exit code.
[[nodiscard]] int ab_command(const Invocation& invocation);

}  // namespace paxos::cli
