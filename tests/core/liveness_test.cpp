// Tests of the liveness of a proposer (S42), on one node: which peers it waits for and for how
// long, when it stands for election, and when it stops.
#include <gtest/gtest.h>

#include "support/proposer_node.h"
#include "support/world.h"

namespace paxos::test::liveness_test {
namespace {

using Node = ProposerNode;

TEST(LivenessTest, S42_a_proposer_waits_for_the_slowest_node_for_a_limited_time) {
    Node node = proposer(3, 100, 4);
    run_to_the_end(node);
    EXPECT_EQ(node.node().next_slot(), limits::Tiny::ring_slots)
        << "n2 has learned nothing, but is live, so it holds the window back";
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
    EXPECT_EQ(node.node().next_slot(), 3 + limits::Tiny::ring_slots)
        << "the time limit for n2 has not passed";
    // The proposer charges n2 for the time of this wait, and stops waiting when the charge reaches
    // the limit. The charge also decreases, by 1/16 of the time that passes, so the wait takes
    // longer than the limit, but less than an eighth longer.
    pass(Timing{}.hold_back_ns / 8 + 2 * Timing{}.progress_gap_ns, true);
    run_to_the_end(node);
    EXPECT_GE(node.node().learned(), 60U) << "n2 is still heard, but no longer waited for";
}

/// A proposer that shares its core may be scheduled rarely. A pause between two turns that is
/// longer than a heartbeat interval counts as one heartbeat interval of waiting. Each such pause
/// thus adds to the wait, which ends after a bounded number of turns.
TEST(LivenessTest, S42_a_proposer_that_is_rarely_scheduled_waits_for_a_limited_number_of_turns) {
    Node node = proposer(3, 100, 4);
    run_to_the_end(node);
    constexpr Tick turns = (Timing{}.hold_back_ns + 2 * Timing{}.progress_gap_ns) /
                           Timing{}.heartbeat_ns;
    for (Tick turn = 0; turn < 2 * turns; ++turn) {
        node.advance(100'000'000);
        node.header(1, node.node().learned());
    }
    run_to_the_end(node);
    EXPECT_GE(node.node().learned(), 60U) << "n2 has learned nothing and is no longer waited for";
}

/// Two nodes that died silently, one shortly after the other, delay the other nodes no longer than
/// one such node would.
TEST(LivenessTest, S42_peers_that_stopped_at_different_slots_are_waited_for_at_the_same_time) {
    Node node = proposer(5, 100, 4);
    node.header(4, 5);
    const auto play = [&](int rounds) {
        const Ballot ballot{1, 0};
        for (int i = 0; i < rounds; ++i) {
            const Slot slot = node.node().learned();
            node.step({promise(1, ballot, slot), promise(2, ballot, slot)});
            const Value value = Node::own_value(slot);
            node.step({accepted(1, ballot, slot, value), accepted(2, ballot, slot, value)});
            for (const NodeId live : {NodeId{1}, NodeId{2}})
                node.header(live, node.node().learned());
        }
    };
    play(60);
    ASSERT_EQ(node.node().next_slot(), limits::Tiny::ring_slots) << "n3 has learned nothing";
    const Tick limit = Timing{}.hold_back_ns * 9 / 8 + 2 * Timing{}.progress_gap_ns;
    for (Tick passed = 0; passed < limit; passed += 1'000'000) {
        node.advance(1'000'000);
        for (const NodeId live : {NodeId{1}, NodeId{2}}) node.header(live, node.node().learned());
    }
    play(60);
    EXPECT_GE(node.node().learned(), 60U) << "n3 and n4 are waited for at the same time";
}

TEST(LivenessTest, S42_a_node_that_has_caught_up_is_waited_for_again) {
    Node node = proposer(3, 1000, 4);
    run_to_the_end(node);
    const auto wait_for_n2 = [&] {
        for (Tick passed = 0; passed < 2 * Timing{}.hold_back_ns; passed += 1'000'000) {
            node.advance(1'000'000);
            node.header(1, node.node().learned());
        }
    };
    wait_for_n2();
    run_to_the_end(node);
    const Slot reached = node.node().learned();
    ASSERT_GE(reached, 60U);
    // The time charged to n2 expires sixteen times more slowly than it accrued.
    for (Tick passed = 0; passed < 16 * Timing{}.hold_back_ns; passed += 1'000'000) {
        node.advance(1'000'000);
        node.header(1, node.node().learned());
    }
    node.header(2, node.node().learned());
    const Slot caught_up_at = node.node().learned();
    run_to_the_end(node);
    EXPECT_EQ(node.node().next_slot(), caught_up_at + limits::Tiny::ring_slots);
}

TEST(LivenessTest, S42_a_proposer_stops_while_no_majority_hears_it) {
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
    EXPECT_FALSE(node.node().is_proposing()) << "it hears both peers, but neither hears it";
    EXPECT_EQ(node.node().contacts().leader, no_node);
    for (int i = 0; i < 200; ++i) hear(nodes({1, 2}));
    EXPECT_FALSE(node.node().is_proposing()) << "it does not stand for election either";
    hear(nodes({0, 1, 2}));
    EXPECT_TRUE(node.node().is_proposing());
    EXPECT_EQ(node.node().contacts().leader, 0);
}

// The caller offers values for the slots from next_slot() on. A proposer that is preempted begins
// again at a lower slot, for which it has no values until the next step.
TEST(LivenessTest, a_proposer_that_resumes_at_once_proposes_the_values_of_its_slots) {
    Options options;
    options.proposers = 2;
    ProposerNode node = proposer(3, 100, limits::Tiny::window_max, options);
    const Ballot first{1, 0}, higher{2, 1}, resumed{3, 0};
    node.step({prepare(higher, 0)});
    node.end(nodes({1}));
    node.step({nack(2, first, 0, higher)});
    EXPECT_TRUE(node.node().is_proposing()) << "n1 has ended, so n0 resumes at once";
    EXPECT_EQ(node.sent(MessageKind::prepare).size(), 0U);
    node.step();
    ASSERT_NE(node.sent(MessageKind::prepare).size(), 0U);
    EXPECT_EQ(node.sent(MessageKind::prepare).front().message.ballot, resumed);
    node.step({promise(2, resumed, 0)});
    ASSERT_EQ(node.sent(MessageKind::accept).size(), 1U);
    EXPECT_EQ(node.sent(MessageKind::accept).front().message.value, ProposerNode::own_value(0));
}

/// A restarted node does not know which node leads. If n0 is down, the node must not take over at
/// once, because there may be a leader of which it has not heard yet.
TEST(LivenessTest, S42_a_restarted_node_first_waits_for_a_leader) {
    Options options = options_of(1, 3);
    options.incarnation = 2;
    Subject<Multi> node(options);
    node.end(nodes({0}));
    node.offer(100, 4);
    node.step();
    EXPECT_FALSE(node.node().is_proposing());
    const auto hear = [&](NodeId leader) {
        node.move_clock(1'000'000);
        node.step_with({{.from = 2,
                         .learned = 0,
                         .retained_from = 0,
                         .messages = {},
                         .contacts = {nodes({1, 2}), leader}}});
    };
    for (Tick passed = 0; passed < 3 * Timing{}.takeover_ns; passed += 1'000'000) hear(2);
    EXPECT_FALSE(node.node().is_proposing());
    for (Tick passed = 0; passed < 3 * Timing{}.takeover_ns; passed += 1'000'000) hear(no_node);
    EXPECT_TRUE(node.node().is_proposing());
}

/// With an accept quorum of 2, a candidate needs four of five nodes in phase 1. After that, two
/// nodes are enough to decide.
TEST(LivenessTest, S42_a_leader_needs_only_the_accept_quorum) {
    using Leader = Subject<Multi>;
    Options options = options_of(0, 5);
    options.accept_quorum = 2;
    Leader node(options);
    node.offer(100, 4);
    node.step();
    const auto hear_of = [&](NodeId last) {
        std::vector<Arrival> arrivals;
        for (NodeId from = 1; from <= last; ++from)
            arrivals.push_back({.from = from,
                                .learned = 0,
                                .retained_from = 0,
                                .messages = {},
                                .contacts = {nodes({0, 1, 2, 3, 4}), no_node}});
        node.move_clock(1'000'000);
        node.step_with(arrivals);
    };
    const Ballot ballot{1, 0};
    const auto promise_of = [&](NodeId from) {
        Message answer = promise(from, ballot, 0);
        answer.slot_count = 0;
        return answer;
    };
    node.step({promise_of(1), promise_of(2)});
    EXPECT_EQ(node.sent(MessageKind::accept).size(), 0U) << "three of five have promised";
    node.step({promise_of(3)});
    EXPECT_NE(node.sent(MessageKind::accept).size(), 0U);
    for (Tick passed = 0; passed < 2 * Timing{}.silence_ns; passed += 1'000'000) hear_of(1);
    EXPECT_TRUE(node.node().is_proposing()) << "n1 and this node are an accept quorum";
    for (Tick passed = 0; passed < 2 * Timing{}.silence_ns; passed += 1'000'000) hear_of(0);
    EXPECT_FALSE(node.node().is_proposing());
    for (Tick passed = 0; passed < 2 * Timing{}.takeover_ns; passed += 1'000'000) hear_of(2);
    EXPECT_FALSE(node.node().is_proposing())
        << "n1, n2 and this node are three, but phase 1 needs four";
    hear_of(3);
    node.move_clock(1'000'000);
    node.step();
    EXPECT_TRUE(node.node().is_proposing());
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
    EXPECT_FALSE(node.node().is_proposing())
        << "n2 hears the leader n0, although this node does not";
    EXPECT_EQ(node.node().contacts().leader, no_node)
        << "a node passes on only what it hears itself";
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
    EXPECT_FALSE(higher.node().is_proposing()) << "n1 is the first to take over";
    higher.pass(Timing{}.takeover_step_ns);
    EXPECT_TRUE(higher.node().is_proposing());
}

/// All nodes but the proposer run only once in 100 ms, all at the same time, as on a host that
/// gives them little CPU time. A request is answered long after `silence_ns`, so a proposer with a
/// fixed timeout would lose its quorum before each answer.
template <template <class> class Variant>
void expect_decisions_of_rarely_scheduled_nodes() {
    constexpr Tick ms = 1'000'000;
    World<Variant, limits::Tiny> cluster({.nodes = 5, .window = 4, .target = 1'000'000});
    for (int time = 0; time < 5000; ++time) {
        cluster.move_clock(ms);
        for (NodeId id = 0; id < 5; ++id) {
            if (id != 0 && time % 100 != 0) continue;
            std::vector<Packet> arrived = cluster.take(to(id));
            std::span<const Packet> rest = arrived;
            do {
                const std::size_t count = std::min(rest.size(), cluster.arrivals_max);
                cluster.step(id, rest.first(count));
                rest = rest.subspan(count);
            } while (!rest.empty());
        }
    }
    // A window of 4 slots takes 200 ms in `classic`, one interval for each phase.
    EXPECT_GE(cluster.at(0).learned(), 4U * 20);
}

TEST(LivenessTest, S42_rarely_scheduled_nodes_decide) {
    expect_decisions_of_rarely_scheduled_nodes<Classic>();
    expect_decisions_of_rarely_scheduled_nodes<Multi>();
}

}  // namespace
}  // namespace paxos::test::liveness_test
