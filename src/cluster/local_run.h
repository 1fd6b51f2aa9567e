// One run of the node of an outpost (outpost.h): the node's board, sockets and process.
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

/// Exists from the order PREPARE to the order COLLECT (host_messages.h). A run that only checks
/// whether the nodes hear each other (mesh.h) ends with the next order PREPARE, FLOOR or FILES.
class LocalRun {
public:
    /// `files`, if not null, outlives this object.
    LocalRun(const Prepare& order, NodeId self, const control::Secret& secret,
             node::LogFiles* files);
    ~LocalRun() { children_.kill_all(); }
    LocalRun(const LocalRun&) = delete;
    LocalRun& operator=(const LocalRun&) = delete;

    /// Places the node on a core and opens everything that it needs. The report has the error, if
    /// any.
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
    /// Starts the node again. REQUIRES: its process has ended. If false, `error` says why not.
    [[nodiscard]] bool restart(const RestartOrder& order, std::string& error);
    void mark_restarted(const RestartedOrder& order);
    /// Kills a node that does not become ready. A later reap() reports its end.
    void kill_node() { children_.kill(0); }

    void watch(std::vector<pollfd>& watched) const;
    /// Whether the node has announced a change of its state, or has become ready after a restart,
    /// since the last call.
    [[nodiscard]] bool take_wake();
    [[nodiscard]] bool is_alive() const { return !children_.live().empty(); }
    /// Whether the node was started again and is not ready yet. If so, the caller must poll
    /// take_wake(), because a restarted node sets IncarnationBoard::ready_at without waking its
    /// launcher.
    [[nodiscard]] bool awaits_ready() const { return awaits_ready_; }
    /// Whether rank 0 may start the node again. If so, rank 0 needs what the ended process left on
    /// the board.
    [[nodiscard]] bool may_restart() const {
        return plan_.faults.restarts && children_.count() != 0 && children_.ending(0).signal != 0;
    }
    /// Whether the node's process has ended since the last call.
    [[nodiscard]] bool reap() { return children_.reap(); }
    /// Kills the node if it still runs. Returns whether the node still ran.
    bool kill();

    [[nodiscard]] Status status() const;
    [[nodiscard]] EndedReport ended() const;
    [[nodiscard]] std::vector<std::byte> digests() { return digests_.next(board().digests); }
    [[nodiscard]] std::vector<trace::Record> records();
    [[nodiscard]] std::vector<std::byte> whole_board() const {
        return packed(board(), plan_.row_count);
    }
    /// Rereads the node's affinity mask and CPU quota. Does nothing before the node is ready,
    /// because the node may not have pinned itself yet.
    void watch_host();
    [[nodiscard]] Collected collected() const;
    [[nodiscard]] bool has_board() const { return !sockets_.receivers.empty(); }

private:
    [[nodiscard]] node::Context context() const {
        return context_of({plan_, board_.get(), sockets_.receivers.front(), wake_.get(),
                           membership_, peers_, files_},
                          self_, seat_);
    }
    [[nodiscard]] node::NodeBoard& board() const { return board_.get().nodes[self_]; }

    const node::Plan plan_;
    const NodeId self_;
    const std::uint64_t run_;
    node::LogFiles* const files_;  // Null in memory-only mode.
    wire::Membership membership_;
    Seat seat_;
    SharedBoard board_;
    NodeSockets sockets_;
    Fd wake_;
    io::PeerTable peers_;
    DigestSender digests_;
    std::unique_ptr<Mesh> mesh_;
    Placement placement_;
    std::uint32_t starts_ = 0;
    bool awaits_ready_ = false;
    std::optional<CoreWatch> cores_;  // Set by launch().
    MemoryWatch memory_;
    Children children_;  // Declared last, so that it is destroyed before what the node uses.
};

}  // namespace paxos::cluster
