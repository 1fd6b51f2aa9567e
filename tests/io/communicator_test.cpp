// The communicator, with mmsg and with every fallback level of io_uring: a queued datagram arrives
// complete and once, and the counters balance.
#include "support/io_pair.h"

#include <cerrno>
#include <thread>

#include <sys/socket.h>
#include <unistd.h>

namespace paxos::io::test::communicator_test {
namespace {

using CommunicatorTest = EngineTest;
INSTANTIATE_TEST_SUITE_P(Engines, CommunicatorTest, every_engine(), engine_name);

TEST_P(CommunicatorTest, describes_its_implementation) {
    Endpoint a;
    PAXOS_OPEN(a);
    EXPECT_EQ(a.communicator->kind(), is_uring() ? IoKind::uring : IoKind::mmsg);
    const std::array texts{"io_uring", "io_uring (COOP_TASKRUN)", "io_uring (plain)", "mmsg"};
    EXPECT_EQ(a.communicator->description(), texts[static_cast<std::size_t>(GetParam())]);
}

TEST_P(CommunicatorTest, a_datagram_and_an_answer_arrive_once) {
    Endpoint a, b;
    PAXOS_OPEN(a);
    PAXOS_OPEN(b);
    const auto question = pattern(64, 1), answer = pattern(128, 2);
    a.communicator->queue(b.index, question.data(), question.size(), datagram_size);
    a.exchange();
    ASSERT_TRUE(b.receive(1));
    EXPECT_EQ(b.receives[0].bytes, question);
    EXPECT_EQ(b.receives[0].segment_size, 64U);
    EXPECT_EQ(b.receives[0].from, a.index);
    b.communicator->queue(a.index, answer.data(), answer.size(), datagram_size);
    b.exchange();
    ASSERT_TRUE(a.receive(1));
    EXPECT_EQ(a.receives[0].bytes, answer);
    EXPECT_EQ(a.exchange(), 0U) << "no second copy of the datagram";
}

TEST_P(CommunicatorTest, a_segmented_send_arrives_as_one_receive) {
    Endpoint a, b;
    PAXOS_OPEN(a);
    PAXOS_OPEN(b);
    if (!b.socket.coalesces) GTEST_SKIP() << "no UDP_GRO here";
    const auto bytes = pattern(datagrams_per_send * datagram_size);
    a.communicator->queue(b.index, bytes.data(), bytes.size(), datagram_size);
    a.exchange();
    ASSERT_TRUE(b.receive(1));
    EXPECT_EQ(b.receives[0].bytes, bytes);
    EXPECT_EQ(b.receives[0].segment_size, datagram_size);
    EXPECT_EQ(a.counters().sends, 1U);
    EXPECT_EQ(a.counters().datagrams_sent, datagrams_per_send);
    EXPECT_EQ(b.counters().receives, 1U);
    EXPECT_EQ(b.counters().datagrams_received, datagrams_per_send);
    EXPECT_EQ(a.counters().segment_fallbacks, 0U);
}

TEST_P(CommunicatorTest, the_last_segment_may_be_short) {
    Endpoint a, b;
    PAXOS_OPEN(a);
    PAXOS_OPEN(b);
    for (const std::size_t size :
         {3 * datagram_size + 64, datagram_size + 1, 2 * datagram_size - 1, datagram_size}) {
        b.receives.clear();
        const std::uint64_t before = b.counters().datagrams_received;
        const auto bytes = pattern(size, static_cast<unsigned>(size));
        a.communicator->queue(b.index, bytes.data(), size, datagram_size);
        a.exchange();
        ASSERT_TRUE(b.receive(1));
        b.drain();
        EXPECT_EQ(b.all_bytes(), bytes);
        EXPECT_EQ(b.counters().datagrams_received - before,
                  (size + datagram_size - 1) / datagram_size);
    }
}

TEST_P(CommunicatorTest, an_empty_datagram_is_received) {
    Endpoint a, b;
    PAXOS_OPEN(a);
    PAXOS_OPEN(b);
    std::byte nothing{};
    a.communicator->queue(b.index, &nothing, 0, datagram_size);
    a.exchange();
    ASSERT_TRUE(b.receive(1));
    EXPECT_TRUE(b.receives[0].bytes.empty());
    EXPECT_EQ(b.counters().datagrams_received, 1U);
}

TEST_P(CommunicatorTest, many_sends_of_one_exchange_all_arrive) {
    constexpr std::size_t sends = 64;
    Endpoint a, b, c;
    PAXOS_OPEN(a, sends);
    PAXOS_OPEN(b);
    PAXOS_OPEN(c);
    const auto bytes = pattern(sends * 192);
    for (std::size_t i = 0; i < sends; ++i)
        a.communicator->queue(i % 2 == 0 ? b.index : c.index, bytes.data() + i * 192, 192, 64);
    a.exchange();
    EXPECT_EQ(a.counters().enters, is_uring() ? 1U : 2U);
    ASSERT_TRUE(b.receive(sends / 2));
    ASSERT_TRUE(c.receive(sends / 2));
    for (std::size_t i = 0; i < sends; ++i) {
        const Endpoint& there = i % 2 == 0 ? b : c;
        EXPECT_TRUE(std::equal(there.receives[i / 2].bytes.begin(),
                               there.receives[i / 2].bytes.end(), bytes.data() + i * 192,
                               bytes.data() + (i + 1) * 192));
    }
    EXPECT_EQ(a.counters().datagrams_sent, 3 * sends);
}

TEST_P(CommunicatorTest, more_sends_than_sends_max_cost_only_more_system_calls) {
    Endpoint a, b;
    PAXOS_OPEN(a, 8);
    PAXOS_OPEN(b);
    const auto bytes = pattern(100 * 64);
    for (std::size_t i = 0; i < 100; ++i)
        a.communicator->queue(b.index, bytes.data() + i * 64, 64, 64);
    a.exchange();
    ASSERT_TRUE(b.receive(100));
    EXPECT_EQ(b.all_bytes(), bytes);
    EXPECT_EQ(a.counters().enters, is_uring() ? 13U : 14U)
        << "100 sends, eight for each call; mmsg makes another call to receive";
}

/// Shrinks the receive queue of `b`, overflows it with sends of `size` bytes from `a`, and expects
/// the counters of both to balance.
void expect_balance(Endpoint& a, Endpoint& b, std::size_t size) {
    const int little = 64 * 1024;
    ASSERT_EQ(setsockopt(b.socket.fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little), 0);
    const auto bytes = pattern(size);
    for (int turn = 0; turn < 50; ++turn) {
        for (int i = 0; i < 20; ++i)
            a.communicator->queue(b.index, bytes.data(), size, datagram_size);
        a.exchange();
        if (turn % 10 == 9) b.drain();
    }
    b.drain();
    const Counters& sent = a.counters();
    const Counters& got = b.counters();
    EXPECT_EQ(sent.sends, 1000U);
    EXPECT_EQ(got.receives, b.receives.size());
    EXPECT_GT(got.receives, 0U);
    b.communicator->read_drops();
    EXPECT_GT(got.kernel_dropped, 0U);
    EXPECT_EQ(sent.sends, got.receives + got.kernel_dropped + got.truncated);
    EXPECT_EQ(got.truncated, 0U);
    for (const Endpoint::Copy& copy : b.receives) EXPECT_EQ(copy.bytes, bytes);
    const std::uint64_t dropped = got.kernel_dropped;
    b.communicator->read_drops();
    EXPECT_EQ(got.kernel_dropped, dropped) << "the same drops are not counted again";
}

TEST_P(CommunicatorTest, counters_balance_with_a_full_queue) {
    Endpoint a, b;
    PAXOS_OPEN(a);
    PAXOS_OPEN(b);
    expect_balance(a, b, 64);
}

TEST_P(CommunicatorTest, counters_balance_with_a_full_queue_of_segmented_sends) {
    Endpoint a, b;
    PAXOS_OPEN(a);
    PAXOS_OPEN(b);
    if (!b.socket.coalesces) GTEST_SKIP() << "no UDP_GRO here";
    expect_balance(a, b, 20 * datagram_size);
}

TEST_P(CommunicatorTest, drops_are_also_reported_with_a_later_datagram) {
    Endpoint a, b;
    PAXOS_OPEN(a);
    PAXOS_OPEN(b);
    const int little = 1;
    ASSERT_EQ(setsockopt(b.socket.fd, SOL_SOCKET, SO_RCVBUF, &little, sizeof little), 0);
    const auto bytes = pattern(64);
    for (int i = 0; i < 40; ++i) a.communicator->queue(b.index, bytes.data(), 64, 64);
    a.exchange();
    b.drain();
    a.communicator->queue(b.index, bytes.data(), 64, 64);
    a.exchange();
    b.drain();
    EXPECT_GT(b.counters().kernel_dropped, 0U);
    EXPECT_EQ(b.counters().receives + b.counters().kernel_dropped, 41U);
}

TEST_P(CommunicatorTest, a_dead_peer_does_not_stop_the_others) {
    Endpoint a, dead, alive;
    PAXOS_OPEN(a);
    PAXOS_OPEN(dead);
    PAXOS_OPEN(alive);
    const PeerIndex gone = dead.index;
    dead.communicator.reset();
    close(dead.socket);
    const auto bytes = pattern(64);
    for (int turn = 0; turn < 100; ++turn) {
        a.communicator->queue(gone, bytes.data(), 64, 64);
        a.communicator->queue(alive.index, bytes.data(), 64, 64);
        a.communicator->queue(gone, bytes.data(), 64, 64);
        a.exchange();
    }
    ASSERT_TRUE(alive.receive(100));
    EXPECT_EQ(a.counters().datagrams_sent, 300U);
    EXPECT_EQ(a.counters().send_errors, 0U);
}

TEST_P(CommunicatorTest, closing_a_communicator_frees_its_port_at_once) {
    Endpoint a;
    PAXOS_OPEN(a);
    a.exchange();
    const Address address = a.socket.address;
    a.communicator.reset();
    close(a.socket);
    const int fd = ::socket(AF_INET, SOCK_DGRAM, 0);
    EXPECT_EQ(bind(fd, address.get(), address.size()), 0) << std::strerror(errno);
    ::close(fd);
}

TEST_P(CommunicatorTest, wait_ends_when_a_datagram_arrives) {
    Endpoint a, b;
    PAXOS_OPEN(a);
    PAXOS_OPEN(b);
    const auto bytes = pattern(64);
    std::thread sender([&] {
        sendto(a.socket.fd, bytes.data(), 64, 0, b.socket.address.get(), b.socket.address.size());
    });
    b.communicator->wait(3600 * ns_per_second);  // If nothing ends the wait, the test times out.
    EXPECT_EQ(b.exchange(), 1U) << "the datagram has arrived";
    sender.join();
}

TEST_P(CommunicatorTest, wait_ends_at_its_timeout) {
    Endpoint a;
    PAXOS_OPEN(a);
    const Tick begin = now();
    a.communicator->wait(20'000'000);
    EXPECT_GE(now() - begin, 20'000'000U);
}

}  // namespace
}  // namespace paxos::io::test::communicator_test
