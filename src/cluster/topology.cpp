// Reads the topology of the cores with hwloc.
#include "cluster/topology.h"

#include <algorithm>
#include <utility>

#include <hwloc.h>

#include "io/cores.h"

namespace paxos::cluster {
namespace {

/// hwloc's topology with cores only, because discovering devices and caches would take tens of
/// milliseconds.
class Map {
public:
    Map() {
        if (hwloc_topology_init(&topology_) != 0) return;
        const bool filtered = hwloc_topology_set_all_types_filter(
                                  topology_, HWLOC_TYPE_FILTER_KEEP_NONE) == 0 &&
                              hwloc_topology_set_type_filter(topology_, HWLOC_OBJ_CORE,
                                                             HWLOC_TYPE_FILTER_KEEP_ALL) == 0;
        loaded_ = filtered && hwloc_topology_load(topology_) == 0;
        if (!loaded_) hwloc_topology_destroy(topology_);
    }
    ~Map() {
        if (loaded_) hwloc_topology_destroy(topology_);
    }
    Map(const Map&) = delete;
    Map& operator=(const Map&) = delete;

    /// Finds the physical core to which hardware thread `id` belongs, and sets `physical` to
    /// hwloc's logical index for that core. False if the core is unknown.
    bool find(int id, int& physical) const {
        if (!loaded_) return false;
        hwloc_obj_t const thread = hwloc_get_pu_obj_by_os_index(topology_,
                                                                static_cast<unsigned>(id));
        if (thread == nullptr) return false;
        hwloc_obj_t const core = hwloc_get_ancestor_obj_by_type(topology_, HWLOC_OBJ_CORE, thread);
        if (core == nullptr) return false;
        physical = static_cast<int>(core->logical_index);
        return true;
    }

private:
    hwloc_topology_t topology_ = nullptr;
    bool loaded_ = false;
};

}  // namespace

std::vector<Cpu> read_cpus(std::string& error) {
    const std::vector<int> mine = io::affinity_mask(error);
    if (mine.empty() && error.empty()) error = "the affinity mask of this process is empty";

    const Map map;
    std::vector<Cpu> cpus;
    bool known = true;
    for (const int id : mine) {
        Cpu cpu{id, 0};
        known = map.find(id, cpu.physical) && known;
        cpus.push_back(cpu);
    }
    if (!known)
        for (Cpu& cpu : cpus) cpu.physical = cpu.id;
    std::ranges::sort(cpus, {}, [](const Cpu& cpu) { return std::pair(cpu.physical, cpu.id); });
    return cpus;
}

}  // namespace paxos::cluster
