// The options of a node in a simulated world.
#pragma once

#include "paxos/options.h"

namespace paxos::sim {

/// Returns the options of node `self` in the cluster that `world` describes. `world` is a Draw,
/// which is random (draw.h), or the Setup of a test (world.h).
template <class World>
[[nodiscard]] Options options_of(const World& world, NodeId self) {
    Options options;
    options.self = self;
    options.nodes = world.nodes;
    options.proposers = world.proposers;
    options.thrifty = world.thrifty;
    options.accept_quorum = world.accept_quorum;
    options.runs = world.runs;
    options.seed = world.seed;
    options.first_counter = world.first_counter;
    options.timing = world.timing;
    return options;
}

}  // namespace paxos::sim
