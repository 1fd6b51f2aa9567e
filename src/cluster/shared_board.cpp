// The mapped memory is zero, which is the initial value of every word of the board except plan_end.
#include "cluster/shared_board.h"

#include <new>

namespace paxos::cluster {

bool SharedBoard::map(const node::Plan& plan, std::string& error) {
    const std::size_t size = sizeof(node::Board) -
                             (limits::nodes_max - plan.nodes) * sizeof(node::NodeBoard);
    if (!memory_.map("paxos_fast board", size, error)) return false;
    for (std::size_t i = 0; i < plan.nodes; ++i) {
        node::NodeBoard& node = get().nodes[i];
        node.plan_end.set(node::unbounded);
        // Constructs only the histograms below. Constructing the whole NodeBoard would touch
        // megabytes, most of them in its trace ring.
        for (std::size_t row = 0; row < plan.row_count; ++row)
            new (&node.rows[row].latency) Histogram;
        new (&node.storage.flush) Histogram;
    }
    return true;
}

}  // namespace paxos::cluster
