// Plays simulated worlds (draw.h) one after the other on one thread, each from a seed to a verdict.
// A world has two or three parts, the acts.
//
// In act one, all faults of the draw may happen. No rule may be broken in any act.
//
// Act two begins with the heal, which ends all faults except these: dead nodes stay dead, datagrams
// are still delayed, by up to healed_jitter_max_ns, and in some worlds datagrams are still lost,
// duplicated and damaged. The living nodes are a quorum. Within bound_ns(), every slot must be
// decided, and learned by each living node or reported as skipped by it. If Draw::is_live is false,
// act two has no such bound. In that case, and in a world of one node, there is no act three.
//
// In act three (S42), paths are cut permanently, in one direction or both. The paths between one
// node and a set of nodes that is a quorum for both phases stay open in both directions. Within
// bound_with_cuts_ns(), more slots must be decided, and learned by each node to which open paths
// lead from that one node, directly or through other nodes.
//
// In a world with disks, nodes crash during act one, and random nodes, sometimes all, lose power at
// the beginning of acts two and three. They restart from their records.
//
// 1. A play is deterministic: everything follows from the seed and the Wish, with or without a
//    Watcher (S38). Two plays of one seed must therefore have the same Outcome::hash.
// 2. The nodes run the turn of real nodes (turn/turn.h), so each datagram passes through src/wire
//    as bytes, at the sender and at the receiver. The oracle checks every step of every node.
// 3. In steady state a world without disks allocates nothing.
#pragma once

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "sim/disk.h"
#include "sim/draw.h"
#include "sim/network.h"
#include "sim/nodes.h"
#include "sim/oracle.h"
#include "sim/tally.h"

namespace paxos::sim {

/// Receives the events of a world, for `paxos_fast sim --log`.
class Watcher {
public:
    virtual ~Watcher() = default;
    /// `event` happened at `node` at the time `now`.
    virtual void on_event(Tick now, NodeId node, const Event& event) = 0;
    /// Something happened to the world. `what` describes it, such as a cut, a pause or the heal.
    virtual void on_world(Tick now, const std::string& what) = 0;
};

enum class Verdict : std::uint8_t { good, unsafe, stuck };

struct Outcome {
    Draw draw;
    Verdict verdict = Verdict::good;
    std::string failure;  ///< The broken rule, or which nodes wait for which slots.
    Tick failed_at = 0;
    Tally tally;
    /// Hash of all decisions, and of all accepted datagrams with their times.
    std::uint64_t hash = 0;
    /// The time that an act needed, and the bound for this time. The act is act two or act three,
    /// whichever came nearer to its bound. Both times are 0 if liveness was not checked in this
    /// world.
    Tick heal_ns = 0;
    Tick allowed_ns = 0;
    [[nodiscard]] double share_of_bound() const {
        return allowed_ns == 0 ? 0 : static_cast<double>(heal_ns) / static_cast<double>(allowed_ns);
    }
};

class Player {
public:
    Player() = default;
    Player(const Player&) = delete;
    Player& operator=(const Player&) = delete;

    /// The outcome is valid until the next world.
    const Outcome& play(std::uint64_t seed, const Wish& wish = {}, Watcher* watcher = nullptr);

private:
    void set_up(std::uint64_t seed, const Wish& wish);
    void run();
    /// The running node whose turn is next. Sets `at` to the time of that turn.
    [[nodiscard]] NodeId next_node(Tick& at) const;
    void change_weather();
    void heal();
    void cut_for_good();
    void end_act();
    void cut_power();
    void crash(NodeId node);
    void restart(NodeId node);
    /// Returns false if the disk of `node` has failed. The node has then crashed.
    [[nodiscard]] bool end_flush(NodeId node);
    /// Calls fail() if `disk` has found a broken rule.
    void check(const Disk& disk);
    void write(NodeId node, const StepResult& result, Slot retained_from);
    void turn(NodeId node);
    void ship(NodeId node, std::span<const Send> sends);
    [[nodiscard]] Slot offered_end() const;
    void watch(NodeId node, const StepResult& result, std::size_t arrived, Slot retained_from);
    void count_learned(NodeId node, const StepResult& result);
    void retire();
    [[nodiscard]] bool all_learned() const;
    void give_up();
    void conclude();
    void fail(const std::string& why);

    Outcome outcome_;
    Watcher* watcher_ = nullptr;
    NodeMemory memory_;
    std::unique_ptr<Nodes> nodes_;
    std::unique_ptr<Weather> weather_;
    Network network_;
    std::unique_ptr<Oracle> oracle_;
    ValueSource values_{0, 1};
    std::deque<Disk> disks_;             // By node. Empty in worlds without disks.
    std::vector<wire::Wire> splitters_;  // For messages in separate datagrams (Draw::splits).
    Random random_{0};
    Tick begin_ = 0;
    Tick now_ = 0;
    std::uint64_t hash_ = 0;
    unsigned act_ = 1;
    Tick act_began_at_ = 0;
    Tick act_allowed_ns_ = 0;
    Slot act_end_ = 0;       // Every slot below this one must be decided in this act ...
    NodeMask act_learners_;  // ... and learned by these nodes.
    Slot learned_max_ = 0;
    std::array<Tick, world_nodes_max> ready_at_{};  // The earliest time of a node's next turn.
    std::array<Tick, world_nodes_max>
        idle_turn_at_{};                         // When a node takes a turn even without messages.
    std::array<Tick, world_nodes_max> clock_{};  // How far each clock is ahead of now_.
    std::array<Slot, world_nodes_max> retained_{};
    // A datagram of one message.
    alignas(64) std::byte alone_[limits::datagram_size];
};

}  // namespace paxos::sim
