// Computes and judges the figures of a comparison.
//
// The evidence is the repetitions of files, or the blocks of builds that were run in turn; the
// rules by which a figure is judged are the same (judge.h).
#pragma once

#include <string>

#include "compare/comparison.h"

namespace paxos::compare {

/// Sets `judged` and `others` of a comparison whose other parts are complete. On failure returns
/// false and sets `why`.
[[nodiscard]] bool judge_figures(const Side& base, const Side& fresh, Comparison& comparison,
                                 std::string& why);

}  // namespace paxos::compare
