// Tests of is_run(). It returns whether messages are so alike that the first one stands for all of
// them. If so, it is enough to validate the first one.
#include <gtest/gtest.h>

#include <vector>

#include "support/datagrams.h"
#include "support/second_table.h"
#include "wire/validate.h"

namespace paxos::wire::run_test {
namespace {

using test::all_kinds;
using test::message_of;

std::vector<Message> neighbours_of(MessageKind kind, std::size_t length = 5) {
    std::vector<Message> messages;
    for (Slot slot = 0; slot < length; ++slot)
        messages.push_back(message_of(kind, 1, 7 + 3 * slot));
    return messages;
}

bool may_have_value(MessageKind kind) {
    return kind == MessageKind::promise || kind == MessageKind::accept ||
           kind == MessageKind::accepted || kind == MessageKind::decide;
}

TEST(WireRunTest, slots_and_values_may_differ) {
    for (const MessageKind kind : all_kinds) {
        EXPECT_TRUE(is_run(neighbours_of(kind))) << static_cast<int>(kind);
        EXPECT_TRUE(is_run(neighbours_of(kind, 1))) << static_cast<int>(kind);
    }
}

TEST(WireRunTest, messages_that_differ_outside_slot_and_value_are_not_a_run) {
    for (const MessageKind kind : all_kinds)
        for (const std::size_t place : {1U, 2U, 4U})
            for (std::size_t bit = 0; bit < 8 * sizeof(Message); ++bit) {
                std::vector<Message> messages = neighbours_of(kind);
                reinterpret_cast<std::byte*>(&messages[place])[bit / 8] ^= std::byte{1} << bit % 8;
                const std::size_t byte = bit / 8;
                const bool is_slot = byte >= offsetof(Message, slot) &&
                                     byte < offsetof(Message, ballot);
                const bool is_its_range = bit - 8 * offsetof(Message, slot) < 62;
                const bool is_value = byte >= offsetof(Message, value);
                ASSERT_EQ(is_run(messages),
                          is_slot ? is_its_range : is_value && may_have_value(kind))
                    << "kind " << static_cast<int>(kind) << ", message " << place << ", bit "
                    << bit;
            }
}

TEST(WireRunTest, promises_without_an_accepted_value_must_have_zero_values) {
    std::vector<Message> promises = neighbours_of(MessageKind::promise);
    for (Message& promise : promises) {
        promise.detail = 0;
        promise.value = Value{};
    }
    EXPECT_TRUE(is_run(promises));
    promises.back().value.words.back() = 1;
    EXPECT_FALSE(is_run(promises));
}

TEST(WireRunTest, messages_about_several_or_all_slots_are_not_a_run) {
    EXPECT_FALSE(is_run({}));
    for (const std::uint32_t slot_count : {0U, 2U}) {
        std::vector<Message> decides = neighbours_of(MessageKind::decide);
        for (Message& decide : decides) decide.slot_count = slot_count;
        EXPECT_FALSE(is_run(decides));
    }
    std::vector<Message> accepts = neighbours_of(MessageKind::accept);
    for (Message& accept : accepts) accept.slot = limits::slot_max;
    EXPECT_FALSE(is_run(accepts));
}

}  // namespace
}  // namespace paxos::wire::run_test
