// Liveness of a proposer, as one node shows it (S42): which peers it waits for and for how long,
// when it stands for election, and when it stops.
#include <gtest/gtest.h>

#include "support/proposer_node.h"

namespace paxos::test::liveness_test {
namespace {

using Node = ProposerNode;

TEST(LivenessTest, S42_the_slowest_nodes_ring_holds_it_back_for_a_limited_time) {
    Node node = proposer(3, 100, 4);
    run_to_the_end(node);
    EXPECT_EQ(node.node().next_slot(), limits::Tiny::ring_slots)
        << "node 2 has learned nothing, but lives";
    node.header(2, 3);
    run_to_the_end(node);
    EXPECT_EQ(node.node().next_slot(), 3 + limits::Tiny::ring_slots);
    const auto pass = [&](Tick time, bool is_heard) {
        for (Tick passed = 0; passed < time; passed += 1'000'000) {
            node.advance(1'000'000);
            node.header(1, node.node().learned());
            if (is_heard) node.header(2, 3);
        }
    };
    pass(Timing{}.hold_back_ns, true);
    EXPECT_EQ(node.node().next_slot(), 3 + limits::Tiny::ring_slots) << "its time is not up";
    // Charges expire meanwhile.
    pass(Timing{}.hold_back_ns / 8 + 2 * Timing{}.progress_gap_ns, true);
    run_to_the_end(node);
    EXPECT_GE(node.node().learned(), 60U) << "heard or not, it is waited for no more";
}

TEST(LivenessTest, S42_a_node_that_has_caught_up_is_waited_for_again) {
    Node node = proposer(3, 1000, 4);
    run_to_the_end(node);
    const auto wait_in_vain = [&] {
        for (Tick passed = 0; passed < 2 * Timing{}.hold_back_ns; passed += 1'000'000) {
            node.advance(1'000'000);
            node.header(1, node.node().learned());
        }
    };
    wait_in_vain();
    run_to_the_end(node);
    const Slot reached = node.node().learned();
    ASSERT_GE(reached, 60U);
    // Its charge expires sixteen times slower than it accrued.
    for (Tick passed = 0; passed < 16 * Timing{}.hold_back_ns; passed += 1'000'000) {
        node.advance(1'000'000);
        node.header(1, node.node().learned());
    }
    node.header(2, node.node().learned());
    const Slot caught_up_at = node.node().learned();
    run_to_the_end(node);
    EXPECT_EQ(node.node().next_slot(), caught_up_at + limits::Tiny::ring_slots);
}

TEST(LivenessTest, S42_a_proposer_that_no_majority_hears_stops_and_resumes_when_one_does) {
    Node node = proposer(3, 100, 4);
    node.step();
    ASSERT_TRUE(node.node().is_proposing());
    const auto hear = [&](NodeMask heard) {
        node.move_clock(1'000'000);
        node.step_with({{.from = 1,
                         .learned = 0,
                         .retained_from = 0,
                         .messages = {},
                         .contacts = {heard, no_node}},
                        {.from = 2,
                         .learned = 0,
                         .retained_from = 0,
                         .messages = {},
                         .contacts = {heard, no_node}}});
    };
    hear(nodes({1, 2}));
    EXPECT_FALSE(node.node().is_proposing()) << "it hears both, and neither hears it";
    EXPECT_EQ(node.node().contacts().leader, no_node);
    for (int i = 0; i < 200; ++i) hear(nodes({1, 2}));
    EXPECT_FALSE(node.node().is_proposing()) << "it does not stand for election either";
    hear(nodes({0, 1, 2}));
    EXPECT_TRUE(node.node().is_proposing());
    EXPECT_EQ(node.node().contacts().leader, 0);
}

TEST(LivenessTest, S42_a_leader_that_a_peer_hears_is_not_deposed) {
    Node node(options_of(1, 3));
    node.offer(10, 1);
    const auto pass = [&](Tick time, NodeId leader) {
        for (Tick passed = 0; passed < time; passed += 1'000'000) {
            node.move_clock(1'000'000);
            node.step_with({{.from = 2,
                             .learned = 0,
                             .retained_from = 0,
                             .messages = {},
                             .contacts = {nodes({0, 1}), leader}}});
        }
    };
    pass(10 * Timing{}.takeover_ns, 0);
    EXPECT_FALSE(node.node().is_proposing()) << "n2 hears n0 lead, though this node does not";
    EXPECT_EQ(node.node().contacts().leader, no_node) << "only what is heard directly is passed on";
    pass(Timing{}.takeover_ns + 2 * Timing{}.takeover_step_ns, no_node);
    EXPECT_TRUE(node.node().is_proposing());
}

TEST(LivenessTest, S42_the_lowest_survivor_takes_over_at_once_from_a_leader_known_to_have_ended) {
    Node node(options_of(1, 3)), higher(options_of(2, 3));
    node.offer(10, 1);
    higher.offer(10, 1);
    for (Node* one : {&node, &higher}) {
        one->header(0, 0);
        one->end(nodes({0}));
        one->advance(100'000);
    }
    EXPECT_TRUE(node.node().is_proposing());
    EXPECT_FALSE(higher.node().is_proposing()) << "n1's turn comes first";
    higher.pass(Timing{}.takeover_step_ns);
    EXPECT_TRUE(higher.node().is_proposing());
}

}  // namespace
}  // namespace paxos::test::liveness_test
