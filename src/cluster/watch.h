// Decides when and how a run is over. Reads only the board, at least ten times a second, without a
// system call.
//
// 1. A run is complete when every live node has learned every slot. A node left behind (it fell so
//    far behind that it skipped slots) counts as having learned what it skipped. After 5 s without
//    progress, a run is also complete if all unfinished nodes are silent or cut off (silent() and
//    cut_off() below), and the other live nodes are a quorum.
// 2. A run ends undecided when the live nodes are too few for a quorum, when nothing is learned for
//    5 s, or when the time limit of the run is reached. Here and in rule 1, a quorum is what a slot
//    needs: in `multi` a quorum of phase 2, in `classic` the larger of the quorums of both phases.
// 3. A node that is being started again counts as alive. While it starts, the run counts as making
//    progress. The launcher limits the time of the start.
// 4. Time in which the launcher was not scheduled (Ctrl-Z, a suspended machine) does not count.
#pragma once

#include <array>
#include <string>

#include "node/board.h"

namespace paxos::cluster {

enum class Outcome { running, complete, no_quorum, stalled, timed_out };

class Watch {
public:
    static constexpr Tick second = 1'000'000'000;
    static constexpr Tick warn_after_ns = 2 * second;
    static constexpr Tick give_up_after_ns = 5 * second;
    /// Nodes publish their turns every few milliseconds. A node that has made no turn for this long
    /// is called silent.
    static constexpr Tick silent_after_ns = second;

    Watch(const node::Plan& plan, Tick started_at);

    /// Reads the board. `live` has the nodes whose processes run or are being started again.
    /// `starting` has the nodes that are being started again and are not ready. Call at least twice
    /// a second, because a gap of more than a second counts as a pause of the launcher.
    Outcome observe(const node::Board& board, NodeMask live, Tick now, NodeMask starting = {});

    /// The slot below which every slot must be learned for the run to be complete. In a run with a
    /// duration, the last slot becomes known only at the end of the run. Until then the result is
    /// Plan::slot_end(), which is usually ~0.
    [[nodiscard]] Slot slot_end() const { return slot_end_; }
    /// Nodes that have made no turn for silent_after_ns.
    [[nodiscard]] NodeMask silent() const { return silent_; }
    /// Nodes that make turns and hear no other node.
    [[nodiscard]] NodeMask deaf() const { return deaf_; }
    /// Nodes that no decision can reach, because they hear none of the nodes that have learned the
    /// most slots, neither directly nor through others.
    [[nodiscard]] NodeMask cut_off() const { return cut_off_; }
    /// The most slots that a live node has learned.
    [[nodiscard]] Slot learned_max() const { return learned_max_; }
    /// Live nodes that have not learned everything. After a complete run, these are all silent or
    /// cut off.
    [[nodiscard]] NodeMask unfinished(const node::Board& board, NodeMask live) const;
    /// If nothing was learned for warn_after_ns, returns what the run waits for. Until something is
    /// learned again, further calls return an empty text.
    [[nodiscard]] std::string take_warning();
    /// Why an undecided run ended.
    [[nodiscard]] const std::string& reason() const { return reason_; }
    /// Whether the time of all rows is up, so that the run ends soon. No event wakes the launcher
    /// when the run ends, so the launcher must check more often.
    [[nodiscard]] bool is_near_end() const { return near_end_; }

private:
    void note_progress(const node::Board& board, NodeMask live, NodeMask starting, Tick now);
    void find_cut_off(const node::Board& board, NodeMask live);
    void find_end(const node::Board& board, NodeMask live, Tick now);
    [[nodiscard]] std::string awaited(const node::Board& board, NodeMask live) const;
    [[nodiscard]] std::string broken_contacts(const node::Board& board, NodeMask live) const;
    [[nodiscard]] std::string decided_so_far() const;

    node::Plan plan_;
    Quorum quorum_;
    Tick started_at_;
    Tick observed_at_;
    Tick paused_ns_ = 0;
    Tick progress_at_;
    std::uint64_t learned_sum_ = 0;
    Slot learned_max_ = 0;
    Slot slot_end_;
    std::array<std::uint64_t, limits::nodes_max> turns_{};
    std::array<Tick, limits::nodes_max> turned_at_{};
    NodeMask silent_;
    NodeMask deaf_;
    NodeMask cut_off_;
    bool near_end_ = false;
    bool warned_ = false;
    std::string warning_;
    std::string reason_;
};

}  // namespace paxos::cluster
