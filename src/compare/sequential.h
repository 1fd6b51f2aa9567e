// Looking at a growing sample again and again, without finding by looking often what is not there.
//
// 1. Looks are taken at fixed numbers of blocks, at most `looks_max` of them and one more in place
//    of the next when the time is up; each has its own share of the probability of error, and so
//    has each figure. The shares add up to `error_total`: whatever depends on what, intervals that
//    all hold together miss a true change with at most that probability (Bonferroni). No
//    approximation is in that.
// 2. The interval of a look is that of the signed ranks. That the blocks' differences are symmetric
//    about the true change is not assumed but made: which build begins a block is drawn by lot.
// 3. Because the intervals hold at all looks together, whatever is read from one of them may end
//    the sampling.
#pragma once

#include <cstddef>

namespace paxos::compare {

/// Of the family: all judged figures, all looks.
inline constexpr double error_total = 0.05;

/// 10 blocks, and half as many again with each look: 10, 15, 22, ... 823. Ten is the least with
/// which a look's share of the error can be met at all (2 / 2^10 for ten differences of one sign).
/// A block takes about half a second.
inline constexpr std::size_t first_look = 10;
inline constexpr std::size_t looks_max = 12;

/// Whether a look is due at this many blocks.
[[nodiscard]] bool is_look(std::size_t blocks);
/// Blocks at the last look.
[[nodiscard]] std::size_t blocks_max();
/// The confidence of the interval of one look at one of the figures that are judged.
[[nodiscard]] double look_confidence();

}  // namespace paxos::compare
