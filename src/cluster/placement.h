// The placement of nodes as a function of plain data, testable on any machine.
#pragma once

#include <string>
#include <vector>

#include "cluster/cluster.h"
#include "cluster/topology.h"

namespace paxos::cluster {

/// Maximum length of Placement::text if all nodes are on this host. A text of this length and its
/// label fit a line of 80 columns.
inline constexpr std::size_t placement_text_max = 70;

/// What is wrong with a list of cores; empty if the list is correct. A list may name a core more
/// than once only if it has one entry for each node.
[[nodiscard]] std::string fault_of_cores(std::vector<int> cores, std::size_t nodes);

/// Like `place` (cluster.h), but on a machine with `cpus`. `wanted` is the list given by the user,
/// or empty. The order of the list matters, because node 0 gets the first core.
bool place_on(const node::Plan& plan, const std::vector<Cpu>& cpus, const std::vector<int>& wanted,
              Placement& placement, std::string& error);

}  // namespace paxos::cluster
