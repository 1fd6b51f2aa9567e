// To whom is sent first.
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

TEST(SendOrder, begins_with_the_numbers) {
    EXPECT_EQ(order_of(SendOrder(5), NodeMask::first(5)), (std::vector<int>{0, 1, 2, 3, 4}));
}

TEST(SendOrder, who_was_heard_last_comes_last_and_each_once) {
    SendOrder order(5);
    for (const NodeId node : std::to_array<NodeId>({2, 1, 1, 2, 4, 1})) order.hear(node);
    EXPECT_EQ(order_of(order, NodeMask::first(5)), (std::vector<int>{0, 3, 2, 4, 1}));
}

TEST(SendOrder, visits_nobody_else) {
    SendOrder order(5);
    order.hear(0);
    EXPECT_EQ(order_of(order, NodeMask::of(0) | NodeMask::of(3)), (std::vector<int>{3, 0}));
    EXPECT_TRUE(order_of(order, NodeMask{}).empty());
}

TEST(SendOrder, holds_one_node_and_as_many_as_there_may_be) {
    SendOrder lone(1);
    lone.hear(0);
    EXPECT_EQ(order_of(lone, NodeMask::of(0)), (std::vector<int>{0}));
    SendOrder most(limits::nodes_max);
    most.hear(0);
    EXPECT_EQ(order_of(most, NodeMask::first(limits::nodes_max)).back(), 0);
}

}  // namespace
}  // namespace paxos::node::send_order_test
