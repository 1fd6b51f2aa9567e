// Tests of Targets, the peers to which a proposer sends its requests. With Options::thrifty two
// teams of peers alternate, and a late node, which has not answered in time, leaves its team. A
// node that has ended is never asked.
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
    Targets targets(options(5, 2, false), Quorum{5});
    for (int step = 0; step < 3; ++step) {
        EXPECT_EQ(targets.get(), mask({0, 1, 3, 4}));
        EXPECT_EQ(targets.of(targets.ask()), mask({0, 1, 3, 4}));
        targets.begin_step();
    }
    targets.miss(mask({0}), 1);
    EXPECT_EQ(targets.get(), mask({0, 1, 3, 4}));
}

TEST(TargetsTest, teams_take_turns_from_step_to_step) {
    Targets targets(options(5, 0), Quorum{5});
    EXPECT_EQ(targets.get(), mask({1, 2}));
    const Targets::Team first = targets.ask();
    EXPECT_EQ(targets.ask(), first) << "the team changes only between steps";
    targets.begin_step();
    EXPECT_EQ(targets.get(), mask({3, 4}));
    targets.begin_step();
    EXPECT_EQ(targets.get(), mask({3, 4})) << "the team changes only after it was asked";
    const Targets::Team second = targets.ask();
    targets.begin_step();
    EXPECT_EQ(targets.get(), mask({1, 2}));
    EXPECT_EQ(targets.of(first), mask({1, 2}));
    EXPECT_EQ(targets.of(second), mask({3, 4}));
}

using Teams = std::pair<NodeMask, NodeMask>;

/// The teams of the next two steps, in order.
Teams teams(Targets& targets) {
    targets.begin_step();
    const NodeMask one = targets.get();
    targets.ask();
    targets.begin_step();
    const NodeMask other = targets.get();
    targets.ask();
    return {one, other};
}

// S15, for small and large clusters and with every node as the proposer. The other nodes become
// late one after another, and are then heard again one after another.
TEST(TargetsTest, each_team_makes_a_quorum_with_the_proposer) {
    for (std::size_t nodes = 1; nodes <= limits::nodes_max; nodes += nodes < 10 ? 1 : 6)
        for (NodeId self = 0; self < nodes; ++self) {
            Targets targets(options(nodes, self), Quorum{nodes});
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

TEST(TargetsTest, a_late_node_is_in_no_team_until_it_is_heard) {
    Targets targets(options(5, 0), Quorum{5});
    targets.miss(mask({1}), 1);
    EXPECT_EQ(targets.get(), mask({1, 2})) << "teams change only between steps";
    EXPECT_EQ(teams(targets), (Teams{mask({2, 3}), mask({4, 2})}));
    targets.miss(mask({2}), 1);
    EXPECT_EQ(teams(targets), (Teams{mask({3, 4}), mask({3, 4})}));
    targets.hear(3);
    EXPECT_EQ(teams(targets), (Teams{mask({3, 4}), mask({3, 4})}))
        << "n3 was not late, so nothing changes";
    targets.hear(1);
    EXPECT_EQ(teams(targets), (Teams{mask({1, 3}), mask({4, 1})}));
    targets.hear(2);
    EXPECT_EQ(teams(targets), (Teams{mask({1, 2}), mask({3, 4})}));
}

TEST(TargetsTest, if_too_few_are_in_time_each_team_adds_different_late_nodes) {
    Targets targets(options(5, 0), Quorum{5});
    targets.miss(mask({1, 2, 3}), 1);
    EXPECT_EQ(teams(targets), (Teams{mask({4, 1}), mask({4, 2})}));
    targets.miss(mask({4}), 1);
    EXPECT_EQ(teams(targets), (Teams{mask({1, 2}), mask({3, 4})}))
        << "if all are late, none is excluded";
}

// If the id of an old team stood for the members of a new team, such a member could count as late
// for a request that was never sent to it.
TEST(TargetsTest, a_team_is_empty_once_teams_are_chosen_anew) {
    Targets targets(options(5, 0), Quorum{5});
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
    Targets all(options(5, 0, false), Quorum{5});
    all.set_down(mask({3}));
    all.begin_step();
    EXPECT_EQ(all.get(), mask({1, 2, 4}));

    Targets targets(options(5, 0), Quorum{5});
    targets.set_down(mask({1, 3}));
    EXPECT_EQ(teams(targets), (Teams{mask({2, 4}), mask({2, 4})}));
    targets.miss(mask({2}), 1);
    EXPECT_EQ(teams(targets), (Teams{mask({2, 4}), mask({2, 4})}))
        << "without n2 too few would be left";
    targets.hear(1);
    targets.set_down(mask({1, 2, 3}));
    EXPECT_EQ(teams(targets), (Teams{mask({4}), mask({4})}));
}

/// Asks `requests` times. One request in `one_is_lost_in` is lost: no node answers it in time, so
/// it counts as retransmitted. Returns how many requests went to a team of two. The others went to
/// all nodes, as after many losses.
std::size_t ask_teams(Targets& targets, std::size_t requests, std::size_t one_is_lost_in) {
    std::size_t teams_asked = 0;
    for (std::size_t i = 1; i <= requests; ++i) {
        teams_asked += targets.get().count() == 2;
        targets.ask();
        if (i % one_is_lost_in == 0) targets.miss(targets.get(), 1);
        targets.begin_step();
        for (NodeId node = 1; node < 5; ++node) targets.hear(node);
    }
    targets.begin_step();
    return teams_asked;
}

// After many losses each team has all nodes. If a late node then left its team, new teams would be
// chosen, and Targets::of() would return an empty set for the old team. Then no request in flight
// to the old team could be fast-retransmitted.
TEST(TargetsTest, while_all_nodes_are_asked_a_late_node_stays_in_the_team) {
    Targets targets(options(5, 0), Quorum{5});
    ask_teams(targets, 1'000, 5);
    const Targets::Team all = targets.ask();
    ASSERT_EQ(targets.of(all), mask({1, 2, 3, 4}));
    targets.miss(mask({1}), 1);
    targets.begin_step();
    EXPECT_EQ(targets.of(all), mask({1, 2, 3, 4}));
    targets.hear(1);
    targets.begin_step();
    EXPECT_EQ(targets.of(all), mask({1, 2, 3, 4}));
}

TEST(TargetsTest, after_many_lost_requests_all_nodes_are_asked_until_a_probe_succeeds) {
    Targets targets(options(5, 0), Quorum{5});
    EXPECT_EQ(ask_teams(targets, 10'000, 20), 10'000U) << "few requests are lost";
    EXPECT_LT(ask_teams(targets, 8'000, 5), 1'000U);
    const std::size_t probed = ask_teams(targets, 10'000, 1'000);
    EXPECT_GE(probed, 512U) << "the 512 requests of a probe go to a team";
    EXPECT_LT(probed, 1'000U) << "all nodes are asked until the result of the probe is known";
    ask_teams(targets, 10'000, 1'000);
    EXPECT_EQ(ask_teams(targets, 1'000, 1'000), 1'000U)
        << "the probe has shown that loss has ended";
}

TEST(TargetsTest, all_nodes_are_asked_for_longer_each_time_if_requests_are_still_lost) {
    Targets targets(options(5, 0), Quorum{5});
    EXPECT_LT(ask_teams(targets, 1'000'000, 5), 10'000U);
    // After a time with few lost requests, the period in which all nodes are asked is again as
    // short as at the beginning of the test.
    ask_teams(targets, 2'000'000, 1'000);
    EXPECT_LT(ask_teams(targets, 8'000, 5), 1'000U);
    ask_teams(targets, 20'000, 1'000);
    EXPECT_EQ(ask_teams(targets, 1'000, 1'000), 1'000U);
}

}  // namespace
}  // namespace paxos::targets_test
