// Whom a proposer asks: teams that take turns, and who leaves them.
#include "paxos/targets.h"

#include <gtest/gtest.h>

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
        EXPECT_EQ(targets.ask(), 0);
        targets.begin_step();
    }
    targets.miss(mask({0}));
    EXPECT_EQ(targets.get(), mask({0, 1, 3, 4}));
}

TEST(TargetsTest, teams_take_turns_from_step_to_step) {
    Targets targets(options(5, 0));
    EXPECT_EQ(targets.get(), mask({1, 2}));
    EXPECT_EQ(targets.ask(), 0);
    EXPECT_EQ(targets.ask(), 0) << "the turn is the step's";
    targets.begin_step();
    EXPECT_EQ(targets.get(), mask({3, 4}));
    targets.begin_step();
    EXPECT_EQ(targets.get(), mask({3, 4})) << "nobody was asked";
    EXPECT_EQ(targets.ask(), 1);
    targets.begin_step();
    EXPECT_EQ(targets.get(), mask({1, 2}));
    EXPECT_EQ(targets.of(1), mask({3, 4}));
}

// S15: in every size of cluster, at every node, whoever is late.
TEST(TargetsTest, each_team_makes_a_quorum_with_the_proposer_and_together_they_are_everyone) {
    for (std::size_t nodes = 1; nodes <= limits::nodes_max; ++nodes)
        for (NodeId self = 0; self < nodes; ++self) {
            Targets targets(options(nodes, self));
            const Quorum quorum{nodes};
            for (const Targets::Team team : {Targets::Team{0}, Targets::Team{1}}) {
                EXPECT_FALSE(targets.of(team).has(self));
                EXPECT_EQ(targets.of(team).count(), quorum.size() - 1);
            }
            EXPECT_EQ(targets.of(0) | targets.of(1), NodeMask::first(nodes) - NodeMask::of(self));
            for (NodeId late = 0; late < nodes; ++late)
                if (late != self) targets.miss(NodeMask::of(late));
            EXPECT_EQ(targets.of(0).count(), quorum.size() - 1) << "all are late: as good as none";
        }
}

TEST(TargetsTest, who_is_late_is_in_no_team_until_it_is_heard) {
    Targets targets(options(5, 0));
    targets.miss(mask({1}));
    EXPECT_EQ(targets.of(0), mask({2, 3}));
    EXPECT_EQ(targets.of(1), mask({4, 2}));
    targets.miss(mask({2}));
    EXPECT_EQ(targets.of(0), mask({3, 4}));
    EXPECT_EQ(targets.of(1), mask({3, 4}));
    targets.hear(3);
    EXPECT_EQ(targets.of(0), mask({3, 4})) << "it was not late";
    targets.hear(1);
    EXPECT_EQ(targets.of(0), mask({1, 3}));
    EXPECT_EQ(targets.of(1), mask({4, 1}));
    targets.hear(2);
    EXPECT_EQ(targets.of(0), mask({1, 2}));
    EXPECT_EQ(targets.of(1), mask({3, 4}));
}

TEST(TargetsTest, where_too_few_are_in_time_the_late_are_asked_behind_them) {
    Targets targets(options(5, 0));
    targets.miss(mask({1, 2, 3}));
    EXPECT_EQ(targets.of(0), mask({4, 1}));
    EXPECT_EQ(targets.of(1), mask({2, 3}));
}

}  // namespace
}  // namespace paxos::targets_test
