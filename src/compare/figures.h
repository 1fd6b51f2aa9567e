// The figures of a comparison: taken from both sides, measured against each other, judged.
//
// The evidence is the repetitions of files, or the blocks of builds that were run in turn; the
// rules by which a figure is judged are the same (judge.h).
#pragma once

#include <string>

#include "compare/comparison.h"

namespace paxos::compare {

/// Fills in `judged` and `others` of a comparison whose other parts are there already. False: `why`
/// says why there are none.
[[nodiscard]] bool judge_figures(const Side& base, const Side& fresh, Comparison& comparison,
                                 std::string& why);

}  // namespace paxos::compare
