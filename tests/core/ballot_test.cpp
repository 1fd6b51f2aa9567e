// Ballots are totally ordered, by counter, incarnation and node (S04).
#include "paxos/ballot.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <array>
#include <set>
#include <utility>
#include <vector>

namespace paxos::ballot_test {
namespace {

constexpr std::uint64_t counter_max = limits::ballot_counter_max;
constexpr auto node_max = static_cast<NodeId>(limits::nodes_max - 1);

/// Counters that are compared wrongly by code that truncates them or takes their difference.
constexpr std::array<std::uint64_t, 12> edge_counters{
    1,          2,          255,        256,        (1ULL << 31) - 1, 1ULL << 31,
    0xffffffff, 1ULL << 32, 1ULL << 38, 1ULL << 39, counter_max - 1,  counter_max};
constexpr std::array<NodeId, 5> edge_nodes{0, 1, 31, 32, node_max};

std::vector<std::pair<std::uint64_t, NodeId>> edges() {
    std::vector<std::pair<std::uint64_t, NodeId>> all;
    for (std::uint64_t counter : edge_counters)
        for (NodeId node : edge_nodes) all.emplace_back(counter, node);
    return all;
}

/// Expects two ballots to compare like the std::pairs of their counters and nodes.
void expect_as_pairs(std::pair<std::uint64_t, NodeId> a, std::pair<std::uint64_t, NodeId> b) {
    const Ballot left{a.first, a.second};
    const Ballot right{b.first, b.second};
    EXPECT_EQ(left < right, a < b);
    EXPECT_EQ(left <= right, a <= b);
    EXPECT_EQ(left > right, a > b);
    EXPECT_EQ(left >= right, a >= b);
    EXPECT_EQ(left == right, a == b);
    EXPECT_EQ(left != right, a != b);
}

TEST(BallotTest, S04_boundary_ballots_are_ordered_by_counter_then_node) {
    for (const auto& a : edges())
        for (const auto& b : edges()) expect_as_pairs(a, b);
}

TEST(BallotTest, S04_equal_counters_are_ordered_by_the_node) {
    static_assert(Ballot{7, 1} < Ballot{7, 2});
    static_assert(Ballot{7, 62} < Ballot{8, 0});
    static_assert(Ballot{counter_max, 0} < Ballot{counter_max, 1});
    for (NodeId node = 0; node < node_max; ++node) {
        const auto next = static_cast<NodeId>(node + 1);
        EXPECT_LT((Ballot{3, node}), (Ballot{3, next}));
    }
}

TEST(BallotTest, S04_comparison_does_not_wrap_at_the_last_counter) {
    static_assert(Ballot{1, 0} < Ballot{counter_max, 0});
    static_assert(Ballot{counter_max - 1, 62} < Ballot{counter_max, 0});
    static_assert(Ballot{1ULL << 39, 0} > Ballot{(1ULL << 39) - 1, 62},
                  "the highest bit is a bit like any other");
}

TEST(BallotTest, the_empty_ballot_is_below_every_other) {
    static_assert(Ballot{}.is_none() && Ballot{}.bits() == 0);
    static_assert(!Ballot{1, 0}.is_none());
    for (const auto& [counter, node] : edges()) EXPECT_LT(Ballot{}, (Ballot{counter, node}));
}

// "Paxos Made Simple" requires that different proposals have different numbers.
TEST(BallotTest, different_proposers_never_share_a_ballot) {
    std::set<std::uint64_t> bits;
    for (const auto& [counter, node] : edges()) bits.insert(Ballot{counter, node}.bits());
    EXPECT_EQ(bits.size(), edge_counters.size() * edge_nodes.size());
}

/// S12: a node never uses a ballot again after a restart.
TEST(BallotTest, S12_two_incarnations_of_a_proposer_never_share_a_ballot) {
    static_assert(Ballot{7, 1, 1} != Ballot{7, 1, 0});
    static_assert(Ballot{7, 1, 0xffff} < Ballot{8, 0, 0}, "the counter comes first");
    static_assert(Ballot{7, 62, 1} < Ballot{7, 0, 2}, "then the incarnation, then the node");
    const Ballot ballot{counter_max, node_max, 0xffff};
    EXPECT_EQ(ballot.counter(), counter_max);
    EXPECT_EQ(ballot.incarnation(), 0xffff);
    EXPECT_EQ(ballot.node(), node_max);
    EXPECT_EQ((Ballot{3, 1}).incarnation(), 0);
}

TEST(BallotTest, counter_and_node_are_read_back_unchanged) {
    for (const auto& [counter, node] : edges()) {
        const Ballot ballot{counter, node};
        EXPECT_EQ(ballot.counter(), counter);
        EXPECT_EQ(ballot.node(), node);
        EXPECT_EQ(Ballot::from_bits(ballot.bits()), ballot);
    }
}

RC_GTEST_PROP(BallotTest, S04_ballots_are_ordered_like_pairs_of_counter_and_node, ()) {
    const auto counter = rc::gen::inRange<std::uint64_t>(1, counter_max + 1);
    const auto node = rc::gen::inRange<NodeId>(0, limits::nodes_max);
    const auto a = *rc::gen::pair(counter, node);
    const auto b = *rc::gen::pair(rc::gen::oneOf(counter, rc::gen::just(a.first)), node);
    const auto c = *rc::gen::pair(counter, node);
    expect_as_pairs(a, b);
    RC_ASSERT((Ballot{a.first, a.second} <=> Ballot{b.first, b.second}) == (a <=> b));
    // The order is total and transitive, as std::sort requires.
    const auto [low, middle, high] = [&] {
        std::array<Ballot, 3> sorted{Ballot{a.first, a.second}, Ballot{b.first, b.second},
                                     Ballot{c.first, c.second}};
        std::sort(sorted.begin(), sorted.end());
        return sorted;
    }();
    RC_ASSERT(low <= middle && middle <= high && low <= high);
}

TEST(BallotDeathTest, S36_a_counter_out_of_range_aborts) {
    EXPECT_DEATH((Ballot{0, 1}), "counter");
    EXPECT_DEATH((Ballot{counter_max + 1, 1}), "counter");
}

}  // namespace
}  // namespace paxos::ballot_test
