// Finds which hardware threads in the affinity mask of this process share a physical core.
#pragma once

#include <string>
#include <vector>

namespace paxos::cluster {

/// A core as numbered by the kernel (a hardware thread), and its physical core.
struct Cpu {
    int id = 0;
    /// hwloc's logical index of the physical core, or `id` if that index is unknown.
    int physical = 0;
};

/// The cores in this process's affinity mask, ordered by package and physical core. If hwloc does
/// not know the physical core of one or more of them, each core counts as a physical core of its
/// own. If the result is empty, `error` says why.
[[nodiscard]] std::vector<Cpu> read_cpus(std::string& error);

}  // namespace paxos::cluster
