// What `ab` compares: two builds that run alternately, in blocks. A leg is one run of a build's
// command `bench`. A block is four legs, two of each build, in the order ABBA or BAAB.
//
// The unit of evidence is a block. Slow drift of the machine's speed, even by a third within
// minutes, affects both builds alike and cancels out of
//
//     d = mean(log of the new build's legs) - mean(log of the old build's legs)
#pragma once

#include <string>
#include <vector>

#include "compare/side.h"

namespace paxos::compare {

/// The order of a block, drawn at random (rule 2 in sequential.h).
enum class Order : std::uint8_t { old_first, new_first };
inline constexpr std::size_t legs_a_block = 4;
[[nodiscard]] constexpr bool is_new_leg(Order order, std::size_t leg) {
    return (leg == 1 || leg == 2) == (order == Order::old_first);
}

/// How two builds were run alternately. The sides of the comparison hold the legs: block i consists
/// of legs 2i and 2i + 1 of each side.
struct InTurn {
    bool is_self = false;              ///< --aa: one build against itself.
    double detect = 0.03;              ///< The relative change to detect.
    std::vector<std::string> options;  ///< The options of `bench` for each leg.
    std::vector<Order> blocks;
    /// Why no more blocks were run: "decided", "time", "analyses" or the text of a signal.
    std::string ended_by;
    double elapsed_s = 0;
};

/// The d (see above) of each block in which every leg has the figure.
[[nodiscard]] std::vector<double> log_ratios(const Side& base, std::uint64_t base_window,
                                             const Side& fresh, std::uint64_t fresh_window,
                                             Metric metric);

}  // namespace paxos::compare
