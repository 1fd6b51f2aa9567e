// Tests of `multi`: leaders die, or pause and resume; logs have gaps; messages are lost or late.
// The clusters are small and simulated (src/sim/world.h). An oracle checks each step.
#include <gtest/gtest.h>

#include "support/world.h"

namespace paxos::test::multi_world_test {
namespace {

using Cluster = World<Multi, limits::Tiny>;
constexpr Tick millisecond = 1'000'000;
constexpr Slot ring = limits::Tiny::ring_slots;
constexpr MessageKind PREPARE = MessageKind::prepare, PROMISE = MessageKind::promise,
                      ACCEPT = MessageKind::accept, ACCEPTED = MessageKind::accepted,
                      DECIDE = MessageKind::decide;

void expect_learned(const Cluster& cluster, Slot end) {
    for (NodeId id = 0; id < cluster.size(); ++id)
        EXPECT_EQ(cluster.is_crashed(id) ? end : cluster.at(id).learned(), end) << "n" << int{id};
}
/// Elects the leader, and stops when the leader's first ACCEPTs are in flight.
void elect(Cluster& cluster) {
    cluster.step_all();
    cluster.settle(kind(PREPARE) || kind(PROMISE));
}

TEST(MultiWorldTest, phase_1_runs_once_and_then_each_slot_takes_one_round_trip) {
    Cluster cluster({.nodes = 5, .window = 4, .target = 40, .split = false});
    cluster.run(50 * millisecond);
    expect_learned(cluster, 40);
    const Counters& counters = cluster.at(0).counters();
    EXPECT_EQ(counters.sent[static_cast<std::size_t>(PREPARE)], 4U);
    EXPECT_EQ(counters.sent[static_cast<std::size_t>(ACCEPT)], 4U * 40);
    EXPECT_EQ(counters.sent[static_cast<std::size_t>(DECIDE)], 4U * 40);
    EXPECT_LT(counters.cells, 4U + 2 * 4U * 40) << "`sent` counts slots; one DECIDE covers several";
    EXPECT_EQ(counters.no_ops, 0U);
}

TEST(MultiWorldTest, every_size_of_cluster_decides) {
    for (std::size_t size = 1; size <= 7; ++size) {
        for (const bool thrifty : {false, true}) {
            Cluster cluster({.nodes = size, .thrifty = thrifty, .window = 3, .target = 40});
            cluster.run(100 * millisecond);
            expect_learned(cluster, 40);
        }
    }
}

TEST(MultiWorldTest, S16_take_over_fills_gaps_with_no_ops_and_keeps_what_may_be_decided) {
    Cluster cluster({.nodes = 3, .window = 4, .target = 4});
    elect(cluster);
    cluster.drop(kind(ACCEPT) && (in_slot(0) || in_slot(2)));
    // Slots 1 and 3 are decided, but no node has learned them.
    cluster.deliver(kind(ACCEPT) && to(2));
    cluster.drop(any());
    ASSERT_TRUE(cluster.chosen(1) && cluster.chosen(3) && !cluster.chosen(0));
    cluster.crash(0);
    cluster.run(200 * millisecond);
    expect_learned(cluster, 4);
    EXPECT_TRUE(cluster.at(1).value_of(0).is_no_op());
    EXPECT_EQ(cluster.at(1).value_of(1), cluster.value_of(0, 1));
    EXPECT_TRUE(cluster.at(1).value_of(2).is_no_op());
    EXPECT_EQ(cluster.at(1).value_of(3), cluster.value_of(0, 3));
    EXPECT_EQ(cluster.at(1).counters().no_ops, 2U);
}

TEST(MultiWorldTest, S16_a_take_over_survives_lost_and_reordered_parts_of_a_promise) {
    for (std::uint64_t lost = 0; lost < 64; ++lost) {
        Cluster cluster({.nodes = 3, .window = 4, .target = 4, .seed = lost + 1});
        elect(cluster);
        cluster.drop(kind(ACCEPT) && in_slot(1));
        cluster.deliver(kind(ACCEPT) && to(2));
        cluster.drop(any());
        cluster.crash(0);
        std::uint64_t part = 0;
        for (int i = 0; i < 3000 && !cluster.all_learned(4); ++i) {
            cluster.advance(100'000);
            cluster.drop(Filter{[&](const Packet& packet) {
                return packet.is(PROMISE) && part < 6 && (lost >> part++ & 1) != 0;
            }});
            cluster.deliver_backwards();
        }
        expect_learned(cluster, 4);
    }
}

TEST(MultiWorldTest, S16_a_log_longer_than_an_answer_is_reported_in_parts) {
    // n2 has accepted a value in each slot of a whole ring. n1, the next leader, has received none
    // of these values.
    Cluster cluster({.nodes = 3, .window = 4, .target = ring});
    elect(cluster);
    for (int i = 0; i < 40; ++i) {
        cluster.step_all();
        cluster.drop(to(1) || (kind(DECIDE) && to(2)));
        cluster.deliver();
    }
    ASSERT_EQ(cluster.at(0).learned(), ring);
    ASSERT_EQ(cluster.at(2).learned(), 0U);
    cluster.crash(0);
    cluster.drop(any());
    cluster.run(300 * millisecond);
    expect_learned(cluster, ring);
    for (Slot slot = 0; slot < ring; ++slot)
        EXPECT_EQ(cluster.at(1).value_of(slot), cluster.value_of(0, slot));
}

TEST(MultiWorldTest, S17_a_leader_deposed_during_a_long_pause_stops_and_learns) {
    Cluster cluster({.nodes = 3, .window = 4, .target = 10'000});
    cluster.run(5 * millisecond);
    cluster.step_all();
    cluster.deliver(kind(ACCEPT));
    const std::vector<Packet> in_its_socket = cluster.take(to(0));
    ASSERT_FALSE(in_its_socket.empty());
    cluster.pause(0);
    cluster.run(10'000 * millisecond, millisecond);
    ASSERT_EQ(cluster.at(1).lead(), Lead::leading);
    cluster.resume(0);
    for (const Packet& packet : in_its_socket) cluster.put(packet);
    cluster.run(300 * millisecond);
    EXPECT_FALSE(cluster.at(0).is_proposing());
    EXPECT_GT(cluster.at(0).learned(), cluster.at(1).retained_from());
}

TEST(MultiWorldTest, S18_a_range_reaches_a_node_that_accepted_only_part_of_it) {
    Cluster cluster({.nodes = 3, .window = 4, .target = 4});
    elect(cluster);
    cluster.drop(kind(ACCEPT) && to(2) && (in_slot(1) || in_slot(2)));
    cluster.deliver(kind(ACCEPT));
    const auto answers = cluster.take(kind(ACCEPTED));
    cluster.step(0, answers);
    ASSERT_EQ(cluster.count(kind(DECIDE) && to(2)), 1U);
    cluster.deliver(kind(DECIDE));
    EXPECT_EQ(cluster.at(1).learned(), 4U);
    EXPECT_EQ(cluster.at(2).learned(), 1U) << "n2 has also learned slot 3, which is above the gap";
    cluster.run(10 * millisecond);
    expect_learned(cluster, 4);
}

TEST(MultiWorldTest, one_leader_emerges_from_several_initial_candidates) {
    Cluster cluster({.nodes = 5, .proposers = 3, .window = 4, .target = 50});
    cluster.run(300 * millisecond);
    expect_learned(cluster, 50);
    int leaders = 0;
    for (NodeId id = 0; id < 5; ++id) leaders += cluster.at(id).lead() == Lead::leading;
    EXPECT_EQ(leaders, 1);
}

TEST(MultiWorldTest, a_leader_is_kept_while_it_sends_heartbeats_and_replaced_when_silent) {
    Cluster cluster({.nodes = 5, .target = 3});
    cluster.run(500 * millisecond);
    EXPECT_EQ(cluster.at(0).lead(), Lead::leading);
    for (NodeId id = 1; id < 5; ++id) EXPECT_EQ(cluster.at(id).counters().takeovers, 0U);
    cluster.pause(0);
    cluster.run(100 * millisecond);
    EXPECT_EQ(cluster.at(1).lead(), Lead::leading) << "the lowest live node";
    EXPECT_EQ(cluster.at(2).counters().takeovers, 0U);
}

TEST(MultiWorldTest, S16_a_candidate_that_must_skip_slots_does_not_lead_before_it_has_caught_up) {
    Cluster cluster({.nodes = 3, .window = 4, .target = 10 * ring});
    cluster.run(1 * millisecond);
    cluster.pause(1);
    cluster.run(400 * millisecond);
    ASSERT_GT(cluster.at(2).retained_from(), cluster.at(1).learned());
    cluster.crash(0);
    cluster.drop(any());
    cluster.resume(1);
    cluster.set_target(12 * ring);
    cluster.run(500 * millisecond);
    expect_learned(cluster, 12 * ring);
    EXPECT_GT(cluster.skipped(1), 0U);
}

TEST(MultiWorldTest, pausing_each_node_in_turn_never_costs_the_quorum) {
    Cluster cluster({.nodes = 3, .window = 4, .target = 1'000'000});
    cluster.run(5 * millisecond);
    for (int round = 0; round < 3; ++round)
        for (NodeId id = 0; id < 3; ++id) {
            const Slot before = cluster.at(static_cast<NodeId>((id + 1) % 3)).learned();
            cluster.pause(id);
            cluster.run(150 * millisecond);
            cluster.resume(id);
            cluster.run(150 * millisecond);
            EXPECT_GT(cluster.at(id).learned(), before + 10)
                << "round " << round << " n" << int{id};
        }
}

TEST(MultiWorldTest, S08_all_messages_duplicated_and_reversed_give_one_log) {
    Cluster cluster({.nodes = 5, .proposers = 2, .window = 4, .target = 50});
    for (int i = 0; i < 3000 && !cluster.all_learned(50); ++i) {
        cluster.advance(200'000);
        const auto copy = std::vector<Packet>(cluster.network().begin(), cluster.network().end());
        for (const Packet& packet : copy) cluster.put(packet);
        cluster.deliver_backwards();
    }
    expect_learned(cluster, 50);
}

TEST(MultiWorldTest, S05_S20_messages_from_one_ring_ago_change_nothing) {
    Cluster cluster({.nodes = 3, .proposers = 2, .window = 4, .target = 4 * ring});
    std::vector<Packet> recorded;
    for (int i = 0; i < 2000 && !cluster.all_learned(4 * ring); ++i) {
        cluster.advance(100'000);
        recorded.insert(recorded.end(), cluster.network().begin(), cluster.network().end());
        cluster.deliver();
        if (i % 10 == 9)
            for (const Packet& packet : recorded) cluster.put(packet);
    }
    expect_learned(cluster, 4 * ring);
}

}  // namespace
}  // namespace paxos::test::multi_world_test
