// The peers that a proposer asks: teams that alternate, and nodes that leave them.
#include "paxos/targets.h"

#include <gtest/gtest.h>

#include <utility>

namespace paxos::targets_test {
namespace {

Options options(std::size_t nodes, NodeId self, bool thrifty = true) {
    return {.self = self, .nodes = nodes, .thrifty = thrifty, .timing = {}};
}

NodeMask mask(std::initializer_list<NodeId> nodes) {
    NodeMask mask;
    for (const NodeId node : nodes) mask.add(node);
    return mask;
}

TEST(TargetsTest, everyone_is_asked_every_time_unless_thrifty) {
    Targets targets(options(5, 2, false));
    for (int step = 0; step < 3; ++step) {
        EXPECT_EQ(targets.get(), mask({0, 1, 3, 4}));
        EXPECT_EQ(targets.of(targets.ask()), mask({0, 1, 3, 4}));
        targets.begin_step();
    }
    targets.miss(mask({0}), 1);
    EXPECT_EQ(targets.get(), mask({0, 1, 3, 4}));
}

TEST(TargetsTest, teams_take_turns_from_step_to_step) {
    Targets targets(options(5, 0));
    EXPECT_EQ(targets.get(), mask({1, 2}));
    const Targets::Team first = targets.ask();
    EXPECT_EQ(targets.ask(), first) << "the turn is the step's";
    targets.begin_step();
    EXPECT_EQ(targets.get(), mask({3, 4}));
    targets.begin_step();
    EXPECT_EQ(targets.get(), mask({3, 4})) << "no node was asked";
    const Targets::Team second = targets.ask();
    targets.begin_step();
    EXPECT_EQ(targets.get(), mask({1, 2}));
    EXPECT_EQ(targets.of(first), mask({1, 2}));
    EXPECT_EQ(targets.of(second), mask({3, 4}));
}

using Teams = std::pair<NodeMask, NodeMask>;

/// Both teams of the next step, the first one first.
Teams teams(Targets& targets) {
    targets.begin_step();
    const NodeMask one = targets.get();
    targets.ask();
    targets.begin_step();
    const NodeMask other = targets.get();
    targets.ask();
    return {one, other};
}

// S15: in every size of cluster, at every node, whichever nodes are late.
TEST(TargetsTest, each_team_makes_a_quorum_with_the_proposer) {
    for (std::size_t nodes = 1; nodes <= limits::nodes_max; nodes += nodes < 10 ? 1 : 6)
        for (NodeId self = 0; self < nodes; ++self) {
            Targets targets(options(nodes, self));
            const NodeMask others = NodeMask::first(nodes) - NodeMask::of(self);
            const auto expect_quorums = [&] {
                const auto [one, other] = teams(targets);
                for (const NodeMask team : {one, other}) {
                    ASSERT_EQ(team.count(), Quorum{nodes}.size() - 1);
                    ASSERT_TRUE((team - others).empty());
                }
            };
            const auto [one, other] = teams(targets);
            EXPECT_EQ(one | other, others);
            for (NodeId late = 0; late < nodes; ++late) {
                if (late != self) targets.miss(NodeMask::of(late), 1);
                expect_quorums();
            }
            for (NodeId heard = 0; heard < nodes; ++heard) {
                targets.hear(heard);
                expect_quorums();
            }
        }
}

TEST(TargetsTest, who_is_late_is_in_no_team_until_it_is_heard) {
    Targets targets(options(5, 0));
    targets.miss(mask({1}), 1);
    EXPECT_EQ(targets.get(), mask({1, 2})) << "teams stand still for a step";
    EXPECT_EQ(teams(targets), (Teams{mask({2, 3}), mask({4, 2})}));
    targets.miss(mask({2}), 1);
    EXPECT_EQ(teams(targets), (Teams{mask({3, 4}), mask({3, 4})}));
    targets.hear(3);
    EXPECT_EQ(teams(targets), (Teams{mask({3, 4}), mask({3, 4})})) << "it was not late";
    targets.hear(1);
    EXPECT_EQ(teams(targets), (Teams{mask({1, 3}), mask({4, 1})}));
    targets.hear(2);
    EXPECT_EQ(teams(targets), (Teams{mask({1, 2}), mask({3, 4})}));
}

TEST(TargetsTest, where_too_few_are_in_time_all_of_them_are_asked_and_different_late_ones) {
    Targets targets(options(5, 0));
    targets.miss(mask({1, 2, 3}), 1);
    EXPECT_EQ(teams(targets), (Teams{mask({4, 1}), mask({4, 2})}));
    targets.miss(mask({4}), 1);
    EXPECT_EQ(teams(targets), (Teams{mask({1, 2}), mask({3, 4})}))
        << "all are late: as good as none";
}

// A node is late only if it was asked.
TEST(TargetsTest, a_team_of_an_earlier_choice_is_empty) {
    Targets targets(options(5, 0));
    const Targets::Team team = targets.ask();
    targets.miss(mask({1}), 1);
    EXPECT_EQ(targets.of(team), mask({1, 2}));
    targets.begin_step();
    EXPECT_EQ(targets.of(team), NodeMask{});
    targets.hear(1);
    targets.begin_step();
    EXPECT_EQ(targets.of(team), NodeMask{});
}

TEST(TargetsTest, S41_a_node_that_has_ended_is_asked_nothing) {
    Targets all(options(5, 0, false));
    all.end(mask({3}));
    all.begin_step();
    EXPECT_EQ(all.get(), mask({1, 2, 4}));

    Targets targets(options(5, 0));
    targets.end(mask({1, 3}));
    EXPECT_EQ(teams(targets), (Teams{mask({2, 4}), mask({2, 4})}));
    targets.miss(mask({2}), 1);
    EXPECT_EQ(teams(targets), (Teams{mask({2, 4}), mask({2, 4})})) << "too few others are left";
    targets.hear(1);
    targets.end(mask({1, 2, 3}));
    EXPECT_EQ(teams(targets), (Teams{mask({4}), mask({4})}));
}

TEST(TargetsTest, where_requests_are_lost_everyone_is_asked_for_a_while) {
    Targets targets(options(5, 0));
    const auto ask = [&](std::size_t requests, std::size_t one_is_lost_in) {
        for (std::size_t i = 1; i <= requests; ++i) {
            targets.ask();
            if (i % one_is_lost_in == 0) targets.miss(targets.get(), 1);
            targets.begin_step();
            for (NodeId node = 1; node < 5; ++node) targets.hear(node);
        }
        targets.begin_step();
        return targets.get().count();
    };
    EXPECT_EQ(ask(10'000, 20), 2U) << "few are lost";
    EXPECT_EQ(ask(1'000, 5), 4U);
    EXPECT_EQ(ask(20'000, 1'000), 2U) << "none are lost any more";
}

}  // namespace
}  // namespace paxos::targets_test
