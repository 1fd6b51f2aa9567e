// Computes the figures of a comparison, and the verdicts on its two primary figures, rate and p50
// (comparison.h).
//
// The samples are the repetitions in result files or, for `ab`, blocks of runs (blocks.h). The same
// rules decide the verdict in both cases (verdict.h).
#pragma once

#include <string>

#include "compare/comparison.h"

namespace paxos::compare {

/// Sets `primary` and `others` of `comparison`, whose remaining parts are already set. On failure
/// returns false and sets `why`.
[[nodiscard]] bool add_figures(const Side& base, const Side& fresh, Comparison& comparison,
                               std::string& why);

}  // namespace paxos::compare
