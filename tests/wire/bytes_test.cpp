// Checks that the format of datagrams does not change by accident. If you change it on purpose,
// update the bytes below and increment wire::datagram_version. Programs with different versions
// drop each other's datagrams.
#include <gtest/gtest.h>

#include <string>

#include "paxos/outbox.h"
#include "support/datagrams.h"

namespace paxos::wire::bytes_test {
namespace {

using test::membership_of;

/// Returns `bytes` in lower-case hexadecimal, eight bytes a line.
std::string hex(std::span<const std::byte> bytes) {
    static constexpr char digits[] = "0123456789abcdef";
    std::string text;
    for (std::size_t i = 0; i < bytes.size(); ++i) {
        text += digits[std::to_integer<unsigned>(bytes[i]) >> 4];
        text += digits[std::to_integer<unsigned>(bytes[i]) & 15];
        if (i % 8 == 7) text += '\n';
    }
    return text;
}

std::string hex(const Message& message) { return hex(std::as_bytes(std::span{&message, 1})); }

/// A message whose slot, ballot and value consist of different bytes, so that a wrong place or byte
/// order is visible.
Message message_of(MessageKind kind, std::uint32_t slot_count, Ballot ballot, std::uint64_t detail,
                   bool with_value) {
    Message message{};
    message.kind = kind;
    message.from = 1;
    message.slot_count = slot_count;
    message.slot = 0x0102030405060708;
    message.ballot = ballot;
    message.detail = detail;
    if (with_value)
        message.value.words = {0x1716151413121110, 0x1f1e1d1c1b1a1918, 0x2726252423222120,
                               0x2f2e2d2c2b2a2928};
    return message;
}

const Ballot ballot{0xa0b0c0d0e0, 1, 0xf001};
const Ballot higher{0xa0b0c0d0e0, 0, 0xf002};

const std::string no_value =
    "0000000000000000\n0000000000000000\n0000000000000000\n0000000000000000\n";
const std::string some_value =
    "1011121314151617\n18191a1b1c1d1e1f\n2021222324252627\n28292a2b2c2d2e2f\n";

class WireBytesTest : public testing::Test {
protected:
    void SetUp() override {
        if (limits::value_size != 32) GTEST_SKIP() << "the frozen bytes are for values of 32 bytes";
    }
};

TEST_F(WireBytesTest, prepare) {
    EXPECT_EQ(
        hex(message_of(MessageKind::prepare, 1, ballot, 0, false)),
        "0101000001000000\n0807060504030201\n0101f0e0d0c0b0a0\n0000000000000000\n" + no_value);
}

TEST_F(WireBytesTest, promise) {
    EXPECT_EQ(
        hex(message_of(MessageKind::promise, 1, ballot, Ballot{2, 3}.bits(), true)),
        "0201000001000000\n0807060504030201\n0101f0e0d0c0b0a0\n0300000200000000\n" + some_value);
}

TEST_F(WireBytesTest, promise_of_nothing_from_a_slot_on) {
    EXPECT_EQ(
        hex(message_of(MessageKind::promise, 0, ballot, 0, false)),
        "0201000000000000\n0807060504030201\n0101f0e0d0c0b0a0\n0000000000000000\n" + no_value);
}

TEST_F(WireBytesTest, accept) {
    EXPECT_EQ(
        hex(message_of(MessageKind::accept, 1, ballot, 0, true)),
        "0301000001000000\n0807060504030201\n0101f0e0d0c0b0a0\n0000000000000000\n" + some_value);
}

TEST_F(WireBytesTest, accepted) {
    EXPECT_EQ(
        hex(message_of(MessageKind::accepted, 1, ballot, 0, true)),
        "0401000001000000\n0807060504030201\n0101f0e0d0c0b0a0\n0000000000000000\n" + some_value);
}

TEST_F(WireBytesTest, decide) {
    EXPECT_EQ(
        hex(message_of(MessageKind::decide, 1, ballot, 0b10110, true)),
        "0501000001000000\n0807060504030201\n0101f0e0d0c0b0a0\n1600000000000000\n" + some_value);
}

TEST_F(WireBytesTest, decide_of_a_range) {
    EXPECT_EQ(
        hex(message_of(MessageKind::decide, 0x1234, ballot, 0b10110, false)),
        "0501000034120000\n0807060504030201\n0101f0e0d0c0b0a0\n1600000000000000\n" + no_value);
}

TEST_F(WireBytesTest, decide_of_a_range_with_its_values) {
    const std::vector<Message> cells = test::run_of(MessageKind::decide, 1, 7, 2);
    EXPECT_EQ(hex(std::as_bytes(std::span{cells})),
              "0501010002000000\n0700000000000000\n0100000300000000\n0700000000000000\n"
              "0700000000000000\n0000000000000000\n0000000000000000\nf8ffffffffffffff\n"
              "0800000000000000\n0000000000000000\n0000000000000000\nf7ffffffffffffff\n" +
                  no_value);
}

TEST_F(WireBytesTest, nack) {
    EXPECT_EQ(
        hex(message_of(MessageKind::nack, 1, ballot, higher.bits(), false)),
        "0601000001000000\n0807060504030201\n0101f0e0d0c0b0a0\n0002f0e0d0c0b0a0\n" + no_value);
}

TEST_F(WireBytesTest, learn) {
    EXPECT_EQ(
        hex(message_of(MessageKind::learn, 3, Ballot{}, 0, false)),
        "0701000003000000\n0807060504030201\n0000000000000000\n0000000000000000\n" + no_value);
}

/// A complete datagram as src/wire encodes it, eight bytes a line. The first eight lines are the
/// header: checksum; checksum_high; magic, version, leader, sender and message_count; run;
/// destination; heard; learned; retained (how many slots below `learned`) and sequence. An ACCEPT
/// follows.
const std::string frozen_datagram =
    "07e70a8b94395825\n0000000000000000\n5041585303020101\n8877665544332211\n"
    "1500000000000000\n0500000000000000\n9a78563412000000\n9a78000001000000\n"
    "0301000001000000\n0807060504030201\n0101f0e0d0c0b0a0\n0000000000000000\n" +
    some_value;

const std::string frozen_empty_datagram =
    "187b6334d3ae7e80\n0000000000000000\n5041585303020100\n8877665544332211\n"
    "1500000000000000\n0500000000000000\n9a78563412000000\n9a78000000000000\n";

TEST_F(WireBytesTest, datagrams_with_their_checksums) {
    alignas(64) static std::array<std::byte, SendPool<limits::Tiny>::pool_size> pool;
    SendPool<limits::Tiny> outbox{pool.data()};
    Wire wire{membership_of(1, 5)};
    const auto frame_and_check = [&](const std::string& expected) {
        wire.encode(outbox.sends(), {0x123456789a, 0x1234560000, {NodeMask{5}, 2}});
        const Send& send = outbox.sends().front();
        EXPECT_EQ(hex({send.bytes, send.size()}), expected);
    };
    outbox.add_empty(NodeMask{0b10101});
    frame_and_check(frozen_empty_datagram);
    outbox.clear();
    outbox.add(NodeMask{0b10101}, message_of(MessageKind::accept, 1, ballot, 0, true));
    frame_and_check(frozen_datagram);
}

TEST_F(WireBytesTest, checksum_of_a_full_datagram) {
    alignas(64) static std::array<std::byte, SendPool<limits::Tiny>::pool_size> pool;
    SendPool<limits::Tiny> outbox{pool.data()};
    Wire wire{membership_of(1, 5)};
    for (std::size_t i = 0; i < limits::messages_per_datagram; ++i)
        outbox.add(NodeMask{0b10101}, message_of(MessageKind::accept, 1, ballot, 0, true));
    wire.encode(outbox.sends(), {0x123456789a, 0x1234560000, {NodeMask{5}, 2}});
    const Send& send = outbox.sends().front();
    ASSERT_EQ(send.size(), 1408U);
    EXPECT_EQ(hex({send.bytes, 8}), "00ebbed96cd077b8\n");
}

TEST_F(WireBytesTest, frozen_bytes_are_decoded) {
    std::vector<std::byte> bytes;
    for (std::size_t i = 0; i + 1 < frozen_datagram.size();
         i += frozen_datagram[i + 2] == '\n' ? 3 : 2)
        bytes.push_back(
            static_cast<std::byte>(std::stoi(frozen_datagram.substr(i, 2), nullptr, 16)));
    test::Receiver receiver;
    const auto arrivals = receiver.receive(bytes, bytes.size(), 1);
    ASSERT_EQ(arrivals.size(), 1U);
    EXPECT_EQ(arrivals.front().from, 1);
    EXPECT_EQ(arrivals.front().learned, 0x123456789aU);
    EXPECT_EQ(arrivals.front().retained_from, 0x1234560000U);
    EXPECT_EQ(arrivals.front().contacts.heard, NodeMask{5});
    EXPECT_EQ(arrivals.front().contacts.leader, 2);
    ASSERT_EQ(arrivals.front().messages.size(), 1U);
    EXPECT_TRUE(arrivals.front().messages.front() ==
                message_of(MessageKind::accept, 1, ballot, 0, true));
}

}  // namespace
}  // namespace paxos::wire::bytes_test
