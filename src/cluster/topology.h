// Which of this process's cores are hardware threads of the same physical core, for the placement.
#pragma once

#include <string>
#include <vector>

namespace paxos::cluster {

/// A core as numbered by the kernel (a hardware thread), and its physical core.
struct Cpu {
    int id = 0;
    int physical = 0;  ///< Numbered in the order of the machine.
};

/// The cores of this process's affinity mask, ordered by package and physical core. If hwloc does
/// not know, each counts as a physical core. Empty: `error` says why.
[[nodiscard]] std::vector<Cpu> read_cpus(std::string& error);

}  // namespace paxos::cluster
