// The fault injector returns only datagrams that it was given, or copies of them with one bit
// flipped, and counts every fault. Each batch that it returns is a valid send (datagrams that one
// call hands to the kernel): a batch is not longer than a full send, and only its last datagram may
// be shorter than the others.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <bit>
#include <cstring>
#include <vector>

#include "node/fault_injector.h"

namespace paxos::node::fault_injector_test {
namespace {

// The number of messages in a full send and one short datagram.
constexpr std::size_t messages = limits::messages_per_send + 5;
// A probability of loss that enables the injector, but is too small to lose anything.
constexpr double no_loss = 1e-12;

/// Two sends of one step, the first of which is full. Both go to nodes 1 and 2. Each datagram
/// begins with its number.
class FaultInjectorTest : public testing::Test {
protected:
    FaultInjectorTest() : pool_(2 * send_size) {
        sends_[0] = Send{to_, pool_.data(), limits::messages_per_send};
        sends_[1] = Send{to_, pool_.data() + send_size, messages - limits::messages_per_send};
        std::uint64_t number = 0;
        for (const Send& send : sends_)
            for (std::size_t i = 0; i < send.datagram_count(); ++i, ++number)
                std::memcpy(send.datagram(i), &number, sizeof number);
        datagrams_ = number;
    }
    /// Returns the numbers of the datagrams for `to`. Checks that no batch is longer than a full
    /// send.
    static std::vector<std::uint64_t> numbers(std::span<const FaultInjector::Batch> batches,
                                              NodeId to) {
        std::vector<std::uint64_t> numbers;
        for (const FaultInjector::Batch& batch : batches) {
            EXPECT_LE(batch.size, send_size);
            if (batch.to != to) continue;
            for (std::size_t offset = 0; offset < batch.size; offset += limits::datagram_size) {
                std::uint64_t number = 0;
                std::memcpy(&number, batch.bytes + offset, sizeof number);
                numbers.push_back(number);
            }
        }
        return numbers;
    }

    static constexpr std::size_t send_size = limits::datagrams_per_send * limits::datagram_size;
    const NodeMask to_ = NodeMask::of(1) | NodeMask::of(2);
    std::vector<std::byte> pool_;
    std::array<Send, 2> sends_{};
    std::size_t datagrams_ = 0;
};

TEST_F(FaultInjectorTest, datagrams_without_a_fault_stay_in_batches) {
    FaultInjector injector({.loss = no_loss}, 1, limits::datagram_size);
    injector.take(sends_, 1000);
    const auto batches = injector.due(1000);
    ASSERT_EQ(batches.size(), 4U);
    for (const NodeId to : {NodeId{1}, NodeId{2}}) {
        const std::vector<std::uint64_t> came = numbers(batches, to);
        ASSERT_EQ(came.size(), datagrams_);
        for (std::size_t i = 0; i < came.size(); ++i) EXPECT_EQ(came[i], i);
    }
}

// Between hosts, datagrams are smaller if the MTU is small.
TEST_F(FaultInjectorTest, smaller_datagrams_keep_their_batches) {
    constexpr std::uint32_t size = limits::datagram_size_min;
    const Send send{to_, pool_.data(), 3 * limits::cells_in(size) + 1, size};
    FaultInjector injector({.loss = 1e-12}, 1, size);
    injector.take({&send, 1}, 1000);
    const auto batches = injector.due(1000);
    ASSERT_EQ(batches.size(), 2U);
    for (const FaultInjector::Batch& batch : batches) {
        ASSERT_EQ(batch.size, send.size());
        EXPECT_EQ(std::memcmp(batch.bytes, send.bytes, send.size()), 0);
    }
}

TEST_F(FaultInjectorTest, a_lost_datagram_leaves_no_gap_in_its_batch) {
    FaultInjector injector({.loss = 0.3}, 7, limits::datagram_size);
    injector.take(sends_, 1000);
    const auto batches = injector.due(1000);
    const std::size_t came = numbers(batches, 1).size() + numbers(batches, 2).size();
    EXPECT_EQ(came + injector.counters().lost, 2 * datagrams_);
    EXPECT_GT(injector.counters().lost, 0U);
    EXPECT_LE(batches.size(), 4U);
    for (const NodeId to : {NodeId{1}, NodeId{2}}) {
        const std::vector<std::uint64_t> numbers_to = numbers(batches, to);
        EXPECT_TRUE(std::is_sorted(numbers_to.begin(), numbers_to.end()));
    }
}

TEST_F(FaultInjectorTest, a_short_datagram_ends_its_batch) {
    FaultInjector injector({.loss = no_loss}, 1, limits::datagram_size);
    const std::array<Send, 3> sends = {sends_[1], sends_[1], sends_[0]};
    injector.take(sends, 1000);
    const auto batches = injector.due(1000);
    ASSERT_EQ(batches.size(), 6U);
    EXPECT_EQ(batches[0].size, sends_[1].size());
    EXPECT_EQ(batches[1].size, sends_[1].size());
    EXPECT_EQ(batches[2].size, send_size);
}

TEST_F(FaultInjectorTest, a_delayed_datagram_arrives_later_and_complete) {
    FaultInjector injector({.delay_ns = 1'000'000}, 3, limits::datagram_size);
    injector.take(sends_, 1000);
    std::vector<std::uint64_t> came = numbers(injector.due(1000), 1);
    injector.take({}, 2'000'000);
    for (const std::uint64_t number : numbers(injector.due(2'000'000), 1)) came.push_back(number);
    std::sort(came.begin(), came.end());
    ASSERT_EQ(came.size(), datagrams_);
    for (std::size_t i = 0; i < came.size(); ++i) EXPECT_EQ(came[i], i);
}

TEST_F(FaultInjectorTest, a_corrupted_datagram_differs_in_one_bit_whether_delayed_or_not) {
    for (const std::uint64_t delay_ns : {std::uint64_t{0}, std::uint64_t{1'000'000}}) {
        FaultInjector injector({.corruption = 1, .delay_ns = delay_ns}, 3, limits::datagram_size);
        injector.take(std::span(sends_).first(1), 1000);
        static_cast<void>(injector.due(1000));
        injector.take(std::span(sends_).first(1), 2'000'000);
        for (const FaultInjector::Batch& batch : injector.due(2'000'000))
            for (std::size_t offset = 0; offset < batch.size; offset += limits::datagram_size) {
                std::uint64_t number = 0;
                std::array<int, limits::datagrams_per_send> bits{};
                for (; number < bits.size(); ++number)
                    for (std::size_t i = 0; i < limits::datagram_size; ++i)
                        bits[number] += std::popcount(std::to_integer<unsigned>(
                            batch.bytes[offset + i] ^ sends_[0].datagram(number)[i]));
                EXPECT_EQ(std::ranges::min(bits), 1)
                    << "differs from one of the sent datagrams in exactly one bit";
            }
        EXPECT_GE(injector.counters().corrupted, 2 * limits::datagrams_per_send);
    }
}

TEST_F(FaultInjectorTest, a_duplicated_datagram_is_sent_twice) {
    FaultInjector injector({.duplication = 1}, 3, limits::datagram_size);
    injector.take(sends_, 1000);
    std::size_t came = numbers(injector.due(1000), 2).size();
    injector.take({}, 2'000'000);
    came += numbers(injector.due(2'000'000), 2).size();
    EXPECT_EQ(came, 2 * datagrams_);
}

}  // namespace
}  // namespace paxos::node::fault_injector_test
