// See host_floor.h.
#include "cluster/host_floor.h"

namespace paxos::cluster {
namespace {

measure::BarePlan plan_of(const FloorOrder& order) {
    const auto end = static_cast<std::ptrdiff_t>(order.nodes);
    return measure::bare_plan(
        {.nodes = order.nodes,
         .phases = order.phases,
         .core_of = {order.core_of.begin(), order.core_of.begin() + end},
         .machine_of = {order.machine_of.begin(), order.machine_of.begin() + end},
         .runs = order.runs},
        order.part);
}

}  // namespace

HostFloor::HostFloor(const FloorOrder& order, NodeId self, const Address& own)
    : nodes_(order.nodes), plan_(plan_of(order)) {
    const auto port = static_cast<std::uint16_t>(order.port == 0 ? own.port() : order.port + self);
    is_open_ = cluster_.open(own.at(port), self, 1, problem_);
}

void HostFloor::start(const Members& members) {
    const auto end = members.receivers.begin() + static_cast<std::ptrdiff_t>(nodes_);
    // If the start fails, the measuring process of rank 0 gets no answer from this host, and rank 0
    // reports that.
    if (is_open_) is_open_ = cluster_.start({members.receivers.begin(), end}, problem_);
}

FloorReport HostFloor::report() const {
    FloorReport report;
    set_text(report.error, problem_);
    if (!is_open_) return report;
    const measure::BareFigures figures = cluster_.figures();
    report.address = cluster_.own().front();
    report.dropped = figures.dropped;
    report.refused = figures.refused;
    return report;
}

}  // namespace paxos::cluster
