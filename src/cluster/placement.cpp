// Assigns nodes to cores. The first core is for node 0, the proposer. Unless the user names a core
// for each node, nodes that share a core have consecutive numbers, so that the printed description
// is short.
#include "cluster/placement.h"

#include <algorithm>
#include <set>
#include <utility>

#include "cluster/placement_text.h"
#include "trace/words.h"

namespace paxos::cluster {
namespace {

/// The ids of `cpus` in the order in which nodes get them: first one hardware thread of each
/// physical core, then the siblings of these threads. The siblings of the proposer's thread are
/// last, so that the proposer's physical core is the last to be shared.
std::vector<int> by_preference(const std::vector<Cpu>& cpus) {
    std::vector<int> order, siblings, siblings_of_first;
    for (std::size_t i = 0; i < cpus.size(); ++i) {
        const bool first_of_core = i == 0 || cpus[i].physical != cpus[i - 1].physical;
        if (first_of_core)
            order.push_back(cpus[i].id);
        else if (cpus[i].physical == cpus.front().physical)
            siblings_of_first.push_back(cpus[i].id);
        else
            siblings.push_back(cpus[i].id);
    }
    order.insert(order.end(), siblings.begin(), siblings.end());
    order.insert(order.end(), siblings_of_first.begin(), siblings_of_first.end());
    return order;
}

bool may_use(const std::vector<Cpu>& cpus, const std::vector<int>& wanted, std::string& error) {
    for (const int core : wanted) {
        if (std::ranges::find(cpus, core, &Cpu::id) != cpus.end()) continue;
        std::vector<int> ours;
        ours.reserve(cpus.size());
        for (const Cpu& cpu : cpus) ours.push_back(cpu.id);
        std::ranges::sort(ours);
        error = "--cores " + std::to_string(core) + ": this process may use only the cores " +
                trace::ranges(ours) +
                " (limited by taskset, the container's cpuset or the number of cores)";
        return false;
    }
    return true;
}

/// The core of each node. If there are enough cores, each node has a core of its own. Otherwise
/// node 0 has the first core alone, and the other nodes are spread evenly over the other cores. A
/// single core is shared by all nodes.
std::vector<int> deal(std::size_t nodes, const std::vector<int>& order) {
    if (order.size() == 1) return std::vector<int>(nodes, order.front());
    std::vector<int> core_of{order.front()};
    const std::size_t places = order.size() - 1;
    const std::size_t each = (nodes - 1) / places;
    const std::size_t one_more = (nodes - 1) % places;
    for (std::size_t place = 0; place < places; ++place)
        core_of.insert(core_of.end(), each + (place < one_more ? 1 : 0), order[place + 1]);
    return core_of;
}

}  // namespace

std::string fault_of_cores(std::vector<int> cores, std::size_t nodes) {
    if (cores.size() == nodes) return {};
    std::ranges::sort(cores);
    const auto twice = std::ranges::adjacent_find(cores);
    if (twice == cores.end()) return {};
    return "lists core " + std::to_string(*twice) + " twice; list each core once, or list " +
           std::to_string(nodes) + " cores, one for each node";
}

bool place_on(const node::Plan& plan, const std::vector<Cpu>& cpus, const std::vector<int>& wanted,
              Placement& placement, std::string& error) {
    if (!may_use(cpus, wanted, error)) return false;
    placement = Placement{};
    if (const std::string fault = fault_of_cores(wanted, plan.nodes); !fault.empty()) {
        error = "--cores: " + fault;
        return false;
    }
    placement.core_of = wanted.size() == plan.nodes
                            ? wanted
                            : deal(plan.nodes, wanted.empty() ? by_preference(cpus) : wanted);

    for (const int core : placement.core_of) {
        const bool shared = std::ranges::count(placement.core_of, core) > 1;
        placement.shares_cores = placement.shares_cores || shared;
        const node::IdleKind fitting = shared ? node::IdleKind::yield : node::IdleKind::spin;
        placement.idle_of.push_back(plan.idle == node::IdleKind::automatic ? fitting : plan.idle);
    }
    placement.text = describe(placement);
    return true;
}

std::size_t cores_used(const Placement& placement) {
    std::set<std::pair<int, int>> cores;
    for (std::size_t i = 0; i < placement.core_of.size(); ++i)
        cores.emplace(placement.machine_of.empty() ? 0 : placement.machine_of[i],
                      placement.core_of[i]);
    return cores.size();
}

bool shares_core(const Placement& placement, std::size_t node) {
    const auto machine_of = [&](std::size_t one) {
        return placement.machine_of.empty() ? 0 : placement.machine_of[one];
    };
    for (std::size_t other = 0; other < placement.core_of.size(); ++other)
        if (other != node && placement.core_of[other] == placement.core_of[node] &&
            machine_of(other) == machine_of(node))
            return true;
    return false;
}

bool place(const node::Plan& plan, const std::vector<int>& cores, Placement& placement,
           std::string& error) {
    const std::vector<Cpu> cpus = read_cpus(error);
    return !cpus.empty() && place_on(plan, cpus, cores, placement, error);
}

}  // namespace paxos::cluster
