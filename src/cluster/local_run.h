// The node of an outpost in one run: its board, its sockets, its process.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <poll.h>

#include "cluster/board_copy.h"
#include "cluster/core_watch.h"
#include "cluster/host_messages.h"
#include "cluster/memory_watch.h"
#include "cluster/mesh.h"
#include "cluster/node_sockets.h"
#include "cluster/seat.h"
#include "cluster/shared_board.h"

namespace paxos::cluster {

/// From PREPARE to COLLECT.
class LocalRun {
public:
    /// `files`, if not null, outlives this.
    LocalRun(const Prepare& order, NodeId self, const control::Secret& secret,
             node::LogFiles* files);
    ~LocalRun() { children_.kill_all(); }
    LocalRun(const LocalRun&) = delete;
    LocalRun& operator=(const LocalRun&) = delete;

    /// Opens everything that the node needs.
    [[nodiscard]] SocketReport prepare(const Prepare& order, const Address& own,
                                       const std::vector<int>& cores);
    void take_members(const Members& members);
    void begin_mesh() {
        mesh_ = std::make_unique<Mesh>(sockets_.receivers.front(), peers_, self_, run_);
    }
    [[nodiscard]] Mesh* mesh() { return mesh_.get(); }

    [[nodiscard]] bool launch(const Launch& order, std::string& error);
    void set_phase(node::Phase phase);
    void mark_ended(const EndedOrder& order);

    void watch(std::vector<pollfd>& watched) const;
    /// Whether the node has announced another state since the last call.
    [[nodiscard]] bool take_wake();
    /// Whether the node's process has ended since the last call.
    [[nodiscard]] bool reap() { return children_.reap(); }
    /// Kills the node if it still runs. True: it did run.
    bool kill();

    [[nodiscard]] Status status() const;
    [[nodiscard]] EndedReport ended() const;
    [[nodiscard]] std::vector<std::byte> digests() { return digests_.next(board().digests); }
    [[nodiscard]] std::vector<trace::Record> records();
    [[nodiscard]] std::vector<std::byte> whole_board() const {
        return packed(board(), plan_.row_count);
    }
    /// Rereads what the node may use. Before it is ready it may not have pinned itself.
    void watch_host();
    [[nodiscard]] Collected collected() const;
    [[nodiscard]] bool has_board() const { return !sockets_.receivers.empty(); }

private:
    [[nodiscard]] node::NodeBoard& board() const { return board_.get().nodes[self_]; }

    const node::Plan plan_;
    const NodeId self_;
    const std::uint64_t run_;
    node::LogFiles* const files_;  // Null: the node keeps everything in memory.
    wire::Membership membership_;
    Seat seat_;
    SharedBoard board_;
    NodeSockets sockets_;
    Fd wake_;
    io::PeerTable peers_;
    DigestSender digests_;
    std::unique_ptr<Mesh> mesh_;
    Placement placement_;
    std::optional<CoreWatch> cores_;  // From the launch on.
    MemoryWatch memory_;
    Children children_;  // Last: destroyed before what the node uses.
};

}  // namespace paxos::cluster
