// Handles the end and the restart of nodes on other hosts.
#include <csignal>

#include "cluster/remotes.h"

namespace paxos::cluster {

void Remotes::note_lost(NodeId node) {
    Remote& remote = of(node);
    if (remote.channel.state() != control::Channel::State::ended || remote.ending.has_ended) return;
    // The node has ended too, because the kernel kills a node when its launcher ends
    // (PR_SET_PDEATHSIG).
    remote.ending.has_ended = remote.ending.with_launcher = true;
    remote.ending.signal = SIGKILL;
}

void Remotes::take_ended(NodeId node, const EndedReport& report) {
    Remote& remote = of(node);
    remote.ending = report.ending;
    remote.ending.has_ended = true;
    if (board_ == nullptr) return;
    if (!remote.board.empty()) static_cast<void>(take_board(remote, board_->nodes[node]));
    board_->nodes[node].checkpoints.own.publish(
        {report.prefix_end, report.prefix_sum, report.prefix_slots});
}

void Remotes::announce_ended(NodeMask dead) {
    if ((dead - announced_).empty()) return;
    announced_ = dead;
    EndedOrder order;
    order.nodes = dead.bits();
    dead.for_each(
        [&](NodeId node) { order.log_end[node] = board_->nodes[node].checkpoints.own.get().end; });
    for (Remote& remote : remotes_) static_cast<void>(send(remote.channel, Order::ended, order));
}

bool Remotes::restart(NodeId node, Slot recorded_end, std::string& error) {
    Remote& remote = of(node);
    RestartOrder order;
    order.recorded_end = recorded_end;
    for (std::size_t i = 0; i < nodes(); ++i) order.learned[i] = board_->nodes[i].learned.seen();
    const node::Control all(*board_, nodes(), node);
    for (std::size_t row = 0; row < rows_; ++row)
        if (const Tick at = all.row_begun_at(row); at != 0)
            order.row_begun_at[row] = remote.clock.estimate()->to_theirs(at);
    if (!send(remote.channel, Order::restart, order)) {
        error = remote.absence();
        return false;
    }
    ++remote.starts;
    remote.ending = Ending{};
    return true;
}

void Remotes::announce_restarted(NodeId node) {
    announced_.remove(node);
    node::NodeBoard& board = board_->nodes[node];
    const RestartedOrder order{.node = node,
                               .begin = board.incarnation.begin.get(),
                               .recovered = board.incarnation.recovered.get()};
    // The process of n0 runs on this host, so it has already published its checkpoint on this board
    // and cleared its own death mark. The board of a node that has ended again is not changed,
    // because the board already has what the node's last process reported at its end.
    if (node != 0 && !of(node).ending.has_ended) {
        board.checkpoints.own.publish({.end = order.begin});
        board_->dead.unmark(node);
    }
    for (Remote& remote : remotes_)
        static_cast<void>(send(remote.channel, Order::restarted, order));
}

}  // namespace paxos::cluster
