// See seat.h.
#include "cluster/seat.h"

#include <algorithm>
#include <fstream>

#include <sched.h>

#include "measure/environment.h"

namespace paxos::cluster {

bool place_one(const node::Plan& plan, NodeMask neighbours, NodeId self,
               const std::vector<int>& cores, Seat& seat, std::string& error) {
    node::Plan here = plan;
    here.nodes = neighbours.count();
    Placement placement;
    if (!place(here, cores, placement, error)) return false;
    const std::size_t index = (neighbours & NodeMask::first(self)).count();
    seat.core = placement.core_of[index];
    seat.idle = placement.idle_of[index];
    seat.shares_core = shares_core(placement, index);
    return true;
}

HostCard read_host_card() {
    HostCard card;
    const measure::Environment environment = measure::read_environment();
    set_text(card.kernel, environment.kernel);
    // The boot id identifies the kernel. Containers and network namespaces of one kernel share its
    // cores.
    std::string machine;
    std::getline(std::ifstream("/proc/sys/kernel/random/boot_id"), machine);
    set_text(card.machine, machine.empty() ? environment.host : machine);
    card.cores_online = static_cast<std::uint32_t>(std::max(environment.cores_online, 0));
    for (const int core : environment.cores_allowed)
        if (core >= 0 && static_cast<std::size_t>(core) < core_ids_max)
            card.cores_allowed[static_cast<std::size_t>(core) / 64] |= std::uint64_t{1}
                                                                       << (core % 64);
    return card;
}

bool may_share_cores(const HostCard& one, const HostCard& other) {
    if (text_of(one.machine) != text_of(other.machine)) return false;
    for (std::size_t i = 0; i < one.cores_allowed.size(); ++i)
        if ((one.cores_allowed[i] & other.cores_allowed[i]) != 0) return true;
    return false;
}

node::Context context_of(const NodeParts& parts, NodeId self, const Seat& seat) {
    node::Context context;
    context.plan = &parts.plan;
    context.self = self;
    context.control = node::Control(parts.board, parts.plan.nodes, self);
    context.board = &parts.board.nodes[self];
    context.socket = parts.socket.fd;
    context.wake = parts.wake;
    context.membership = parts.membership;
    context.membership.self = self;
    context.peers = &parts.peers;
    context.core = seat.core;
    context.idle = seat.idle;
    context.shares_core = seat.shares_core;
    context.receive_buffer_size = parts.socket.receive_buffer_size;
    context.files = parts.files;
    return context;
}

}  // namespace paxos::cluster
