// Tests of the estimate of losses, and of what a node sends if losses are frequent.
#include "paxos/losses.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <memory>
#include <vector>

#include "paxos/variants.h"
#include "support/subject.h"

namespace paxos::losses_test {
namespace {

using Small = Losses<limits::Small>;
constexpr std::uint64_t reviewed = Small::review_every;

TEST(LossesTest, are_frequent_from_one_slot_in_three_to_less_than_one_in_six) {
    Small losses;
    const auto review = [&](std::uint64_t again) {
        losses.note_again(again);
        losses.note_learned(reviewed);
        return losses.are_frequent();
    };
    EXPECT_FALSE(review(0));
    EXPECT_FALSE(review(reviewed / 3 - 1));
    EXPECT_TRUE(review(reviewed / 3 + 1));
    EXPECT_TRUE(review(reviewed / 6 + 1));
    EXPECT_FALSE(review(reviewed / 6 - 1));
    EXPECT_FALSE(review(reviewed / 6 + 1));
}

TEST(LossesTest, are_reviewed_only_after_many_slots) {
    Small losses;
    losses.note_again(reviewed);
    losses.note_learned(reviewed - 1);
    EXPECT_FALSE(losses.are_frequent());
    losses.note_learned(1);
    EXPECT_TRUE(losses.are_frequent());
}

template <class Limits>
class Pool {
    using Sends = SendPool<Limits>;
    std::unique_ptr<std::byte, decltype(&std::free)> bytes_{
        static_cast<std::byte*>(std::aligned_alloc(64, Sends::pool_size)), &std::free};

public:
    Sends sends{bytes_.get()};
};

// Messages with values, LEARNs, heartbeats and messages without values, in the order in which a
// step might send them.
TEST(RepeatTest, messages_without_values_are_repeated_in_another_datagram) {
    const Ballot ballot{1, 0};
    Pool<limits::Small> pool;
    auto& outbox = pool.sends;
    const std::vector<Value> values(60, test::value_of(1));  // More than a datagram holds.
    Message prepare = test::prepare(ballot, 0);
    prepare.slot_count = 200;
    outbox.add(NodeMask{6}, prepare);
    outbox.add_with_values(NodeMask{6}, test::accept(ballot, 0, values[0]), {0, 60},
                           Values::at(values[0], 0));
    outbox.add(NodeMask{6}, test::decide(0, ballot, 60, NodeMask{7}, Value{}, 2));
    outbox.add(NodeMask{2}, test::learn(0, 3, 9));
    outbox.add(NodeMask{4}, test::nack(0, ballot, 5, Ballot{2, 1}));
    outbox.add(NodeMask{4}, test::accepted(0, ballot, 5, test::value_of(5)));
    outbox.add_empty(NodeMask{8});
    const std::size_t before = outbox.sends().size();

    EXPECT_EQ(outbox.repeat(), 3U);
    ASSERT_EQ(outbox.sends().size(), before + 2);
    const Send& requests = outbox.sends()[before];
    EXPECT_EQ(requests.to, NodeMask{6});
    ASSERT_EQ(requests.cell_count(), 2U);
    EXPECT_EQ(requests.message(0)->kind, MessageKind::prepare);
    EXPECT_EQ(requests.message(0)->slot_count, 200U);
    EXPECT_EQ(requests.message(1)->kind, MessageKind::decide);
    EXPECT_EQ(requests.message(1)->slot, 60U);
    EXPECT_EQ(requests.message(1)->detail, 7U);
    const Send& refusal = outbox.sends()[before + 1];
    EXPECT_EQ(refusal.to, NodeMask{4});
    ASSERT_EQ(refusal.cell_count(), 1U);
    EXPECT_EQ(refusal.message(0)->kind, MessageKind::nack);
}

TEST(RepeatTest, when_no_send_is_left_messages_are_not_repeated) {
    Pool<limits::Tiny> pool;
    for (std::uint64_t i = 2; i <= limits::Tiny::sends_per_step; ++i)
        pool.sends.add(NodeMask{i}, test::prepare(Ballot{1, 0}, 0));
    EXPECT_EQ(pool.sends.repeat(), 1U);
    EXPECT_EQ(pool.sends.sends().size(), limits::Tiny::sends_per_step);
    EXPECT_EQ(pool.sends.repeat(), 0U);
}

/// Node 2 of three nodes, after it has missed all of the first slots and learned them by LEARN.
test::Subject<Classic, limits::Small> node_that_missed_much(bool runs) {
    Options options;
    options.self = 2;
    options.nodes = 3;
    options.runs = runs;
    test::Subject<Classic, limits::Small> node(options);
    constexpr Slot at_once = 64;
    for (Slot end = at_once; end <= reviewed; end += at_once) {
        node.header(0, end);
        Slot asked = 0;
        for (int i = 0; i < 4; ++i)
            for (const test::Sent& sent : node.advance(options.timing.catch_up_ns))
                if (sent.message.kind == MessageKind::learn) asked += sent.message.slot_count;
        EXPECT_GE(asked, at_once);
        std::vector<Message> answers;
        for (Slot slot = end - at_once; slot < end; ++slot)
            answers.push_back(
                test::decide(0, Ballot{1, 0}, slot, test::nodes({0, 1}), test::value_of(slot)));
        node.step(answers);
        EXPECT_EQ(node.node().learned(), end);
    }
    return node;
}
std::size_t promises_to(test::Subject<Classic, limits::Small>& node) {
    Message request = test::prepare(Ballot{2, 1}, reviewed);
    request.slot_count = 9;
    std::size_t promises = 0;
    for (const test::Sent& sent : node.step({request}))
        promises += sent.message.kind == MessageKind::promise;
    return promises;
}

TEST(LossesTest, a_node_that_misses_much_sends_messages_without_values_twice) {
    auto node = node_that_missed_much(true);
    EXPECT_EQ(promises_to(node), 2U);
    EXPECT_EQ(node.node().counters().copies, 1U);
    EXPECT_EQ(node.node().counters().sent[static_cast<std::size_t>(MessageKind::promise)], 9U);
}

TEST(LossesTest, a_node_that_sends_one_message_for_each_slot_sends_it_once) {
    auto node = node_that_missed_much(false);
    EXPECT_EQ(promises_to(node), 9U);
    EXPECT_EQ(node.node().counters().copies, 0U);
}

}  // namespace
}  // namespace paxos::losses_test
