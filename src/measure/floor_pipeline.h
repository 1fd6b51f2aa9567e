// The pipelined part of the floor: the most rounds a second with batches of cells over plain
// sockets.
#pragma once

#include <cstdint>

#include "measure/bare_cluster.h"
#include "measure/floor.h"

namespace paxos::measure {

/// The unit of transmission: as large as a message.
struct alignas(64) BareCell {
    /// Kinds: 1 and 3 are requests, 2 and 4 answers, 5 a decision.
    static constexpr std::uint32_t told = 5;
    std::uint32_t kind;
    std::uint32_t from;
    std::uint64_t slot, ballot, accepted, value[4];
};
static_assert(sizeof(BareCell) == 64);

[[nodiscard]] BarePlan pipelined(const FloorPlan& plan);

}  // namespace paxos::measure
