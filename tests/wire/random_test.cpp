// Tests of src/wire with random bytes. Decoding any bytes gives messages or a rejection, never a
// crash or a read past the end. src/wire must accept exactly what a second, independent
// description of valid datagrams allows (tests/support/second_table.h).
#include <gtest/gtest.h>

#include <array>
#include <random>

#include "support/sanitized.h"
#include "support/second_table.h"

namespace paxos::wire::random_test {
namespace {

using test::all_kinds;
using test::Datagram;
using test::disagreement;
using test::message_of;
using test::Receiver;
using test::trials;

constexpr std::size_t nodes = 5;
using Random = std::mt19937_64;

std::uint64_t draw(Random& random, std::uint64_t end) { return random() % end; }

std::vector<std::byte> random_bytes(Random& random) {
    std::vector<std::byte> bytes(draw(random, 4) == 0 ? draw(random, 65536) : draw(random, 1600));
    // Repeats a short block of noise. This is fast, and random enough for the test.
    std::array<std::uint64_t, 9> noise;
    for (std::uint64_t& word : noise) word = random();
    for (std::size_t i = 0; i < bytes.size(); i += sizeof noise)
        std::memcpy(bytes.data() + i, noise.data(), std::min(sizeof noise, bytes.size() - i));
    return bytes;
}

Datagram good_datagram(Random& random) {
    const auto sender = static_cast<NodeId>(1 + draw(random, nodes - 1));
    const std::size_t count = draw(random, 8) == 0 ? draw(random, limits::messages_per_datagram + 1)
                                                   : draw(random, 3);
    const bool is_run = draw(random, 2) == 0;
    if (draw(random, 4) == 0) {
        const auto slot_count = static_cast<std::uint32_t>(
            1 + draw(random, limits::values_per_datagram));
        return Datagram::good(
            sender, test::run_of(draw(random, 2) == 0 ? MessageKind::accept : MessageKind::decide,
                                 sender, draw(random, 1000), slot_count));
    }
    MessageKind kind = all_kinds[draw(random, std::size(all_kinds))];
    std::vector<Message> messages;
    for (std::size_t i = 0; i < count; ++i) {
        if (!is_run) kind = all_kinds[draw(random, std::size(all_kinds))];
        messages.push_back(message_of(kind, sender, draw(random, 1000)));
    }
    return Datagram::good(sender, std::move(messages));
}

/// A boundary value, a number near a boundary value, or a random number of random size.
std::uint64_t suspicious_number(Random& random) {
    constexpr std::array<std::uint64_t, 8> numbers{
        0, 1, 255, 256, limits::Standard::ring_slots, limits::slot_max, ~std::uint64_t{0}, 0x300};
    switch (draw(random, 3)) {
        case 0: return numbers[draw(random, numbers.size())];
        case 1: return numbers[draw(random, numbers.size())] + draw(random, 5) - 2;
        default: return random() >> draw(random, 64);
    }
}

/// Flips one bit, or overwrites 1, 2, 4 or 8 bytes. Like a field, these bytes are aligned to their
/// size.
void mutate(std::vector<std::byte>& bytes, Random& random) {
    const std::size_t size = std::size_t{1} << draw(random, 4);
    // Seven of eight changes are after the checksum. If the checksum is then repaired, src/wire
    // reads the changed field.
    const std::size_t begin = bytes.size() > 16 && draw(random, 8) != 0 ? 16 : 0;
    if (bytes.size() < begin + size) return;
    const std::size_t place = begin + draw(random, (bytes.size() - begin) / size) * size;
    if (draw(random, 3) == 0) {
        bytes[place] ^= std::byte{1} << draw(random, 8);
        return;
    }
    const std::uint64_t number = suspicious_number(random);
    std::memcpy(bytes.data() + place, &number, size);
}

void repair_checksum(std::vector<std::byte>& bytes, const Receiver& receiver) {
    if (bytes.size() < sizeof(Header)) return;
    const std::byte* rest = bytes.data() + 16;
    const std::size_t size = bytes.size() - 16;
    const std::uint64_t checksum = XXH3_64bits(rest, size);
    std::memcpy(bytes.data(), &checksum, sizeof checksum);
    if (!receiver.key()) return;
    const Tag tag = Authenticator(*receiver.key()).tag(rest, size);
    std::memcpy(bytes.data(), &tag, sizeof tag);
}

TEST(WireRandomTest, a_datagram_cut_at_any_length_is_rejected) {
    Receiver receiver;
    for (std::size_t count : {0UL, 1UL, 3UL, 21UL}) {
        std::vector<Message> messages(std::min(count, limits::messages_per_datagram),
                                      message_of(MessageKind::decide, 1));
        const std::vector<std::byte> bytes = Datagram::good(1, std::move(messages)).to_bytes();
        for (std::size_t size = 0; size < bytes.size(); ++size) {
            const std::uint64_t before = receiver.rejected(Rejection::length);
            ASSERT_TRUE(receiver.receive(std::span{bytes}.first(size), size, 1).empty());
            ASSERT_EQ(receiver.rejected(Rejection::length), before + 1);
        }
        ASSERT_EQ(receiver.receive(bytes, bytes.size(), 1).size(), 1U);
    }
    EXPECT_EQ(receiver.rejected(), receiver.rejected(Rejection::length));
}

TEST(WireRandomTest, a_datagram_longer_than_its_header_states_is_rejected) {
    Receiver receiver;
    for (std::size_t count : {std::size_t{0}, std::size_t{1}, limits::messages_per_datagram}) {
        std::vector<std::byte> bytes =
            Datagram::good(1, std::vector(count, message_of(MessageKind::nack, 1))).to_bytes();
        for (int more = 0; more < 3000; ++more) {
            bytes.push_back(std::byte{0});
            ASSERT_TRUE(receiver.receive(bytes, bytes.size(), 1).empty());
        }
    }
    EXPECT_EQ(receiver.rejected(Rejection::length), 9000U);
    EXPECT_EQ(receiver.rejected(), 9000U);
}

TEST(WireRandomTest, noise_is_decoded_as_the_second_table_requires) {
    Random random{1};
    Receiver receiver;
    for (int i = 0; i < trials(200'000); ++i) {
        const std::vector<std::byte> bytes = random_bytes(random);
        const std::size_t segment_size = draw(random, 2) == 0
                                             ? bytes.size()
                                             : bytes.size() / 60 + 1 + draw(random, 1500);
        const auto source = static_cast<NodeId>(draw(random, nodes + 1));
        ASSERT_EQ(disagreement(receiver, nodes, bytes, segment_size, source), "") << "noise " << i;
    }
}

TEST(WireRandomTest, good_headers_before_noise_are_decoded_as_the_second_table_requires) {
    Random random{2};
    Receiver receiver;
    for (int i = 0; i < trials(100'000); ++i) {
        Datagram datagram = good_datagram(random);
        for (Message& message : datagram.messages)
            for (std::size_t place = 0; place < sizeof message; place += 8) {
                const std::uint64_t noise = suspicious_number(random);
                std::memcpy(reinterpret_cast<std::byte*>(&message) + place, &noise, 8);
            }
        std::vector<std::byte> bytes = datagram.to_bytes();
        repair_checksum(bytes, receiver);
        ASSERT_EQ(disagreement(receiver, nodes, bytes, bytes.size(), datagram.header.sender), "")
            << "datagram " << i;
    }
}

/// Valid datagrams, changed by mutate() one to three times. Half of them get a new, correct
/// checksum or tag. Some are cut short or extended, some come from another address, and some arrive
/// after their sender has ended.
TEST(WireRandomTest, mutated_datagrams_are_decoded_as_the_second_table_requires) {
    Random random{3};
    Receiver plain, authenticated(0, nodes, test::auth_key());
    std::uint64_t accepted = 0;
    for (int i = 0; i < trials(700'000); ++i) {
        Receiver& receiver = i % 16 == 0 ? authenticated : plain;
        const Datagram datagram = good_datagram(random);
        std::vector<std::byte> bytes = datagram.to_bytes();
        for (std::uint64_t left = 1 + draw(random, 3); left > 0; --left) mutate(bytes, random);
        if (draw(random, 16) == 0) bytes.resize(draw(random, bytes.size() * 2));
        if (draw(random, 2) == 0) repair_checksum(bytes, receiver);
        const auto source = draw(random, 16) == 0 ? static_cast<NodeId>(draw(random, 7))
                                                  : datagram.header.sender;
        receiver.end(draw(random, 16) == 0 ? NodeMask::of(datagram.header.sender) : NodeMask{});

        const std::uint64_t rejected_before = receiver.rejected();
        ASSERT_EQ(disagreement(receiver, nodes, bytes, bytes.size(), source), "")
            << "datagram " << i;
        accepted += rejected_before == receiver.rejected() ? 1 : 0;
    }
    // For the test to be effective, every reason for a rejection must occur, and enough datagrams
    // must be accepted.
    for (std::size_t why = 0; why < rejections; ++why)
        EXPECT_GT(plain.rejected(static_cast<Rejection>(why)) +
                      authenticated.rejected(static_cast<Rejection>(why)),
                  100U)
            << name_of(static_cast<Rejection>(why));
    EXPECT_GT(accepted, static_cast<std::uint64_t>(trials(20'000)));
}

}  // namespace
}  // namespace paxos::wire::random_test
