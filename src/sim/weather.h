// The faults of paths and nodes over time: cut and congested paths, pauses, starvation, crashes and
// restarts. The events are drawn from the seed, one after the other (S33, S34).
#pragma once

#include <functional>
#include <string>

#include "paxos/random.h"
#include "sim/draw.h"
#include "sim/tally.h"

namespace paxos::sim {

class Weather {
public:
    using Report = std::function<void(Tick, const std::string&)>;

    /// `report_to` may be empty. Otherwise it receives a line for each change, except when an
    /// intermittent cut is switched on or off.
    Weather(const Draw& draw, std::uint64_t seed, Tick now, Report report_to);

    [[nodiscard]] Tick next_at() const { return next_at_; }
    /// Performs the event due at next_at().
    void change(Tally& tally);
    /// Permanently ends cuts, congestion, pauses, starvation and random crashes. Crashed nodes that
    /// are not dead still restart.
    void heal(Tick now);
    /// In worlds with disks, crashes random nodes now, sometimes all or none. They restart later.
    void cut_power(Tick now, Tally& tally);
    /// Crashes `node`, for example because its disk has failed (S26). It restarts later.
    void end_for_a_while(NodeId node, Tick now, Tally& tally);
    /// Cuts a random set of paths permanently. Draws a live node, the hub, and a quorum of live
    /// nodes. The quorum includes the hub and is large enough for each of the two phases. The paths
    /// between the hub and the other nodes of the quorum stay open in both directions. Returns the
    /// nodes that can learn, directly or through others, what the hub knows.
    [[nodiscard]] NodeMask cut_for_good(Tick now, Tally& tally);
    /// The crashed nodes of which the other nodes have been notified.
    [[nodiscard]] NodeMask ended(Tick now) const;

    [[nodiscard]] bool is_cut(NodeId from, NodeId to) const { return cut_[from].has(to); }
    /// The earliest time at which a datagram that is sent now on this path can arrive.
    [[nodiscard]] Tick clogged_until(NodeId from, NodeId to) const {
        return clogged_until_[from][to];
    }
    [[nodiscard]] bool is_crashed(NodeId node) const { return crashed_.has(node); }
    [[nodiscard]] NodeMask crashed() const { return crashed_; }
    /// The crashed nodes that never restart.
    [[nodiscard]] NodeMask dead() const { return dead_; }
    /// The dead nodes whose files are damaged.
    [[nodiscard]] NodeMask damaged() const { return damaged_; }
    [[nodiscard]] Tick paused_until(NodeId node) const { return paused_until_[node]; }
    [[nodiscard]] bool is_starved(NodeId node, Tick now) const {
        return now < starved_until_[node];
    }

private:
    /// A `restore` ends a cut. A `flap` switches an intermittent cut on or off. A `crash` crashes a
    /// node that never restarts. A `fall` crashes nodes that a later `rise` restarts.
    enum Kind : std::uint8_t { cut, restore, flap, clog, pause, starve, crash, fall, rise, kinds };
    static constexpr Tick never = ~Tick{0};

    void plan(Kind kind, Tick mean);
    void find_next();
    void begin_cut(Tally& tally);
    void draw_shape(Tally& tally);
    void stop(NodeId node, Tally& tally);
    void start_nodes(Tally& tally);
    void find_rise();
    void report(const std::string& text) const {
        if (report_) report_(now_, text);
    }
    [[nodiscard]] NodeId some_node() { return static_cast<NodeId>(random_.below(nodes_)); }

    Faults faults_;
    std::size_t nodes_;
    std::size_t quorum_size_;  // Enough nodes for each of the two phases.
    Random random_;
    Report report_;
    Tick now_;
    Tick next_at_ = never;
    std::array<Tick, kinds> at_{};
    Tick flap_ns_ = 0;
    bool shut_ = false;  // Whether an intermittent cut is in effect now.
    std::array<NodeMask, world_nodes_max> shape_{};
    std::array<NodeMask, world_nodes_max> cut_{};
    std::array<std::array<Tick, world_nodes_max>, world_nodes_max> clogged_until_{};
    std::array<Tick, world_nodes_max> paused_until_{}, starved_until_{};
    DiskFaults disk_;
    NodeMask crashed_, dead_, damaged_;
    std::array<Tick, world_nodes_max> returns_at_{};
    std::array<Tick, world_nodes_max> crashed_at_{};
};

}  // namespace paxos::sim
