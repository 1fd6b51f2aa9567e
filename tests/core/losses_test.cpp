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
    outbox.add(NodeMask{2}, test::prepare_log(ballot, 3));
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

// Sends a NACK for every second slot. No two of these slots are adjacent, so each NACK stays a
// message of its own.
TEST(RepeatTest, copies_fill_datagrams_and_sends_like_the_messages) {
    Pool<limits::Small> pool;
    constexpr std::size_t per_send = SendPool<limits::Small>::messages_per_send;
    constexpr std::size_t count = per_send + limits::messages_per_datagram + 1;
    for (Slot i = 0; i < count; ++i)
        pool.sends.add(NodeMask{4}, test::nack(0, Ballot{1, 0}, 2 * i, Ballot{2, 1}));
    ASSERT_EQ(pool.sends.sends().size(), 2U);
    EXPECT_EQ(pool.sends.repeat(), count);
    ASSERT_EQ(pool.sends.sends().size(), 4U);
    for (std::size_t i = 0; i < count; ++i) {
        const Send& copy = pool.sends.sends()[2 + i / per_send];
        EXPECT_EQ(copy.to, NodeMask{4});
        EXPECT_EQ(copy.message(i % per_send)->slot, 2 * i);
        EXPECT_EQ(copy.message(i % per_send)->kind, MessageKind::nack);
    }
    EXPECT_EQ(pool.sends.sends()[2].cell_count(), per_send);
    EXPECT_EQ(pool.sends.sends()[3].cell_count(), count - per_send);
}

TEST(RepeatTest, when_no_send_is_left_messages_are_not_repeated) {
    Pool<limits::Tiny> pool;
    for (std::uint64_t i = 2; i <= limits::Tiny::sends_per_step; ++i)
        pool.sends.add(NodeMask{i}, test::prepare(Ballot{1, 0}, 0));
    EXPECT_EQ(pool.sends.repeat(), 1U);
    EXPECT_EQ(pool.sends.sends().size(), limits::Tiny::sends_per_step);
    EXPECT_EQ(pool.sends.repeat(), 0U);
}

/// Returns node 2 of three nodes. The node has missed the decisions of all slots below `reviewed`,
/// requested them with LEARN, and then learned them.
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

/// Returns node 0 of three nodes, the leader of `multi`. It has decided many windows of slots. In
/// each window, n1 delayed its answers for the first `answered` slots by `wait`, and answered at
/// once for the others. n2 never answered, but reported that it had learned the slots.
test::Subject<Multi, limits::Small> leader_that_retransmits(Slot answered, Tick wait) {
    Options options;
    options.self = 0;
    options.nodes = 3;
    test::Subject<Multi, limits::Small> node(options);
    constexpr std::uint32_t window = 64;
    node.offer(4 * reviewed, window);
    node.step();
    const Ballot ballot{1, 0};
    node.step({test::promise_rest(1, ballot, 0)});
    const auto accepted = [&](Slot first, Slot end) {
        Message message = test::accepted(1, ballot, first, Value{});
        message.slot_count = static_cast<std::uint32_t>(end - first);
        return message;
    };
    while (node.node().learned() < 2 * reviewed) {
        const Slot first = node.node().learned();
        if (answered < window) node.step({accepted(first + answered, first + window)});
        node.pass(wait);
        node.step({accepted(first, first + std::min<Slot>(answered, window))});
        EXPECT_EQ(node.node().learned(), first + window);
        if (node.node().learned() != first + window) break;
        node.header(1, first + window);
        node.header(2, first + window);
    }
    return node;
}

TEST(LossesTest, overtaken_requests_are_a_sign_of_losses) {
    const auto node = leader_that_retransmits(32, 5'000'000);
    EXPECT_GE(node.node().counters().resent, reviewed / 2);
    EXPECT_TRUE(node.node().repeats_messages());
    EXPECT_GT(node.node().counters().copies, 0U);
}

TEST(LossesTest, timeouts_without_overtaking_are_no_sign_of_losses) {
    const auto node = leader_that_retransmits(64, 25'000'000);
    EXPECT_GE(node.node().counters().resent, reviewed / 2);
    EXPECT_FALSE(node.node().repeats_messages());
}

}  // namespace
}  // namespace paxos::losses_test
