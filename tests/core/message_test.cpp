// Properties of the type Message on which every copy, comparison and hash of a message relies.
#include "paxos/message.h"

#include <gtest/gtest.h>

#include <cstring>
#include <limits>

namespace paxos::message_test {
namespace {

static_assert(std::is_trivially_copyable_v<Message> && std::is_standard_layout_v<Message>);
static_assert(std::is_trivially_copyable_v<Value> && std::is_trivially_copyable_v<Ballot>);
static_assert(std::is_trivially_copyable_v<NodeMask> && std::is_trivially_copyable_v<Quorum>);
static_assert(std::has_unique_object_representations_v<Message>,
              "no padding: equal messages are equal bytes");
static_assert(std::has_unique_object_representations_v<Value>);
static_assert(std::has_unique_object_representations_v<Ballot>);
static_assert(sizeof(Value) == limits::value_size && sizeof(Message) == 32 + limits::value_size);
static_assert(alignof(Message) == 64, "a message begins with a cache line");

// A kind is a number on the wire, so new kinds are added after the last.
static_assert(int(MessageKind::none) == 0 && int(MessageKind::prepare) == 1 &&
              int(MessageKind::promise) == 2);
static_assert(int(MessageKind::accept) == 3 && int(MessageKind::accepted) == 4 &&
              int(MessageKind::decide) == 5);
static_assert(int(MessageKind::nack) == 6 && int(MessageKind::learn) == 7 && message_kinds == 8);

TEST(MessageTest, a_zeroed_buffer_is_no_message) {
    alignas(64) const std::byte zeros[sizeof(Message)]{};
    Message message;
    std::memcpy(&message, zeros, sizeof message);
    EXPECT_EQ(message.kind, MessageKind::none);
    EXPECT_TRUE(message.ballot.is_none());
    EXPECT_TRUE(message == Message{});
}

TEST(MessageTest, messages_that_differ_in_a_byte_are_not_equal) {
    const Message message{};
    for (std::size_t i = 0; i < sizeof(Message); ++i) {
        Message other = message;
        reinterpret_cast<std::byte*>(&other)[i] = std::byte{1};
        EXPECT_FALSE(other == message) << "byte " << i;
    }
    EXPECT_TRUE(Message{message} == message);
}

TEST(MessageTest, only_zero_is_the_no_op) {
    static_assert(Value{}.is_no_op());
    for (std::size_t i = 0; i < limits::value_size; ++i) {
        Value value{};
        reinterpret_cast<std::byte*>(&value)[i] = std::byte{128};
        EXPECT_FALSE(value.is_no_op()) << "byte " << i;
    }
}

TEST(MessageTest, detail_holds_a_ballot_or_a_quorum) {
    Message message{};
    message.detail = Ballot{5, 3}.bits();
    EXPECT_EQ(message.accepted(), (Ballot{5, 3}));
    EXPECT_EQ(message.promised(), (Ballot{5, 3}));
    message.detail = 0b1011;
    EXPECT_EQ(message.quorum(), NodeMask{0b1011});
}

TEST(MessageTest, slot_arithmetic_never_wraps) {
    constexpr std::uint64_t ring = limits::Standard::ring_slots;
    static_assert(limits::slot_max + std::numeric_limits<std::uint32_t>::max() + ring >
                  limits::slot_max);
    static_assert(
        limits::slot_max - 1 <= std::uint64_t(std::numeric_limits<std::int64_t>::max()) - ring,
        "differences of slots fit a signed number, too");
}

}  // namespace
}  // namespace paxos::message_test
