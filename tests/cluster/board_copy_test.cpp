// While a node on another host runs, its launcher sends the new digests of the node to rank 0, the
// launcher of n0. Rank 0 copies them to its own board (shared memory).
#include "cluster/board_copy.h"

#include <gtest/gtest.h>

#include <memory>

namespace paxos::cluster::board_copy_test {
namespace {

std::uint64_t slots_in(const node::Digests& digests) {
    std::uint64_t slots = 0;
    for (const node::Word& word : digests.slots) slots += word.get();
    return slots;
}

/// Sets `digests` as if the node had learned `entries` intervals of 2^`log2_size` slots.
void learn(node::Digests& digests, std::uint64_t log2_size, std::uint64_t entries) {
    digests.log2_size.set(log2_size);
    for (std::size_t i = 0; i < node::Digests::entries_max; ++i)
        digests.slots[i].set(i < entries ? std::uint64_t{1} << log2_size : 0);
    digests.complete_end.publish(entries << log2_size);
}

TEST(BoardCopy, copied_digests_cover_all_learned_slots_after_the_intervals_double) {
    const auto node = std::make_unique<node::Digests>();
    const auto copy = std::make_unique<node::Digests>();
    DigestSender sender;
    learn(*node, 8, node::Digests::entries_max - 1);
    ASSERT_TRUE(take_digests(sender.next(*node), *copy));
    EXPECT_EQ(slots_in(*copy), copy->complete_end.get());
    learn(*node, 9, node::Digests::entries_max / 2 + 7);
    ASSERT_TRUE(take_digests(sender.next(*node), *copy));
    EXPECT_EQ(copy->complete_end.get(), node->complete_end.get());
    EXPECT_EQ(slots_in(*copy), copy->complete_end.get());
    learn(*node, 9, node::Digests::entries_max / 2 + 9);  // next() returns only the new entries.
    ASSERT_TRUE(take_digests(sender.next(*node), *copy));
    EXPECT_EQ(slots_in(*copy), copy->complete_end.get());
}

}  // namespace
}  // namespace paxos::cluster::board_copy_test
