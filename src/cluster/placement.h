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

/// What is wrong with the repeats in a list of cores: each is named once, or there is one for each
/// node. Empty: nothing.
[[nodiscard]] std::string fault_of_cores(std::vector<int> cores, std::size_t nodes);

/// As `place`, on a machine with these `cpus`. `wanted` is the list given by the user, or empty.
/// Its order counts: node 0 goes to the first. A list that names cores more than once must name one
/// for each node.
bool place_on(const node::Plan& plan, const std::vector<Cpu>& cpus, const std::vector<int>& wanted,
              Placement& placement, std::string& error);

}  // namespace paxos::cluster
