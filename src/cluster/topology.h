// Which of this process's cores are threads of one physical core: what placement has to know of the
// machine.
#pragma once

#include <string>
#include <vector>

namespace paxos::cluster {

/// A core as the kernel counts them (a hardware thread), and the physical core it belongs to.
struct Cpu {
    int id = 0;
    int physical = 0;  ///< Numbered so that neighbours in the machine are neighbours here.
};

/// The cores of this process's affinity mask, ordered as they lie in the machine: package by
/// package, physical core by physical core. Where hwloc cannot tell, each counts as a physical core
/// of its own. Empty: `error` says why.
[[nodiscard]] std::vector<Cpu> read_cpus(std::string& error);

}  // namespace paxos::cluster
