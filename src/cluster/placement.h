// Which node goes where, decided from plain data: the half of `place` that needs no machine to be
// tested.
#pragma once

#include <string>
#include <vector>

#include "cluster/cluster.h"
#include "cluster/topology.h"

namespace paxos::cluster {

/// The longest Placement::text: with its label it fits a line of 80 columns.
inline constexpr std::size_t placement_text_max = 70;

/// As `place`, on a machine with these `cpus`. `wanted` is the list given by the user, or empty.
/// Its order counts: node 0 goes to the first. A list that names cores more than once must name one
/// for each node.
bool place_on(const node::Plan& plan, const std::vector<Cpu>& cpus, const std::vector<int>& wanted,
              Placement& placement, std::string& error);

}  // namespace paxos::cluster
