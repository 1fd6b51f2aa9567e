// The order in which a node sends to its peers: first to the peer that it has heard from least
// recently.
#include "node/send_order.h"

#include <gtest/gtest.h>

#include <array>
#include <vector>

namespace paxos::node::send_order_test {
namespace {

std::vector<int> order_of(const SendOrder& order, NodeMask nodes) {
    std::vector<int> visited;
    order.for_each(nodes, [&](NodeId node) { visited.push_back(node); });
    return visited;
}

TEST(SendOrder, begins_in_the_order_of_ids) {
    EXPECT_EQ(order_of(SendOrder(5), NodeMask::first(5)), (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(SendOrder, the_node_heard_last_is_last_and_each_appears_once) {
    SendOrder order(5);
    for (const NodeId node : std::to_array<NodeId>({2, 1, 1, 2, 4, 1})) order.note_heard(node);
    EXPECT_EQ(order_of(order, NodeMask::first(5)), (std::vector<int>{0, 3, 2, 4, 1}));
}

TEST(SendOrder, visits_only_the_given_nodes) {
    SendOrder order(5);
    order.note_heard(0);
    EXPECT_EQ(order_of(order, NodeMask::of(0) | NodeMask::of(3)), (std::vector<int>{3, 0}));
    EXPECT_TRUE(order_of(order, NodeMask{}).empty());
}

TEST(SendOrder, works_with_1_node_and_with_nodes_max_nodes) {
    SendOrder lone(1);
    lone.note_heard(0);
    EXPECT_EQ(order_of(lone, NodeMask::of(0)), (std::vector<int>{0}));
    SendOrder most(limits::nodes_max);
    most.note_heard(0);
    EXPECT_EQ(order_of(most, NodeMask::first(limits::nodes_max)).back(), 0);
}

}  // namespace
}  // namespace paxos::node::send_order_test
