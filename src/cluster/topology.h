// Finds which of this process's cores share a physical core, for the placement.
#pragma once

#include <string>
#include <vector>

namespace paxos::cluster {

/// A core as numbered by the kernel (a hardware thread), and its physical core.
struct Cpu {
    int id = 0;
    int physical = 0;  ///< hwloc's logical index, or `id` if unknown.
};

/// The cores of this process's affinity mask, ordered by package and physical core. If hwloc does
/// not know the physical core of one of them, every core counts as a physical core of its own. If
/// empty, `error` says why.
[[nodiscard]] std::vector<Cpu> read_cpus(std::string& error);

}  // namespace paxos::cluster
