// Group sequential testing: interim analyses of a growing sample, with a bounded probability of
// error.
//
// 1. The sample grows by blocks. A block is a group of four runs (blocks.h). Analyses are made at
//    fixed numbers of blocks; there are at most `analyses_max` analyses. When the time is up, the
//    next analysis is made at once, with the blocks so far. The probability of error `error_total`
//    is divided equally among all analyses and primary figures. So all intervals contain their true
//    changes with a probability of at least `1 - error_total`, even if analyses and figures are
//    dependent. This is Bonferroni's inequality, not an approximation.
// 2. The interval of an analysis is that of the Wilcoxon signed-rank test. The test requires that
//    the differences d of the blocks (blocks.h) are distributed symmetrically around the true
//    change. They are, because the build that begins a block is drawn at random.
// 3. The probability in rule 1 holds for all analyses together. So sampling may end after any
//    analysis, and the result of that analysis may be the reason.
#pragma once

#include <cstddef>

namespace paxos::compare {

/// The family-wise error rate: the probability of any error, over all primary figures and all
/// analyses.
inline constexpr double error_total = 0.05;

/// The first analysis is made at 10 blocks, each further one at 1.5 times as many blocks as the one
/// before: 10, 15, 22 and so on up to 823. Fewer than 10 blocks cannot give an interval: even if
/// all n differences have the same sign, the probability of error is `2 / 2^n`, and for n < 10 this
/// exceeds the error that one interval may have. A block takes about half a second, so the first
/// analysis is made after about 5 s.
inline constexpr std::size_t first_analysis = 10;
inline constexpr std::size_t analyses_max = 12;

/// Whether an analysis is due after this many blocks.
[[nodiscard]] bool is_analysis_due(std::size_t blocks);
/// The number of blocks at the last analysis.
[[nodiscard]] std::size_t blocks_max();
/// The confidence of the interval of one primary figure in one analysis.
[[nodiscard]] double analysis_confidence();

}  // namespace paxos::compare
