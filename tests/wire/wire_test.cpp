// Tests of src/wire as a whole: a node decodes exactly the messages that another node encoded, for
// any number of messages and sends.
#include "wire/wire.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>

#include "paxos/outbox.h"
#include "paxos/runs.h"
#include "support/datagrams.h"

namespace paxos::wire::wire_test {
namespace {

using test::all_kinds;
using test::Datagram;
using test::membership_of;
using test::message_of;
using test::Receiver;
using StandardOutbox = SendPool<limits::Standard>;

constexpr std::size_t ring_slots = limits::Standard::ring_slots;

/// The sending side of a node: an outbox, and the Wire that encodes it.
struct Sender {
    explicit Sender(NodeId self, std::size_t nodes = 5)
        : id(self),
          pool(static_cast<std::byte*>(std::aligned_alloc(64, StandardOutbox::pool_size)),
               &std::free),
          outbox(pool.get()),
          wire(membership_of(self, nodes)) {}

    NodeId id;
    std::unique_ptr<std::byte, decltype(&std::free)> pool;
    StandardOutbox outbox;
    Wire wire;
};

std::vector<Message> messages_of(std::span<const Arrival> arrivals) {
    std::vector<Message> all;
    for (const Arrival& arrival : arrivals)
        all.insert(all.end(), arrival.messages.begin(), arrival.messages.end());
    return all;
}

TEST(WireTest, every_number_of_messages_arrives_as_it_was_sent) {
    Sender sender{1};
    Receiver receiver{2};
    std::vector<Message> added;
    for (std::size_t count = 0; count <= StandardOutbox::messages_per_send; ++count) {
        sender.outbox.clear();
        for (std::size_t i = 0; i < count; ++i) sender.outbox.add(NodeMask{0b00100}, added[i]);
        if (count == 0) sender.outbox.add_empty(NodeMask{0b00100});
        added.push_back(message_of(all_kinds[count % std::size(all_kinds)], 1, count));
        sender.wire.encode(sender.outbox.sends(), {30, 20, {}});

        ASSERT_EQ(sender.outbox.sends().size(), 1U);
        const Send& send = sender.outbox.sends().front();
        const auto arrivals = receiver.receive({send.bytes, send.size()}, limits::datagram_size, 1);
        ASSERT_EQ(arrivals.size(), send.datagram_count());
        ASSERT_EQ(receiver.rejected(), 0U);
        for (const Arrival& arrival : arrivals) {
            ASSERT_EQ(arrival.from, 1);
            ASSERT_EQ(arrival.is_run, arrival.messages.size() == 1)
                << "adjacent messages differ in kind, so only a single message is a run";
            ASSERT_EQ(arrival.learned, 30U);
            ASSERT_EQ(arrival.retained_from, 20U);
        }
        const std::vector<Message> heard = messages_of(arrivals);
        ASSERT_EQ(heard.size(), count);
        ASSERT_TRUE(std::equal(heard.begin(), heard.end(), added.begin()));
    }
}

TEST(WireTest, decoding_marks_an_arrival_that_is_one_run) {
    Sender sender{1};
    Receiver receiver{2};
    sender.outbox.clear(false);
    for (Slot slot = 0; slot < limits::messages_per_datagram; ++slot)
        sender.outbox.add(NodeMask{0b00100}, message_of(MessageKind::accepted, 1, slot));
    sender.wire.encode(sender.outbox.sends(), {});
    const Send& send = sender.outbox.sends().front();
    const auto arrivals = receiver.receive({send.bytes, send.size()}, send.size(), 1);
    ASSERT_EQ(arrivals.size(), 1U);
    EXPECT_TRUE(arrivals.front().is_run);
}

TEST(WireTest, each_of_several_sends_arrives_at_its_nodes_and_at_no_other) {
    const std::vector<NodeMask> masks{NodeMask{0b11101}, NodeMask{0b00001}, NodeMask{0b01100}};
    Sender sender{1};
    std::vector<std::vector<Message>> added(5);
    for (std::size_t i = 0; i < 3000; ++i) {
        const NodeMask to = masks[i % 7 % masks.size()];
        const Message message = message_of(all_kinds[i % std::size(all_kinds)], 1, i);
        sender.outbox.add(to, message);
        to.for_each([&](NodeId node) { added[node].push_back(message); });
    }
    sender.wire.encode(sender.outbox.sends(), {});

    for (NodeId node : {NodeId{0}, NodeId{2}, NodeId{3}, NodeId{4}}) {
        Receiver receiver{node};
        std::map<Slot, Message> heard;  // By slot, because the sends do not keep the order.
        std::uint64_t for_others = 0;
        for (const Send& send : sender.outbox.sends()) {
            const auto arrivals = receiver.receive({send.bytes, send.size()}, limits::datagram_size,
                                                   1);
            for (const Message& message : messages_of(arrivals))
                EXPECT_TRUE(heard.emplace(message.slot, message).second);
            if (!send.to.has(node)) for_others += send.datagram_count();
        }
        EXPECT_EQ(heard.size(), added[node].size()) << "node " << int{node};
        for (const Message& message : added[node]) EXPECT_TRUE(heard.at(message.slot) == message);
        EXPECT_EQ(receiver.rejected(Rejection::destination), for_others);
        EXPECT_EQ(receiver.rejected(), for_others);
    }
}

TEST(WireTest, sequence_counts_the_datagrams_of_a_sender) {
    Sender sender{1};
    std::uint64_t expected = 0;
    for (int turn = 0; turn < 3; ++turn) {
        sender.outbox.clear();
        for (std::size_t i = 0; i < 50; ++i)
            sender.outbox.add(NodeMask{i % 2 == 0 ? 0b00001U : 0b11100U},
                              message_of(MessageKind::prepare, 1, i));
        sender.wire.encode(sender.outbox.sends(), {});
        for (const Send& send : sender.outbox.sends())
            for (std::size_t i = 0; i < send.datagram_count(); ++i)
                EXPECT_EQ(reinterpret_cast<const Header*>(send.datagram(i))->sequence, expected++);
    }
    EXPECT_EQ(expected,
              3 * 2 * ((25 + limits::messages_per_datagram - 1) / limits::messages_per_datagram));
}

/// The datagrams concatenated, as UDP_GRO returns them.
std::vector<std::byte> joined(const std::vector<Datagram>& datagrams) {
    std::vector<std::byte> all;
    for (const Datagram& datagram : datagrams) {
        const std::vector<std::byte> bytes = datagram.to_bytes();
        all.insert(all.end(), bytes.begin(), bytes.end());
    }
    return all;
}

TEST(WireTest, an_invalid_datagram_among_valid_ones_is_rejected_alone) {
    for (std::size_t bad = 0; bad < 5; ++bad) {
        Receiver receiver;
        std::vector<Datagram> datagrams(5);
        for (std::size_t i = 0; i < datagrams.size(); ++i)
            datagrams[i] = Datagram::good(1, {message_of(MessageKind::accepted, 1, 100 + i)});
        datagrams[bad].header.checksum ^= 1;

        const auto arrivals = receiver.receive(joined(datagrams), 64 + sizeof(Message), 1);
        ASSERT_EQ(arrivals.size(), 4U);
        for (std::size_t i = 0; i < arrivals.size(); ++i)
            EXPECT_EQ(arrivals[i].messages.front().slot, 100 + i + (i >= bad ? 1 : 0));
        EXPECT_EQ(receiver.rejected(Rejection::checksum), 1U);
        EXPECT_EQ(receiver.rejected(), 1U);
    }
}

TEST(WireTest, only_the_last_datagram_may_be_shorter) {
    const Datagram two = Datagram::good(
        1, {message_of(MessageKind::nack, 1), message_of(MessageKind::learn, 1)});
    const Datagram empty = Datagram::good(1, {});
    Receiver receiver;
    EXPECT_EQ(receiver.receive(joined({two, two, empty}), two.to_bytes().size(), 1).size(), 3U);
    EXPECT_EQ(receiver.rejected(), 0U);
    // The segment size cuts the bytes into three pieces. The first piece is the first `two`. The
    // second piece is `empty` with most of the last `two`. The third piece is the rest, which does
    // not begin with a header.
    EXPECT_EQ(receiver.receive(joined({two, empty, two}), two.to_bytes().size(), 1).size(), 1U);
    EXPECT_EQ(receiver.rejected(), 2U);
}

TEST(WireTest, a_misaligned_datagram_is_rejected_unread) {
    const std::vector<std::byte> good = Datagram::good(1, {}).to_bytes();
    for (std::size_t segment_size = 65; segment_size < 300; ++segment_size) {
        Receiver receiver;
        std::vector<std::byte> bytes(segment_size);  // Zeros, then a good datagram.
        bytes.insert(bytes.end(), good.begin(), good.end());
        const std::size_t expected = segment_size % 64 == 0 ? 1 : 0;
        EXPECT_EQ(receiver.receive(bytes, segment_size, 1).size(), expected);
        EXPECT_EQ(receiver.rejected(Rejection::length), segment_size % 64 == 0 ? 1U : 2U);
    }
}

TEST(WireTest, segments_of_any_size_are_all_counted) {
    const std::vector<std::byte> bytes(4096);
    for (std::size_t segment_size :
         {1UL, 2UL, 63UL, 64UL, 100UL, 1408UL, 4095UL, 4096UL, 4097UL, ~0UL, 0UL}) {
        Receiver receiver;
        EXPECT_TRUE(receiver.receive(bytes, segment_size, 1).empty());
        const std::size_t datagrams = segment_size == 0 || segment_size > 4096
                                          ? 1
                                          : (4095 + segment_size) / segment_size;
        EXPECT_EQ(receiver.rejected(), datagrams) << segment_size;
    }
}

TEST(WireTest, an_empty_datagram_is_one_datagram_of_a_wrong_length) {
    Receiver receiver;
    EXPECT_TRUE(receiver.receive({}, 0, 1).empty());
    EXPECT_TRUE(receiver.receive({}, 1408, 1).empty());
    EXPECT_EQ(receiver.rejected(Rejection::length), 2U);
    EXPECT_EQ(receiver.rejected(), 2U);
}

TEST(WireTest, boundary_values_that_are_allowed_are_accepted) {
    using M = Message;
    Receiver receiver;
    const auto accepts = [&](MessageKind kind, const std::function<void(M&)>& change) {
        Message message = message_of(kind, 1);
        change(message);
        const Datagram datagram = Datagram::good(1, {message});
        const auto arrivals = receiver.receive(datagram);
        return arrivals.size() == 1 && arrivals.front().messages.size() == 1 &&
               arrivals.front().messages.front() == message;
    };
    const auto all_slots = [](M& m) { m.slot_count = 0, m.detail = 0, m.value = Value{}; };
    const auto range = [](M& m) { m.slot_count = ring_slots, m.value = Value{}; };
    const auto last_range = [](M& m) {
        m.slot = limits::slot_max - 2, m.slot_count = 2, m.value = Value{};
    };
    const auto last_ballot = [](M& m) { m.ballot = Ballot{limits::ballot_counter_max, m.from}; };
    for (MessageKind kind : all_kinds) {
        EXPECT_TRUE(accepts(kind, [](M& m) { m.slot = limits::slot_max - 1; }));
        if (kind != MessageKind::nack && kind != MessageKind::learn) {
            EXPECT_TRUE(accepts(kind, last_ballot));
        }
    }
    for (MessageKind kind : {MessageKind::prepare, MessageKind::promise}) {
        EXPECT_TRUE(accepts(kind, all_slots));
        EXPECT_TRUE(accepts(kind, [&](M& m) { all_slots(m), m.slot = limits::slot_max; }));
    }
    EXPECT_TRUE(accepts(MessageKind::promise, [](M& m) { m.detail = 0, m.value = Value{}; }));
    // A PROMISE may report that a no-op was accepted.
    EXPECT_TRUE(accepts(MessageKind::promise, [](M& m) { m.value = Value{}; }));
    EXPECT_TRUE(accepts(MessageKind::accept, [](M& m) { m.value = Value{}; }));
    EXPECT_TRUE(accepts(MessageKind::accepted, [](M& m) { m.ballot = Ballot{1, 4}; }));
    for (MessageKind kind : {MessageKind::prepare, MessageKind::accepted, MessageKind::decide,
                             MessageKind::nack, MessageKind::learn}) {
        EXPECT_TRUE(accepts(kind, range));
        EXPECT_TRUE(accepts(kind, last_range));
    }
    EXPECT_TRUE(accepts(MessageKind::promise, [&](M& m) { range(m), m.detail = 0; }));
    EXPECT_TRUE(accepts(MessageKind::decide, [](M& m) { m.detail = 0b11111; }));
    EXPECT_TRUE(accepts(MessageKind::nack, [](M& m) { m.slot_count = 0; }));
    // The promised ballot in a NACK may have the same counter as the refused ballot, and a higher
    // node id.
    EXPECT_TRUE(accepts(MessageKind::nack, [](M& m) { m.detail = Ballot{3, 2}.bits(); }));
    EXPECT_EQ(receiver.rejected(), 0U);
}

TEST(WireTest, S44_runs_with_their_values_arrive_as_they_were_sent) {
    Receiver receiver;
    for (const MessageKind kind : {MessageKind::accept, MessageKind::decide})
        for (std::uint32_t count = 1; count <= limits::values_per_datagram; ++count) {
            std::vector<Message> cells = test::run_of(kind, 1, 7, count);
            if (cells.size() < limits::messages_per_datagram)
                cells.push_back(message_of(MessageKind::nack, 1));
            const auto arrivals = receiver.receive(Datagram::good(1, cells));
            ASSERT_EQ(arrivals.size(), 1U) << count;
            std::uint64_t slots = 0, runs = 0;
            for_each_run(arrivals.front(), [&](const auto& run) {
                if (runs++ == 1) return;
                ASSERT_EQ(run.message->kind, kind);
                for (Slot slot = run.slots.first; slot < run.slots.end; ++slot, ++slots)
                    ASSERT_EQ(run.value_of(slot), test::value_of(slot));
            });
            EXPECT_EQ(slots, count);
            EXPECT_LE(runs, 2U);
        }
    EXPECT_EQ(receiver.rejected(), 0U);
}

TEST(WireTest, watermarks_up_to_the_last_slot_are_accepted) {
    Receiver receiver;
    Datagram datagram = Datagram::good(1, {});
    datagram.header.learned = limits::slot_max;
    datagram.header.retained = 0;
    datagram.repair_checksum();
    ASSERT_EQ(receiver.receive(datagram).size(), 1U);
}

TEST(WireDeathTest, too_little_space_for_arrivals_aborts) {
    std::vector<Arrival> arrivals(0);
    const Datagram datagram = Datagram::good(1, {});
    EXPECT_DEATH(
        {
            Wire wire{membership_of(0, 5)};
            wire.decode({reinterpret_cast<const std::byte*>(&datagram.header), 64}, 64, 1,
                        arrivals);
        },
        "arrivals");
}

}  // namespace
}  // namespace paxos::wire::wire_test
