// Plays worlds, one after the other, on one thread: from a seed to a verdict.
//
// Act one: anything of the draw may happen, and nothing may be wrong. Act two: everything heals
// around the nodes that live, a quorum, and every slot must be decided and learned, or named as
// skipped by a node that was left behind, within bound_ns(). Act three: paths are cut permanently,
// in one direction or both, but one node still hears a majority and is heard by it; more slots must
// be decided, and learned by each node that can hear a node that knows them, within
// bound_with_cuts_ns() (S42).
//
// 1. Deterministic: what happens follows from the seed and the wish alone, whoever watches (S38).
//    Hence the hash.
// 2. The oracle sees every step of every node; each datagram passes through wire as bytes, twice.
// 3. In steady state nothing is allocated.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "sim/draw.h"
#include "sim/network.h"
#include "sim/nodes.h"
#include "sim/oracle.h"
#include "sim/tally.h"

namespace paxos::sim {

/// Somebody who watches a world, for a story.
class Watcher {
public:
    virtual ~Watcher() = default;
    /// `node` has done `event` at `now`.
    virtual void on_event(Tick now, NodeId node, const Event& event) = 0;
    /// The world has done something: a cut, a pause, the heal.
    virtual void on_world(Tick now, const std::string& what) = 0;
};

enum class Verdict : std::uint8_t { good, unsafe, stuck };

struct Outcome {
    Draw draw;
    Verdict verdict = Verdict::good;
    std::string failure;  ///< The broken rule, or who waits for what.
    Tick failed_at = 0;
    Tally tally;
    std::uint64_t hash = 0;  ///< Of every datagram received, when, and of every decision given out.
    /// How long an act took until all was decided and learned, and the time allowed for it: act two
    /// or three, whichever came nearer to its bound. 0: liveness was not checked in this world.
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

    /// The outcome stands until the next world.
    const Outcome& play(std::uint64_t seed, const Wish& wish = {}, Watcher* watcher = nullptr);

private:
    void set_up(std::uint64_t seed, const Wish& wish);
    void run();
    /// The running node whose turn is next, and when.
    [[nodiscard]] NodeId next_node(Tick& at) const;
    void change_weather();
    void heal();
    void cut_for_good();
    void end_act();
    void turn(NodeId node);
    void ship(NodeId node, std::span<const Send> sends);
    [[nodiscard]] Slot offered_end() const;
    void watch(NodeId node, const Said& said, std::size_t arrived, Slot retained_from);
    void count_learned(NodeId node, const Said& said);
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
    std::vector<wire::Wire> wires_;
    Random random_{0};
    Tick begin_ = 0;
    Tick now_ = 0;
    std::uint64_t hash_ = 0;
    unsigned act_ = 1;
    Tick act_began_at_ = 0;
    Tick act_allowed_ns_ = 0;
    Slot act_end_ = 0;       // Every slot below must be decided in this act ...
    NodeMask act_learners_;  // ... and learned by these nodes.
    Slot learned_max_ = 0;
    std::array<Tick, world_nodes_max> ready_at_{};  // A node's next turn is not before.
    std::array<Tick, world_nodes_max> looks_at_{};  // It then looks at its clock, come what may.
    std::array<Tick, world_nodes_max> clock_{};     // Nobody's clock shows the world's time.
    std::array<Slot, world_nodes_max> retained_{};
    // A datagram of one message.
    alignas(64) std::byte alone_[limits::header_size + limits::message_size];
};

}  // namespace paxos::sim
