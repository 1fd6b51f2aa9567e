// Tests of the outbox. Random tests compare it with a map from sets of destinations to messages.
#include "paxos/outbox.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "paxos/runs.h"
#include "support/subject.h"
#include "wire/validate.h"

namespace paxos::outbox_test {
namespace {

constexpr std::size_t per_datagram = limits::messages_per_datagram;

// S06: PROMISE and ACCEPTED, which report a record, are sent only through Answers.
template <MessageKind kind>
constexpr bool outbox_takes = requires(Outbox<limits::Tiny>& outbox) {
    outbox.template add<kind>(NodeMask{1}, Message{});
};
template <MessageKind kind>
constexpr bool answers_take = requires(Answers<limits::Tiny>& answers) {
    answers.template add<kind>(NodeMask{1}, Message{});
};
static_assert(!outbox_takes<MessageKind::promise> && !outbox_takes<MessageKind::accepted>);
static_assert(answers_take<MessageKind::promise> && answers_take<MessageKind::accepted>);
static_assert(outbox_takes<MessageKind::prepare> && outbox_takes<MessageKind::accept> &&
              outbox_takes<MessageKind::decide> && outbox_takes<MessageKind::nack> &&
              outbox_takes<MessageKind::learn>);
static_assert(!answers_take<MessageKind::decide> && !answers_take<MessageKind::nack>);

/// An outbox and its pool. mark_headers() fills every header in the pool with a mark, so that a
/// write into a header is found.
template <class Limits>
class Box {
public:
    using Type = SendPool<Limits>;

    explicit Box(std::size_t size = limits::datagram_size)
        : datagram_size(size),
          pool_(static_cast<std::byte*>(std::aligned_alloc(64, Type::pool_size)), &std::free),
          outbox(pool_.get(), size) {}

    void mark_headers() {
        for (std::size_t send = 0; send < Type::pool_size; send += Type::send_size)
            for (std::size_t i = 0; i < Limits::datagrams_per_send; ++i)
                std::memset(pool_.get() + send + i * datagram_size, mark, limits::header_size);
    }
    [[nodiscard]] static bool is_marked(const std::byte* header) {
        for (std::size_t i = 0; i < limits::header_size; ++i)
            if (header[i] != std::byte{mark}) return false;
        return true;
    }
    /// Adds a message for the nodes `to`. `number` identifies the message.
    void send(NodeMask to, std::uint64_t number) {
        Message message{};
        message.slot = number;
        outbox.add(to, message);
    }
    [[nodiscard]] const std::byte* pool() const { return pool_.get(); }

    const std::size_t datagram_size;

private:
    static constexpr unsigned char mark = 0xee;
    std::unique_ptr<std::byte, decltype(&std::free)> pool_;

public:
    Type outbox;
};

/// Returns the box for datagrams of `size` bytes. All steps use the same box, as in a node.
template <class Limits>
Box<Limits>& box_of(std::size_t size) {
    static std::map<std::size_t, Box<Limits>> boxes;
    return boxes.try_emplace(size, size).first->second;
}

std::size_t any_datagram_size() {
    const auto cells = *rc::gen::inRange(limits::cells_in(limits::datagram_size_min),
                                         per_datagram + 1);
    return limits::header_size + cells * limits::message_size;
}

/// For each set of destinations, the numbers of its messages in order.
using Twin = std::map<std::uint64_t, std::vector<std::uint64_t>>;

/// The messages in the sends, read datagram by datagram, as src/wire and src/io read them.
template <class Limits>
Twin read(const SendPool<Limits>& outbox) {
    Twin twin;
    for (const Send& send : outbox.sends())
        for (std::size_t i = 0; i < send.datagram_count(); ++i)
            for (std::size_t j = 0; j < send.cells_in(i); ++j) {
                const std::byte* place = send.datagram(i) + limits::header_size +
                                         j * limits::message_size;
                twin[send.to.bits()].push_back(reinterpret_cast<const Message*>(place)->slot);
            }
    return twin;
}

/// Checks invariants 1 and 2 of outbox.h, and all sizes.
template <class Limits>
void check_layout(const Box<Limits>& box) {
    using Type = SendPool<Limits>;
    const std::size_t most = limits::cells_in(box.datagram_size);
    const std::size_t most_in_send = Limits::datagrams_per_send * most;
    std::map<std::uint64_t, bool> has_room;
    std::size_t cells = 0, place = 0;
    for (const Send& send : box.outbox.sends()) {
        RC_ASSERT(!send.to.empty());
        RC_ASSERT(send.bytes == box.pool() + place++ * Type::send_size);
        RC_ASSERT(!has_room[send.to.bits()]);  // The previous send to the same nodes is full.
        has_room[send.to.bits()] = send.cell_count() < most_in_send;
        RC_ASSERT(send.cell_count() <= most_in_send);
        RC_ASSERT(send.datagram_count() <= Limits::datagrams_per_send);

        std::size_t size = 0, count = 0;
        for (std::size_t i = 0; i < send.datagram_count(); ++i) {
            const std::size_t here = send.cells_in(i);
            RC_ASSERT(send.datagram(i) == send.bytes + size);
            RC_ASSERT(Box<Limits>::is_marked(send.datagram(i)));
            if (i + 1 < send.datagram_count()) RC_ASSERT(here == most);
            size += limits::header_size + here * limits::message_size;
            count += here;
        }
        RC_ASSERT(send.size() == size);
        RC_ASSERT(send.cell_count() == count);
        cells += count;
    }
    RC_ASSERT(box.outbox.cell_count() == cells);
    RC_ASSERT(box.outbox.empty() == box.outbox.sends().empty());
}

/// In each of two steps, adds bursts of messages to several destinations and reads the messages
/// back.
template <class Limits>
void every_message_goes_once_to_its_nodes_in_order(std::size_t destinations_max,
                                                   std::size_t run_max) {
    using Run = std::pair<std::size_t, std::size_t>;  // Destination and number of messages.
    const auto masks = *rc::gen::suchThat(
        rc::gen::container<std::vector<std::uint64_t>>(
            rc::gen::inRange<std::uint64_t>(1, std::uint64_t{1} << 63)),
        [&](const auto& all) { return !all.empty() && all.size() <= destinations_max; });
    Box<Limits>& box = box_of<Limits>(any_datagram_size());
    for (int step = 0; step < 2; ++step) {
        const auto runs = *rc::gen::container<std::vector<Run>>(
            rc::gen::pair(rc::gen::inRange<std::size_t>(0, masks.size()),
                          rc::gen::inRange<std::size_t>(1, run_max)));
        box.outbox.clear();
        box.mark_headers();
        RC_ASSERT(box.outbox.empty());

        Twin twin;
        std::uint64_t number = 0;
        // The messages fill at most half of the pool's sends. The other half is left for the last
        // send to each destination, which is usually not full.
        std::size_t left = Limits::sends_per_step / 2 * Limits::datagrams_per_send *
                           limits::cells_in(box.datagram_size);
        for (const auto& [destination, count] : runs)
            for (std::size_t i = 0; i < count && left > 0; ++i, --left) {
                box.send(NodeMask{masks[destination]}, number);
                twin[masks[destination]].push_back(number++);
            }
        RC_ASSERT(read(box.outbox) == twin);
        check_layout(box);
    }
}

RC_GTEST_PROP(OutboxTest, tiny_every_message_goes_once_to_its_nodes_in_order, ()) {
    every_message_goes_once_to_its_nodes_in_order<limits::Tiny>(limits::Tiny::sends_per_step / 2,
                                                                60);
}

RC_GTEST_PROP(OutboxTest, standard_every_message_goes_once_to_its_nodes_in_order, ()) {
    every_message_goes_once_to_its_nodes_in_order<limits::Standard>(
        limits::Standard::sends_per_step / 2, 1500);
}

TEST(OutboxTest, messages_to_many_nodes_in_turn_share_one_send_for_each_node) {
    Box<limits::Standard> box;
    box.outbox.clear();
    constexpr std::size_t destinations = limits::nodes_max;
    for (std::uint64_t i = 0; i < destinations * 100; ++i)
        box.send(NodeMask::of(static_cast<NodeId>(i % destinations)), i);
    EXPECT_EQ(box.outbox.sends().size(), destinations);
    for (const Send& send : box.outbox.sends()) EXPECT_EQ(send.cell_count(), 100U);
}

TEST(OutboxTest, a_full_send_is_followed_by_another) {
    Box<limits::Tiny> box;
    box.outbox.clear();
    constexpr std::size_t full = SendPool<limits::Tiny>::messages_per_send;
    for (std::uint64_t i = 0; i < full; ++i) box.send(NodeMask{6}, i);
    EXPECT_EQ(box.outbox.sends().size(), 1U);
    EXPECT_EQ(box.outbox.sends().front().size(), SendPool<limits::Tiny>::send_size);
    box.send(NodeMask{6}, full);
    ASSERT_EQ(box.outbox.sends().size(), 2U);
    EXPECT_EQ(box.outbox.sends().back().cell_count(), 1U);
}

TEST(OutboxTest, an_empty_datagram_is_a_header_alone) {
    Box<limits::Tiny> box;
    box.outbox.clear();
    box.outbox.add_empty(NodeMask{6});
    ASSERT_EQ(box.outbox.sends().size(), 1U);
    const Send& send = box.outbox.sends().front();
    EXPECT_EQ(send.to, NodeMask{6});
    EXPECT_EQ(send.cell_count(), 0U);
    EXPECT_EQ(send.datagram_count(), 1U);
    EXPECT_EQ(send.cells_in(0), 0U);
    EXPECT_EQ(send.size(), limits::header_size);
    EXPECT_FALSE(box.outbox.empty());
    EXPECT_EQ(box.outbox.cell_count(), 0U);
}

TEST(OutboxTest, an_empty_datagram_goes_only_to_nodes_without_another_send) {
    Box<limits::Tiny> box;
    box.outbox.clear();
    box.send(NodeMask{0b00011}, 1);
    box.send(NodeMask{0b00100}, 2);
    box.outbox.add_empty(NodeMask{0b00111});
    box.outbox.add_empty(NodeMask{0b00010});
    EXPECT_EQ(box.outbox.sends().size(), 2U);
    box.outbox.add_empty(NodeMask{0b11110});
    ASSERT_EQ(box.outbox.sends().size(), 3U);
    EXPECT_EQ(box.outbox.sends().back().to, NodeMask{0b11000});
    box.outbox.add_empty(NodeMask{0b11000});
    EXPECT_EQ(box.outbox.sends().size(), 3U);
}

TEST(OutboxTest, a_message_added_after_an_empty_datagram_joins_its_send) {
    Box<limits::Tiny> box;
    box.outbox.clear();
    box.send(NodeMask{1}, 1);
    box.outbox.add_empty(NodeMask{6});
    box.send(NodeMask{1}, 2);
    box.send(NodeMask{6}, 3);
    EXPECT_EQ(box.outbox.sends().size(), 2U);
    EXPECT_EQ(read(box.outbox), (Twin{{1, {1, 2}}, {6, {3}}}));
}

Message any_message(Slot slot) {
    const Ballot ballot{*rc::gen::inRange<std::uint64_t>(1, 3), 1};
    const Value value = test::value_of(slot);
    const NodeMask by{*rc::gen::element<std::uint64_t>(3, 7)};
    switch (*rc::gen::weightedElement<int>({{4, 0}, {2, 1}, {2, 2}, {1, 3}, {1, 4}, {1, 5}})) {
        case 0: return test::accept(ballot, slot, value);
        case 1: return test::decide(1, ballot, slot, by, value);
        case 2: return test::accepted(1, ballot, slot, value);
        case 3: return test::promise(1, ballot, slot);
        case 4: return test::promise(1, ballot, slot, Ballot{1, 0}, value);
        default: return test::prepare(ballot, slot);
    }
}

/// Adds bursts of messages. Many of the messages extend the run of slots before them. Reads back
/// one message for each slot.
template <class Limits>
void S44_a_run_contains_what_was_added_for_each_slot(bool runs) {
    Box<Limits>& box = box_of<Limits>(any_datagram_size());
    box.outbox.clear(runs);
    box.mark_headers();
    // The flag is true if the message must keep its value.
    std::vector<std::pair<Message, bool>> added;
    Slot slot = 0;
    const NodeMask to{6};
    const auto bursts = *rc::gen::inRange(0, 8);
    for (int i = 0; i < bursts; ++i) {
        if (*rc::gen::arbitrary<bool>()) slot += 5;
        const auto count = *rc::gen::inRange<Slot>(1, 3 * limits::values_per_datagram);
        Message message = any_message(slot);
        const bool keeps = message.kind == MessageKind::accept ||
                           (message.kind == MessageKind::decide && *rc::gen::arbitrary<bool>());
        const bool at_once = keeps && *rc::gen::arbitrary<bool>();
        const SlotRange slots{slot, slot + count};
        std::vector<Value> values;
        for (; slot < slots.end; ++slot) {
            message.slot = slot;
            if (message.value_count() != 0) message.value = test::value_of(slot);
            added.emplace_back(message, keeps);
            values.push_back(message.value);
            if (at_once) continue;
            keeps ? box.outbox.add_with_value(to, message) : box.outbox.add(to, message);
        }
        if (at_once)
            box.outbox.add_with_values(to, message, slots, Values::at(values.front(), slots.first));
    }
    check_layout(box);
    std::size_t at = 0, cells = 0;
    for (const Send& send : box.outbox.sends())
        for (std::size_t i = 0; i < send.datagram_count(); ++i) {
            const std::span<const Message> messages = send.messages(i);
            RC_ASSERT(!wire::find_fault(messages, 1, 5));
            cells += messages.size();
            for_each_message(messages, [&](std::span<const Message> one) {
                RC_ASSERT(runs || one.front().slot_count == 1);
                Run::of(one.front()).for_each([&](const Message& read) {
                    Message message = read;
                    const auto& [expected, keeps] = added[at++];
                    if (keeps || one.front().slot_count == 1) RC_ASSERT(message == expected);
                    message.value = expected.value;
                    RC_ASSERT(message == expected);
                });
            });
        }
    RC_ASSERT(at == added.size());
    RC_ASSERT(runs || cells == added.size());
}

RC_GTEST_PROP(OutboxTest, S44_small_a_run_contains_what_was_added_for_each_slot, (bool runs)) {
    S44_a_run_contains_what_was_added_for_each_slot<limits::Small>(runs);
}

RC_GTEST_PROP(OutboxTest, S44_standard_a_run_contains_what_was_added_for_each_slot, (bool runs)) {
    S44_a_run_contains_what_was_added_for_each_slot<limits::Standard>(runs);
}

TEST(OutboxTest, S44_runs_fill_their_datagrams) {
    for (const std::size_t size : {limits::datagram_size, limits::datagram_size_min}) {
        Box<limits::Standard> box(size);
        box.outbox.clear();
        constexpr std::size_t datagrams = 3;
        for (Slot slot = 0; slot < datagrams * limits::values_in(size); ++slot)
            box.outbox.add(NodeMask{6}, test::accept(Ballot{1, 1}, slot, test::value_of(slot)));
        ASSERT_EQ(box.outbox.sends().size(), 1U);
        const Send& send = box.outbox.sends().front();
        EXPECT_EQ(send.size(), datagrams * size);
        for (Slot slot = 0; slot < 1000; ++slot)
            box.outbox.add(NodeMask{6},
                           test::accepted(1, Ballot{1, 1}, slot, test::value_of(slot)));
        const std::size_t full = datagrams * limits::cells_in(size);
        EXPECT_EQ(send.cell_count(), full + 1);
        EXPECT_EQ(send.message(full)->slot_count, 1000U);
    }
}

TEST(OutboxTest, the_sizes_of_datagrams_fit_the_mtu) {
    const auto size_in = [](std::size_t mtu) {
        return limits::datagram_size_in(mtu, limits::ipv4_headers_size);
    };
    EXPECT_EQ(size_in(9000), limits::datagram_size);
    for (std::size_t mtu = 1280; mtu <= 9000; ++mtu) {
        const std::size_t size = size_in(mtu);
        EXPECT_TRUE(limits::is_datagram_size(size)) << mtu;
        EXPECT_LE(size + limits::ipv4_headers_size, mtu);
        const std::size_t larger = size + limits::message_size;
        EXPECT_TRUE(larger > limits::datagram_size || larger + limits::ipv4_headers_size > mtu)
            << mtu;
    }
    if (limits::message_size == 64) {
        EXPECT_EQ(limits::cells_in(size_in(1500)), 21U);
        EXPECT_EQ(limits::cells_in(size_in(1420)), 20U);
        EXPECT_EQ(limits::cells_in(limits::datagram_size_min), 18U);
    }
}

TEST(OutboxDeathTest, one_send_more_than_the_limit_of_a_step_aborts) {
    Box<limits::Tiny> box;
    box.outbox.clear();
    for (std::uint64_t i = 0; i < limits::Tiny::sends_per_step; ++i) box.send(NodeMask{i + 1}, i);
    EXPECT_EQ(box.outbox.sends().size(), limits::Tiny::sends_per_step);
    EXPECT_DEATH(box.send(NodeMask{std::uint64_t{1} << 40}, 0), "sends_per_step");
    EXPECT_DEATH(box.outbox.add_empty(NodeMask{std::uint64_t{1} << 40}), "sends_per_step");
    box.send(NodeMask{1}, 1);  // Sends that are not full take more messages.
}

TEST(OutboxDeathTest, a_message_without_recipients_is_an_error) {
    Box<limits::Tiny> box;
    box.outbox.clear();
    EXPECT_DEATH(box.send(NodeMask{}, 0), "empty");
    EXPECT_DEATH(box.outbox.add_empty(NodeMask{}), "empty");
    box.outbox.add_empty(NodeMask{6});
    EXPECT_DEATH(box.send(NodeMask{}, 0), "empty");
    box.send(NodeMask{6}, 0);
    EXPECT_DEATH(box.send(NodeMask{}, 0), "empty");
}

TEST(OutboxDeathTest, a_pool_that_is_not_aligned_is_an_error) {
    alignas(64) static std::byte bytes[128];
    EXPECT_DEATH(SendPool<limits::Tiny>{bytes + 8}, "pool");
}

}  // namespace
}  // namespace paxos::outbox_test
