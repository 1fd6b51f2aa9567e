// Tests of `classic` with competing proposers, lost messages, and nodes that are silent, paused, or
// so far behind that they must skip slots. The clusters are small and simulated (src/sim/world.h).
// An oracle checks each step.
#include <gtest/gtest.h>

#include "support/world.h"

namespace paxos::test::classic_world_test {
namespace {

using Cluster = World<Classic, limits::Tiny>;
constexpr Tick millisecond = 1'000'000;
constexpr Slot ring = limits::Tiny::ring_slots;
constexpr MessageKind PREPARE = MessageKind::prepare, PROMISE = MessageKind::promise,
                      ACCEPT = MessageKind::accept, ACCEPTED = MessageKind::accepted,
                      DECIDE = MessageKind::decide, NACK = MessageKind::nack,
                      LEARN = MessageKind::learn;

constexpr NodeId high[] = {2, 3, 4};

/// Expects every node that has not crashed to have learned or skipped exactly the slots [0, end).
void expect_learned(const Cluster& cluster, Slot end) {
    for (NodeId id = 0; id < cluster.size(); ++id)
        EXPECT_EQ(cluster.is_crashed(id) ? end : cluster.at(id).learned(), end) << "n" << int{id};
}

TEST(ClassicTest, a_slot_takes_both_phases_and_five_kinds_of_message) {
    Cluster cluster({.nodes = 3});
    cluster.step_all();
    EXPECT_EQ(cluster.count(kind(PREPARE)), 2U);
    cluster.deliver(kind(PREPARE));
    EXPECT_EQ(cluster.count(kind(PROMISE)), 2U);
    cluster.deliver(kind(PROMISE));
    EXPECT_EQ(cluster.count(kind(ACCEPT)), 2U);
    cluster.deliver(kind(ACCEPT));
    EXPECT_EQ(cluster.count(kind(ACCEPTED)), 2U);
    cluster.deliver(kind(ACCEPTED));
    EXPECT_EQ(cluster.count(kind(DECIDE)), 2U);
    cluster.deliver(kind(DECIDE));
    EXPECT_EQ(cluster.count(any()), 0U);
    expect_learned(cluster, 1);
}

TEST(ClassicTest, every_size_of_cluster_decides) {
    for (std::size_t size = 1; size <= 7; ++size) {
        Cluster cluster({.nodes = size, .window = 4, .target = 40});
        cluster.run(50 * millisecond);
        expect_learned(cluster, 40);
        EXPECT_EQ(cluster.at(0).counters().decided_first, 40U);
        EXPECT_EQ(cluster.at(0).counters().resent, 0U);
    }
}

// A quorum accepts a value of n0, and n0 dies. n1 never received this value, but must propose it
// again.
TEST(ClassicTest, S10_a_decided_value_survives_a_proposer_that_never_heard_of_it) {
    Cluster cluster({.nodes = 3, .proposers = 2});
    cluster.step(0);
    cluster.deliver(kind(PREPARE));
    cluster.deliver(kind(PROMISE));
    cluster.drop(kind(ACCEPT) && to(1));
    cluster.deliver(kind(ACCEPT));
    ASSERT_TRUE(cluster.chosen(0).has_value());
    cluster.drop(any());
    cluster.crash(0);
    cluster.run(200 * millisecond);
    expect_learned(cluster, 1);
    EXPECT_EQ(cluster.at(1).value_of(0), cluster.value_of(0, 0));
}

TEST(ClassicTest, S35_duelling_proposers_decide_exactly_one_value_for_each_slot) {
    Cluster cluster({.nodes = 5, .proposers = 3, .window = 4, .target = 60});
    cluster.run(1'000 * millisecond);
    expect_learned(cluster, 60);
    EXPECT_GT(cluster.at(0).counters().preemptions + cluster.at(1).counters().preemptions, 0U);
}

TEST(ClassicTest,
     S07_a_preempted_proposer_yields_its_window_and_resumes_at_its_first_unlearned_slot) {
    Cluster cluster({.nodes = 3, .proposers = 2, .window = 4, .target = 4});
    cluster.step(0);
    cluster.step(1);
    cluster.deliver(kind(PREPARE) && from(1) && to(2));
    cluster.deliver(kind(PREPARE) && from(0) && to(2) && in_slot(0));
    EXPECT_EQ(cluster.deliver(kind(NACK)), 1U);
    EXPECT_FALSE(cluster.at(0).is_proposing());
    EXPECT_EQ(cluster.at(0).in_flight(), 0U);
    cluster.drop(any());
    cluster.crash(1);
    cluster.run(500 * millisecond);
    expect_learned(cluster, 4);
    EXPECT_EQ(cluster.at(0).slot_of(0).state.promised.node(), 0);
}

TEST(ClassicTest, a_lost_request_is_retransmitted_only_to_nodes_that_have_not_answered) {
    Cluster cluster({.nodes = 5});
    cluster.step(0);
    cluster.drop(kind(PREPARE) && !to(3));
    cluster.settle();
    cluster.advance(30 * millisecond);
    EXPECT_EQ(cluster.count(kind(PREPARE) && to(3)), 0U);
    EXPECT_EQ(cluster.count(kind(PREPARE)), 3U);
    EXPECT_EQ(cluster.at(0).counters().resent, 3U);
    cluster.settle();
    expect_learned(cluster, 1);
}

TEST(ClassicTest, nothing_is_retransmitted_while_answers_arrive_in_time) {
    Cluster cluster({.nodes = 5, .window = 4, .target = 200});
    cluster.run(100 * millisecond, 200'000);
    expect_learned(cluster, 200);
    EXPECT_EQ(cluster.at(0).counters().resent, 0U);
    EXPECT_EQ(cluster.at(0).counters().sent[static_cast<std::size_t>(LEARN)], 0U);
}

TEST(ClassicTest, a_thrifty_proposer_asks_a_majority_and_more_nodes_if_one_is_silent) {
    Cluster cluster({.nodes = 5, .thrifty = true, .target = 20});
    // The proposer's own acceptor and two more nodes are a majority. The loop below finds these two
    // nodes. One of them, `silent`, crashes later.
    cluster.step(0);
    EXPECT_EQ(cluster.count(kind(PREPARE)), 2U);
    std::size_t asked = 0, silent = 0;
    for (NodeId node = 1; node < 5; ++node)
        if (cluster.count(kind(PREPARE) && to(node)) != 0) ++asked, silent = node;
    ASSERT_EQ(asked, 2U);
    cluster.deliver();
    cluster.step_all();
    cluster.deliver();
    cluster.step(0);
    EXPECT_EQ(cluster.count(kind(ACCEPT)), 2U);
    cluster.crash(static_cast<NodeId>(silent));
    cluster.run(400 * millisecond);
    expect_learned(cluster, 20);
    EXPECT_GT(cluster.at(0).counters().resent, 0U);
    EXPECT_LT(cluster.at(0).counters().resent, 10U)
        << "a silent node costs one timeout, not one for each slot";
    // For each of the 20 slots, an ACCEPT goes to two nodes, and to more nodes if one of the two is
    // the silent node.
    EXPECT_LT(cluster.at(0).counters().sent[static_cast<std::size_t>(ACCEPT)], 20U * 2 + 20)
        << "asking all nodes takes four ACCEPTs for each slot";
}

TEST(ClassicTest, a_node_that_missed_a_DECIDE_asks_and_learns_the_value) {
    Cluster cluster({.nodes = 3, .window = 2, .target = 6});
    for (int i = 0; i < 30; ++i) {
        cluster.step_all();
        cluster.drop(kind(DECIDE) && to(2));
        cluster.deliver();
    }
    ASSERT_EQ(cluster.at(0).learned(), 6U);
    ASSERT_EQ(cluster.at(2).learned(), 0U);
    cluster.run(10 * millisecond);
    EXPECT_EQ(cluster.at(2).learned(), 6U);
}

TEST(ClassicTest, a_heartbeat_is_a_header_alone_to_a_node_that_is_sent_nothing_else) {
    Cluster idle({.nodes = 3, .target = 0});
    std::size_t headers = 0;
    const auto to_or_from_proposer = header_only() && (from(0) || to(0));
    for (int i = 0; i < 100; ++i) {
        idle.advance(100'000);
        headers += idle.count(to_or_from_proposer);
        EXPECT_EQ(idle.count(!header_only()), 0U);
        idle.deliver();
    }
    EXPECT_GE(headers, 4U * 4)
        << "in 10 ms, a heartbeat every 2 ms from n0 to each peer and from each peer to n0";
    EXPECT_LE(headers, 4U * 6);

    Cluster busy({.nodes = 3, .window = 1, .target = 1'000'000});
    headers = 0;
    for (int i = 0; i < 100; ++i) {
        busy.advance(100'000);
        headers += busy.count(to_or_from_proposer);
        busy.deliver();
    }
    EXPECT_EQ(headers, 0U);
}

TEST(ClassicTest, a_node_that_sends_no_answers_reports_its_progress_in_headers) {
    // n2 receives only DECIDEs and therefore sends no answers. It sends a header every 2 ms, and
    // also each time it has learned another quarter of the ring, so the proposer does not have to
    // wait for it.
    Cluster cluster({.nodes = 3, .window = 4, .target = 10 * ring});
    cluster.run(12 * millisecond, 100'000, (kind(PREPARE) || kind(ACCEPT)) && to(2));
    expect_learned(cluster, 10 * ring);
}

TEST(ClassicTest, when_the_proposer_dies_the_lowest_live_node_takes_over) {
    Cluster cluster({.nodes = 5, .window = 2, .target = 1000});
    cluster.run(5 * millisecond);
    cluster.crash(0);
    const Slot before = cluster.at(1).learned();
    ASSERT_GT(before, 0U);
    cluster.run(100 * millisecond);
    EXPECT_TRUE(cluster.at(1).is_proposing());
    EXPECT_EQ(cluster.at(1).counters().takeovers, 1U);
    EXPECT_GT(cluster.at(4).learned(), before);
    for (const NodeId other : high) EXPECT_EQ(cluster.at(other).counters().takeovers, 0U);
}

TEST(ClassicTest, if_the_two_lowest_nodes_are_dead_the_third_takes_over) {
    Cluster cluster({.nodes = 5, .window = 2, .target = 1000});
    cluster.run(5 * millisecond);
    cluster.crash(0);
    cluster.crash(1);
    cluster.run(100 * millisecond);
    EXPECT_TRUE(cluster.at(2).is_proposing());
    EXPECT_FALSE(cluster.at(3).is_proposing());
}

TEST(ClassicTest, an_idle_proposer_that_is_heard_is_not_replaced) {
    Cluster cluster({.nodes = 3, .target = 5});
    cluster.run(1'000 * millisecond);
    for (NodeId id = 0; id < 3; ++id) EXPECT_EQ(cluster.at(id).counters().takeovers, 0U);
}

TEST(ClassicTest, decisions_stop_without_a_majority_and_resume_with_one) {
    Cluster cluster({.nodes = 5, .window = 4, .target = 20});
    for (const NodeId id : high) cluster.pause(id);
    cluster.run(300 * millisecond);
    EXPECT_FALSE(cluster.chosen(0).has_value());
    for (const NodeId id : high) cluster.resume(id);
    cluster.run(600 * millisecond);
    expect_learned(cluster, 20);
}

TEST(ClassicTest, a_node_paused_for_long_skips_slots_and_still_votes) {
    Cluster cluster({.nodes = 3, .window = 4, .target = 20 * ring});
    cluster.run(2 * millisecond);
    cluster.pause(2);
    cluster.run(400 * millisecond);
    ASSERT_GT(cluster.at(0).retained_from(), cluster.at(2).learned())
        << "a silent node holds the others back for a limited time";
    cluster.resume(2);
    cluster.crash(1);  // Now the vote of n2 is needed.
    cluster.set_target(30 * ring);
    cluster.run(300 * millisecond);
    EXPECT_GT(cluster.skipped(2), 0U);
    expect_learned(cluster, 30 * ring);
}

TEST(ClassicTest, pausing_each_node_in_turn_never_costs_the_quorum) {
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

TEST(ClassicTest, S08_all_messages_duplicated_and_reversed_give_one_log) {
    Cluster cluster({.nodes = 5, .proposers = 2, .window = 4, .target = 50});
    for (int i = 0; i < 3000 && !cluster.all_learned(50); ++i) {
        cluster.advance(200'000);
        const auto copy = std::vector<Packet>(cluster.network().begin(), cluster.network().end());
        for (const Packet& packet : copy) cluster.put(packet);
        cluster.deliver_backwards();
    }
    expect_learned(cluster, 50);
}

TEST(ClassicTest, S20_messages_from_one_ring_ago_change_nothing) {
    Cluster cluster({.nodes = 3, .proposers = 2, .window = 4, .target = 4 * ring});
    std::vector<Packet> recorded;
    for (int i = 0; i < 2000 && !cluster.all_learned(4 * ring); ++i) {
        cluster.advance(100'000);
        recorded.insert(recorded.end(), cluster.network().begin(), cluster.network().end());
        cluster.deliver();
        if (i % 10 == 9)  // Every packet of the run so far is sent again.
            for (const Packet& packet : recorded) cluster.put(packet);
    }
    expect_learned(cluster, 4 * ring);
}

TEST(ClassicTest, S36_at_the_last_counters_proposers_stop_and_nothing_wraps) {
    Cluster cluster({.nodes = 3,
                     .proposers = 3,
                     .window = 2,
                     .target = 40,
                     .first_counter = limits::ballot_counter_max - 1});
    cluster.run(2'000 * millisecond);
    std::uint64_t exhausted = 0;
    for (NodeId id = 0; id < 3; ++id) exhausted += cluster.at(id).counters().ballots_exhausted;
    EXPECT_TRUE(exhausted > 0 || cluster.all_learned(40));
}

}  // namespace
}  // namespace paxos::test::classic_world_test
