// Tests that compare NodeMask with std::set, and check quorums by counting their nodes.
#include "paxos/quorum.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <iterator>
#include <set>
#include <vector>

namespace paxos::quorum_test {
namespace {

using Twin = std::set<NodeId>;

Twin twin_of(NodeMask mask) {
    Twin twin;
    mask.for_each([&](NodeId node) { twin.insert(node); });
    return twin;
}

NodeMask mask_of(const Twin& twin) {
    NodeMask mask;
    for (NodeId node : twin) mask.add(node);
    return mask;
}

rc::Gen<Twin> any_nodes() {
    return rc::gen::container<Twin>(rc::gen::inRange<NodeId>(0, limits::nodes_max));
}

RC_GTEST_PROP(NodeMaskTest, is_a_set_under_add_and_remove, ()) {
    using Step = std::pair<bool, NodeId>;  // True: add the node; false: remove it.
    const auto steps = *rc::gen::container<std::vector<Step>>(
        rc::gen::pair(rc::gen::arbitrary<bool>(), rc::gen::inRange<NodeId>(0, limits::nodes_max)));
    NodeMask mask;
    Twin twin;
    for (const auto& [adds, node] : steps) {
        if (adds) {
            mask.add(node);
            twin.insert(node);
        } else {
            mask.remove(node);
            twin.erase(node);
        }
        RC_ASSERT(mask.count() == twin.size());
        RC_ASSERT(mask.empty() == twin.empty());
        RC_ASSERT(mask.has(node) == adds);
        if (!twin.empty()) RC_ASSERT(mask.lowest() == *twin.begin());
    }
    for (NodeId node = 0; node < limits::nodes_max; ++node)
        RC_ASSERT(mask.has(node) == twin.contains(node));
    std::vector<NodeId> visited;
    mask.for_each([&](NodeId node) { visited.push_back(node); });
    RC_ASSERT(visited == std::vector<NodeId>(twin.begin(), twin.end()));
}

RC_GTEST_PROP(NodeMaskTest, unites_intersects_and_subtracts_as_sets_do, ()) {
    const Twin a = *any_nodes(), b = *any_nodes();
    Twin united, common, rest;
    std::set_union(a.begin(), a.end(), b.begin(), b.end(), std::inserter(united, united.end()));
    std::set_intersection(a.begin(), a.end(), b.begin(), b.end(),
                          std::inserter(common, common.end()));
    std::set_difference(a.begin(), a.end(), b.begin(), b.end(), std::inserter(rest, rest.end()));
    RC_ASSERT(twin_of(mask_of(a) | mask_of(b)) == united);
    RC_ASSERT(twin_of(mask_of(a) & mask_of(b)) == common);
    RC_ASSERT(twin_of(mask_of(a) - mask_of(b)) == rest);
    RC_ASSERT((mask_of(a) == mask_of(b)) == (a == b));
}

TEST(NodeMaskTest, first_contains_the_nodes_below_the_count) {
    for (std::size_t count = 0; count <= limits::nodes_max; ++count) {
        const NodeMask mask = NodeMask::first(count);
        EXPECT_EQ(mask.count(), count);
        for (NodeId node = 0; node < limits::nodes_max; ++node)
            EXPECT_EQ(mask.has(node), node < count);
    }
    EXPECT_EQ(NodeMask::of(62).bits(), std::uint64_t{1} << 62);
}

RC_GTEST_PROP(QuorumTest, is_met_by_more_than_half_of_the_nodes_and_by_nothing_less, ()) {
    const auto nodes = *rc::gen::inRange<std::size_t>(1, limits::nodes_max + 1);
    const Twin answered = *any_nodes();
    const auto insiders = static_cast<std::size_t>(
        std::count_if(answered.begin(), answered.end(), [&](NodeId node) { return node < nodes; }));
    RC_ASSERT(Quorum{nodes}.is_met(mask_of(answered)) == (2 * insiders > nodes));
}

TEST(QuorumTest, S15_any_two_majorities_intersect) {
    // Every pair of sets of nodes, in clusters of up to seven nodes.
    for (std::size_t nodes = 1; nodes <= 7; ++nodes) {
        const Quorum quorum{nodes};
        const std::uint64_t sets = std::uint64_t{1} << nodes;
        for (std::uint64_t a = 0; a < sets; ++a)
            for (std::uint64_t b = 0; b < sets; ++b)
                if (quorum.is_met(NodeMask{a}) && quorum.is_met(NodeMask{b})) {
                    ASSERT_NE(a & b, 0U) << nodes << " nodes: " << a << " and " << b;
                }
    }
    // Two sets of more than half the nodes cannot be disjoint, because together they would have
    // more nodes than the cluster.
    for (std::size_t nodes = 1; nodes <= limits::nodes_max; ++nodes)
        EXPECT_GT(2 * Quorum{nodes}.size(), nodes);
}

/// With flexible quorums the two phases may need different numbers of nodes. The test tries accept
/// quorums of every size.
TEST(QuorumTest, S15_every_prepare_quorum_intersects_every_accept_quorum) {
    for (std::size_t nodes = 1; nodes <= 7; ++nodes)
        for (std::size_t size = 1; size <= nodes; ++size) {
            const Quorums quorums(nodes, size);
            EXPECT_EQ(quorums.accept.size(), size);
            const std::uint64_t sets = std::uint64_t{1} << nodes;
            for (std::uint64_t a = 0; a < sets; ++a)
                for (std::uint64_t b = 0; b < sets; ++b)
                    if (quorums.prepare.is_met(NodeMask{a}) && quorums.accept.is_met(NodeMask{b})) {
                        ASSERT_NE(a & b, 0U) << nodes << " nodes: " << a << " and " << b;
                    }
            // With one node fewer in phase 1, the two quorums could be disjoint.
            EXPECT_EQ(quorums.prepare.size() + size, nodes + 1);
            EXPECT_GE(2 * quorums.larger().size(), nodes + 1);
        }
}

TEST(QuorumTest, a_slot_needs_the_larger_quorum_if_it_goes_through_both_phases) {
    const Quorums small_accept(5, 2), large_accept(5, 4);
    EXPECT_EQ(small_accept.of_slot(1).size(), 2U);
    EXPECT_EQ(small_accept.of_slot(2).size(), 4U);
    EXPECT_EQ(large_accept.of_slot(1).size(), 4U);
    EXPECT_EQ(large_accept.of_slot(2).size(), 4U);
}

TEST(QuorumTest, S15_a_quorum_is_no_larger_than_it_must_be) {
    static_assert(Quorum{1}.size() == 1 && Quorum{2}.size() == 2 && Quorum{3}.size() == 2);
    static_assert(Quorum{4}.size() == 3 && Quorum{5}.size() == 3 && Quorum{63}.size() == 32);
    for (std::size_t nodes = 1; nodes <= limits::nodes_max; ++nodes) {
        const Quorum quorum{nodes};
        EXPECT_LE(2 * (quorum.size() - 1), nodes);  // Two smaller sets could be disjoint.
        EXPECT_TRUE(quorum.is_met(NodeMask::first(quorum.size())));
        EXPECT_FALSE(quorum.is_met(NodeMask::first(quorum.size() - 1)));
        EXPECT_TRUE(quorum.is_met(quorum.everyone()));
        EXPECT_EQ(quorum.everyone(), NodeMask::first(nodes));
        EXPECT_FALSE(quorum.is_met(NodeMask{}));
    }
}

TEST(QuorumTest, S08_the_same_sender_counts_once) {
    const Quorum quorum{5};
    NodeMask answered;
    for (int times = 0; times < 100; ++times) answered.add(3);
    EXPECT_EQ(answered.count(), 1U);
    EXPECT_FALSE(quorum.is_met(answered));
    answered.add(4);
    answered.add(3);
    answered.add(4);
    EXPECT_FALSE(quorum.is_met(answered));
    answered.add(0);
    EXPECT_TRUE(quorum.is_met(answered));
}

TEST(QuorumTest, S08_only_nodes_of_the_cluster_count) {
    const Quorum quorum{5};
    const NodeMask outsiders{~std::uint64_t{0} << 5};
    EXPECT_FALSE(quorum.is_met(outsiders));
    EXPECT_FALSE(quorum.is_met(outsiders | NodeMask::first(2)));
    EXPECT_TRUE(quorum.is_met(outsiders | NodeMask::first(3)));
}

TEST(QuorumDeathTest, a_cluster_has_1_to_63_nodes) {
    EXPECT_DEATH(Quorum{0}, "nodes");
    EXPECT_DEATH(Quorum{64}, "nodes");
    EXPECT_DEATH((Quorum{5, 0}), "size");
    EXPECT_DEATH((Quorum{5, 6}), "size");
}

}  // namespace
}  // namespace paxos::quorum_test
