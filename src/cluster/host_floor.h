// What a launcher other than rank 0 does in one measurement of the floor, the speed of UDP without
// a protocol (measure/floor.h). Rank 0 starts a process that sends requests and measures. This
// launcher starts a process that answers these requests.
#pragma once

#include <string>

#include "cluster/host_messages.h"

namespace paxos::cluster {

class HostFloor {
public:
    /// Opens the socket of node `self` at `own`, or at port FloorOrder::port + self if
    /// FloorOrder::port is not 0. REQUIRES: is_valid(order, self).
    HostFloor(const FloorOrder& order, NodeId self, const Address& own);
    [[nodiscard]] static bool is_valid(const FloorOrder& order, NodeId self) {
        return self != 0 && self < order.nodes && order.nodes <= limits::nodes_max;
    }

    /// Starts the answering process.
    void start(const Members& members);
    [[nodiscard]] FloorReport report() const;

private:
    const std::size_t nodes_;
    const measure::BarePlan plan_;
    measure::BareCluster cluster_{plan_};
    std::string problem_;
    bool is_open_;
};

}  // namespace paxos::cluster
