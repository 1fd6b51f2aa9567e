// Tests of authentication: every implementation computes the tags of AEGISMAC-128L, and no datagram
// without a valid tag of this run is accepted (S45).
#include "wire/auth.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "paxos/outbox.h"
#include "support/second_table.h"

namespace paxos::wire::auth_test {
namespace {

using test::auth_key;
using test::Datagram;
using test::message_of;
using test::Receiver;

std::vector<AuthEngine> engines() {
    std::vector<AuthEngine> available;
    for (std::size_t i = 0; i < auth_engines; ++i)
        if (const auto engine = static_cast<AuthEngine>(i); is_available(engine))
            available.push_back(engine);
    return available;
}

std::string hex(const Tag& tag) {
    std::string text;
    std::array<std::uint8_t, sizeof tag> bytes{};
    std::memcpy(bytes.data(), &tag, sizeof tag);
    for (const std::uint8_t byte : bytes) {
        text += "0123456789abcdef"[byte >> 4];
        text += "0123456789abcdef"[byte & 15];
    }
    return text;
}

std::vector<std::byte> counting(std::size_t size) {
    std::vector<std::byte> bytes(size);
    for (std::size_t i = 0; i < size; ++i) bytes[i] = std::byte(i);
    return bytes;
}

/// The expected tags were computed by another program, which passes the test vectors of RFC 10032.
TEST(AuthTest, every_implementation_computes_the_expected_tags) {
    const struct {
        std::size_t size;
        const char* tag;
    } vectors[]{
        {0, "a389865460fd4d2df89f73653379cbe6"},   {1, "702cfc106906a64ca9645d726aa375f4"},
        {32, "596cff1240fb8d40283444bf023772c6"},  {35, "077ccfbb064ef6038d17a570d64324d9"},
        {48, "f34436c87310ff85d1d33cae208e984e"},  {112, "a457b62d14ec5c465dcda720fdb7ec2c"},
        {1392, "6d70fa9fb2632fb675c19168614f1a4b"}};
    for (const AuthEngine engine : engines())
        for (const auto& vector : vectors) {
            const std::vector<std::byte> message = counting(vector.size);
            const Authenticator authenticator(auth_key(), engine);
            EXPECT_EQ(hex(authenticator.tag(message.data(), message.size())), vector.tag)
                << name_of(engine) << ", " << vector.size << " bytes";
        }
}

TEST(AuthTest, implementations_agree_for_every_size) {
    std::mt19937_64 random(1);
    std::vector<std::byte> first(limits::datagram_size_max + 1), second(first.size());
    for (std::size_t size = 0; size <= limits::datagram_size_max; ++size) {
        AuthKey key;
        for (std::byte& byte : key) byte = std::byte(random());
        for (std::byte& byte : first) byte = std::byte(random());
        for (std::byte& byte : second) byte = std::byte(random());
        const Authenticator plain(key, AuthEngine::portable);
        // The addresses are odd, because tag() requires no alignment.
        const Tag one = plain.tag(first.data() + 1, size), two = plain.tag(second.data() + 1, size);
        for (const AuthEngine engine : engines()) {
            const Authenticator authenticator(key, engine);
            ASSERT_EQ(authenticator.tag(first.data() + 1, size), one) << size;
            const auto both = authenticator.tags(first.data() + 1, second.data() + 1, size);
            ASSERT_EQ(both[0], one) << size << " by " << name_of(engine);
            ASSERT_EQ(both[1], two) << size << " by " << name_of(engine);
        }
    }
}

TEST(AuthTest, the_tag_depends_on_every_bit_of_message_and_key_and_on_the_size) {
    std::vector<std::byte> message = counting(112);
    const Authenticator authenticator(auth_key());
    const Tag tag = authenticator.tag(message.data(), message.size());
    for (std::size_t bit = 0; bit < message.size() * 8; ++bit) {
        message[bit / 8] ^= std::byte{1} << bit % 8;
        EXPECT_NE(authenticator.tag(message.data(), message.size()), tag) << bit;
        message[bit / 8] ^= std::byte{1} << bit % 8;
    }
    message.push_back(std::byte{0});  // Equal to the zero padding, so only the size differs.
    EXPECT_NE(authenticator.tag(message.data(), message.size()), tag);
    for (std::size_t bit = 0; bit < 128; ++bit) {
        AuthKey key = auth_key();
        key[bit / 8] ^= std::byte{1} << bit % 8;
        EXPECT_NE(Authenticator(key).tag(message.data(), 112), tag) << bit;
    }
}

/// The bytes of one send: `count` ACCEPTs of node 0 to all other nodes. The datagrams have tags
/// under `key`, or checksums if there is no key.
std::vector<std::byte> encoded(std::size_t count, const std::optional<AuthKey>& key) {
    alignas(64) static std::byte pool[Outbox<limits::Small>::pool_size];
    Outbox<limits::Small> outbox(pool);
    outbox.clear(false);  // Without runs, so that each message has its own cell.
    for (Slot slot = 0; slot < count; ++slot)
        outbox.add<MessageKind::accept>(NodeMask::first(5) - NodeMask::of(0),
                                        message_of(MessageKind::accept, 0, slot));
    Wire wire(test::membership_of(0, 5, key));
    wire.encode(outbox.sends(), {5, 5, {}});
    const Send& send = outbox.sends().front();
    return {send.bytes, send.bytes + send.size()};
}

TEST(AuthTest, a_receiver_accepts_the_datagrams_of_a_sender_with_the_same_key) {
    Receiver receiver(1, 5, auth_key());
    constexpr std::size_t full = limits::messages_per_datagram;
    // These counts give a single short datagram, and then one, two and three full datagrams, both
    // without and with a shorter datagram at the end.
    for (const std::size_t count :
         {std::size_t{1}, full, full + 1, 2 * full, 3 * full - 1, 3 * full, 4 * full - 1}) {
        const std::vector<std::byte> bytes = encoded(count, auth_key());
        const auto arrivals = receiver.receive(bytes, limits::datagram_size, 0);
        ASSERT_EQ(arrivals.size(), (count + full - 1) / full) << count;
        Slot slot = 0;
        for (const Arrival& arrival : arrivals)
            for (const Message& message : arrival.messages) EXPECT_EQ(message.slot, slot++);
        EXPECT_EQ(slot, count);
    }
    EXPECT_EQ(receiver.rejected(), 0U);
}

TEST(AuthTest, S45_a_sender_without_the_key_or_with_another_one_is_refused) {
    const std::size_t count = 3 * limits::messages_per_datagram + 1;
    Receiver receiver(1, 5, auth_key());
    EXPECT_TRUE(receiver.receive(encoded(count, {}), limits::datagram_size, 0).empty());
    EXPECT_TRUE(receiver.receive(encoded(count, auth_key(2)), limits::datagram_size, 0).empty());
    EXPECT_EQ(receiver.rejected(Rejection::tag), 8U);
    EXPECT_EQ(receiver.rejected(), 8U);
    // A receiver without a key expects a checksum.
    Receiver plain(1);
    EXPECT_TRUE(plain.receive(encoded(count, auth_key()), limits::datagram_size, 0).empty());
    EXPECT_EQ(plain.rejected(Rejection::checksum), 4U);
}

TEST(AuthTest, S45_a_datagram_with_the_key_of_an_earlier_run_is_refused_even_under_this_run_id) {
    Receiver receiver(0, 5, auth_key());
    Datagram old = Datagram::good(1, {message_of(MessageKind::accepted, 1)});
    old.header.run = test::run_id - 1;
    old.sign(auth_key(7));  // The key of the earlier run.
    EXPECT_TRUE(receiver.receive(old).empty());
    EXPECT_EQ(receiver.rejected(Rejection::run), 1U);
    old.header.run = test::run_id;
    EXPECT_TRUE(receiver.receive(old).empty());
    old.sign(auth_key(7));
    EXPECT_TRUE(receiver.receive(old).empty());
    EXPECT_EQ(receiver.rejected(Rejection::tag), 2U);
    old.sign(auth_key());
    EXPECT_EQ(receiver.receive(old).size(), 1U);
}

TEST(AuthTest, S45_a_datagram_with_any_bit_flipped_is_refused) {
    Datagram datagram = Datagram::good(1, {message_of(MessageKind::promise, 1)});
    datagram.sign(auth_key());
    const std::vector<std::byte> bytes = datagram.to_bytes();
    Receiver receiver(0, 5, auth_key());
    ASSERT_EQ(receiver.receive(datagram).size(), 1U);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
        std::vector<std::byte> flipped = bytes;
        flipped[bit / 8] ^= std::byte{1} << bit % 8;
        EXPECT_TRUE(receiver.receive(flipped, flipped.size(), 1).empty()) << "bit " << bit;
    }
    EXPECT_EQ(receiver.rejected(), bytes.size() * 8);
    // The check of the tag rejects flips in the tag itself (16 bytes), in `leader` (1 byte), in
    // `heard`, `learned`, `retained` and `sequence` (3 * 8 bytes together), in the message, and in
    // the 63 bits of `destination` that stand for other nodes than the receiver. Earlier checks
    // reject all other flips.
    EXPECT_EQ(receiver.rejected(Rejection::tag), (16 + 1 + 3 * 8 + sizeof(Message)) * 8 + 64 - 1);
}

/// In each trial one receive returns up to seven datagrams. Each datagram is damaged in none, one
/// or several of the ways below. test::disagreement() compares the result with the rules in
/// tests/support/second_table.h.
TEST(AuthTest, only_the_valid_datagrams_of_one_receive_are_accepted) {
    std::mt19937_64 random(2);
    Receiver receiver(0, 5, auth_key());
    std::size_t accepted = 0;
    for (int trial = 0; trial < 2'000; ++trial) {
        std::vector<std::byte> bytes;
        const std::size_t count = 1 + random() % 7;
        for (std::size_t i = 0; i < count; ++i) {
            Datagram datagram = Datagram::good(1, {message_of(MessageKind::accepted, 1, i)});
            if (random() % 8 == 0) datagram.header.destination = 0;
            if (random() % 8 == 0) datagram.messages.front().detail = 1;
            datagram.sign(random() % 8 == 0 ? auth_key(9) : auth_key());
            if (random() % 8 == 0) datagram.header.learned ^= 1;
            const std::vector<std::byte> one = datagram.to_bytes();
            bytes.insert(bytes.end(), one.begin(), one.end());
        }
        if (random() % 4 == 0) bytes.resize(bytes.size() - 64);  // Cuts the last datagram short.
        const std::uint64_t rejected = receiver.rejected();
        ASSERT_EQ(test::disagreement(receiver, 5, bytes, 128, 1), "") << "trial " << trial;
        accepted += count - (receiver.rejected() - rejected);
    }
    EXPECT_GT(accepted, 1'000U);
    EXPECT_GT(receiver.rejected(Rejection::tag), 500U);
    EXPECT_GT(receiver.rejected(Rejection::detail), 300U);
    EXPECT_GT(receiver.rejected(Rejection::destination), 500U);
}

}  // namespace
}  // namespace paxos::wire::auth_test
