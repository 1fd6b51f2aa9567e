// The node's turn over a simulated transport and clock: clusters in one thread, without sockets.
#include "turn/turn.h"

#include <cstring>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "paxos/value_source.h"
#include "paxos/variants.h"

namespace paxos::node::turn_test {
namespace {

using Sizes = limits::Standard;

constexpr std::size_t nodes = 3;
constexpr Slot slots = 3000;
constexpr std::uint32_t window = 200;

struct alignas(limits::cache_line_size) Line {
    std::byte bytes[limits::cache_line_size];
};
struct Packet {
    std::vector<Line> lines;
    std::size_t size;
    NodeId from;
};
/// What is in flight to each node, in order of sending.
using Network = std::array<std::vector<Packet>, nodes>;

class SimulatedTransport {
public:
    static constexpr std::size_t arrivals_max = limits::receives_per_turn *
                                                (65536 / limits::header_size + 1);

    struct Received {
        const std::byte* bytes;
        std::uint32_t size;
        std::uint32_t segment_size;
        NodeId from;
    };

    SimulatedTransport(Network& network, NodeId self) : network_(network), self_(self) {}

    std::size_t exchange() {
        for (auto& [to, packet] : queued_) network_[to].push_back(std::move(packet));
        queued_.clear();
        std::vector<Packet>& inbox = network_[self_];
        const std::size_t count = std::min(inbox.size(), limits::receives_per_turn);
        const auto end = inbox.begin() + static_cast<std::ptrdiff_t>(count);
        packets_.assign(std::make_move_iterator(inbox.begin()), std::make_move_iterator(end));
        inbox.erase(inbox.begin(), end);
        received_.clear();
        for (const Packet& packet : packets_)
            received_.push_back({packet.lines.front().bytes,
                                 static_cast<std::uint32_t>(packet.size), limits::datagram_size,
                                 packet.from});
        return count;
    }
    [[nodiscard]] std::span<const Received> received() const { return received_; }
    void note_heard(NodeId node) { heard_.add(node); }
    void send(std::span<const Send> sends, NodeMask ended, Tick) {
        for (const Send& send : sends)
            (send.to - ended).for_each([&](NodeId to) {
                Packet packet{std::vector<Line>((send.size() + 63) / 64), send.size(), self_};
                std::memcpy(packet.lines.data(), send.bytes, send.size());
                queued_.emplace_back(to, std::move(packet));
            });
    }
    [[nodiscard]] NodeMask heard() const { return heard_; }

private:
    Network& network_;
    NodeId self_;
    NodeMask heard_;
    std::vector<std::pair<NodeId, Packet>> queued_;
    std::vector<Packet> packets_;
    std::vector<Received> received_;
};

/// All nodes share one time, which advances by 20 us whenever all nodes have made a turn.
struct SimulatedClock {
    const Tick* time;
    [[nodiscard]] Tick now() const { return *time; }
};

template <class Protocol>
class Cluster {
public:
    Cluster() {
        for (NodeId id = 0; id < nodes; ++id)
            members_.push_back(std::make_unique<Member>(*this, id));
    }
    /// Lets each node that is not in `ended` make a turn, and repeats this until all these nodes
    /// have learned every slot. Returns how many turns each of these nodes made, or 0 if 99,999
    /// turns were not enough.
    std::size_t run(NodeMask ended = {}) {
        for (std::size_t round = 1; round < 100'000; ++round, time_ += 20'000) {
            bool is_done = true;
            for (NodeId id = 0; id < nodes; ++id) {
                if (ended.has(id)) continue;
                turn(*members_[id], ended);
                is_done &= members_[id]->turn.protocol().learned() >= slots;
            }
            if (is_done) return round;
        }
        return 0;
    }
    /// Returns the values that node `id` learned, its own decisions included, by slot.
    [[nodiscard]] const std::map<Slot, Value>& log(NodeId id) const { return members_[id]->log; }
    [[nodiscard]] NodeMask heard(NodeId id) const { return members_[id]->transport.heard(); }
    [[nodiscard]] Tick time() const { return time_; }

private:
    struct Member {
        Member(Cluster& cluster, NodeId self)
            : id(self),
              transport(cluster.network_, self),
              turn({.self = self, .nodes = nodes, .timing = {}},
                   {.self = self, .nodes = nodes, .run = 1}, transport,
                   SimulatedClock{&cluster.time_}, pool.front().bytes, {}) {}

        NodeId id;
        std::vector<Line> pool = std::vector<Line>(Outbox<Sizes>::pool_size / sizeof(Line));
        SimulatedTransport transport;
        Turn<Protocol, Sizes, SimulatedTransport, SimulatedClock> turn;
        std::vector<Value> values = std::vector<Value>(2 * Sizes::window_max);
        std::map<Slot, Value> log;
    };

    void turn(Member& member, NodeMask ended) {
        member.turn.exchange();
        member.turn.step(ended, [&](Slot next, Tick now) {
            EXPECT_EQ(now, time_);
            const Slot end = std::min(slots, next + window);
            for (Slot slot = next; slot < end; ++slot)
                member.values[slot % member.values.size()] = source_.value_of(member.id, slot);
            return Proposals{.end = end,
                             .values = member.values.data(),
                             .mask = member.values.size() - 1,
                             .window = window};
        });
        const Output<Sizes>& output = member.turn.output();
        EXPECT_EQ(output.violation.kind, ViolationKind::none);
        for (Slot slot = output.decisions.first; slot < output.decisions.end; ++slot)
            member.log.emplace(slot, member.turn.protocol().value_of(slot));
    }

    ValueSource source_{1, nodes};
    Network network_;
    Tick time_ = 1'000'000;
    std::vector<std::unique_ptr<Member>> members_;
};

class TurnTest : public testing::TestWithParam<Variant> {};
INSTANTIATE_TEST_SUITE_P(Variants, TurnTest, testing::Values(Variant::classic, Variant::multi),
                         [](const auto& param_info) {
                             return std::string(
                                 variant_names[static_cast<std::size_t>(param_info.param)]);
                         });

TEST_P(TurnTest, a_simulated_cluster_decides_every_slot_once) {
    with_variant<Sizes>(GetParam(), []<class Protocol>() {
        Cluster<Protocol> cluster;
        EXPECT_NE(cluster.run(), 0U);
        EXPECT_EQ(cluster.log(0).size(), slots);
        EXPECT_EQ(cluster.log(0), cluster.log(1));
        EXPECT_EQ(cluster.log(0), cluster.log(2));
        EXPECT_EQ(cluster.heard(0).count(), nodes - 1);
    });
}

TEST_P(TurnTest, the_same_turns_give_the_same_run) {
    with_variant<Sizes>(GetParam(), []<class Protocol>() {
        Cluster<Protocol> one, other;
        EXPECT_EQ(one.run(), other.run());
        EXPECT_EQ(one.time(), other.time());
    });
}

TEST_P(TurnTest, the_other_nodes_decide_without_an_ended_node) {
    with_variant<Sizes>(GetParam(), []<class Protocol>() {
        Cluster<Protocol> cluster;
        EXPECT_NE(cluster.run(NodeMask::of(2)), 0U);
        EXPECT_EQ(cluster.log(0), cluster.log(1));
        EXPECT_TRUE(cluster.log(2).empty());
        EXPECT_EQ(cluster.heard(0).bits(), NodeMask::of(1).bits());
    });
}

}  // namespace
}  // namespace paxos::node::turn_test
