// The pipelined part of the floor: as many rounds a second as batches of cells can carry through
// plain sockets.
#pragma once

#include <cstdint>

#include "measure/bare_cluster.h"
#include "measure/floor.h"

namespace paxos::measure {

/// What goes over the wire: as big as a message, and no more than numbers.
struct alignas(64) BareCell {
    /// Kinds: 1 and 3 ask, 2 and 4 answer, 5 tells what was decided.
    static constexpr std::uint32_t told = 5;
    std::uint32_t kind;
    std::uint32_t from;
    std::uint64_t slot, ballot, accepted, value[4];
};
static_assert(sizeof(BareCell) == 64);

[[nodiscard]] BarePlan pipelined(const FloorPlan& plan);

}  // namespace paxos::measure
