// Sends that the kernel refuses because of segmentation, a dead peer or a bad destination. Each
// such send is repeated or counted, and the other sends succeed (S37).
#include "support/io_pair.h"

#include <cerrno>

#include <sys/socket.h>

namespace paxos::io::test::refusals_test {
namespace {

using RefusalsTest = EngineTest;
INSTANTIATE_TEST_SUITE_P(Engines, RefusalsTest, every_engine(), engine_name);

TEST(SendQueue, a_single_datagram_never_uses_UDP_SEGMENT) {
    Counters counters;
    PeerTable peers;
    const PeerIndex to = peers.add(Address::loopback(1));
    SendQueue queue({.socket = -1, .peers = &peers, .sends_max = 1}, counters);
    const auto bytes = pattern(2 * datagram_size);
    for (const bool several : {false, true, false}) {
        queue.add(to, bytes.data(), several ? datagram_size + 1 : datagram_size, datagram_size);
        EXPECT_EQ(queue.headers()[0].msg_hdr.msg_controllen != 0, several);
        queue.clear();
    }
}

/// Disables UDP checksums on the socket, so that a send with UDP_SEGMENT fails with EINVAL. This
/// simulates a path through IPsec, on which such a send fails with EIO.
void forbid_segmentation(const Endpoint& endpoint) {
    const int on = 1;
    ASSERT_EQ(setsockopt(endpoint.socket.fd, SOL_SOCKET, SO_NO_CHECK, &on, sizeof on), 0);
}

TEST_P(RefusalsTest, a_refused_UDP_SEGMENT_is_switched_off_and_the_datagrams_are_sent_singly) {
    Endpoint a, b;
    PAXOS_OPEN(a, 8);
    PAXOS_OPEN(b);
    forbid_segmentation(a);
    const auto bytes = pattern(datagrams_per_send * datagram_size - 1000);
    a.communicator->queue(b.index, bytes.data(), bytes.size(), datagram_size);
    a.exchange();
    ASSERT_TRUE(b.receive(datagrams_per_send));
    EXPECT_EQ(b.all_bytes(), bytes);
    EXPECT_EQ(a.counters().segment_fallbacks, 1U);
    EXPECT_EQ(a.counters().sends, datagrams_per_send);
    EXPECT_EQ(a.counters().datagrams_sent, datagrams_per_send);
    EXPECT_EQ(a.counters().send_errors, 0U);

    // From now on the communicator does not segment, so nothing is refused. Each of the 44
    // datagrams is a send of its own, and a system call makes eight sends.
    const std::uint64_t enters = a.counters().enters;
    a.communicator->queue(b.index, bytes.data(), bytes.size(), datagram_size);
    a.exchange();
    b.receives.clear();
    ASSERT_TRUE(b.receive(datagrams_per_send));
    EXPECT_EQ(b.all_bytes(), bytes);
    EXPECT_EQ(a.counters().segment_fallbacks, 1U);
    EXPECT_EQ(a.counters().datagrams_sent, 2 * datagrams_per_send);
    EXPECT_LE(a.counters().enters - enters, is_uring() ? 6U : 7U);
}

TEST_P(RefusalsTest, the_datagrams_of_several_refused_sends_are_all_sent) {
    Endpoint a, b;
    PAXOS_OPEN(a);
    PAXOS_OPEN(b);
    forbid_segmentation(a);
    const auto bytes = pattern(3 * datagram_size);
    for (int i = 0; i < 3; ++i) {
        a.communicator->queue(b.index, bytes.data(), bytes.size(), datagram_size);
        a.communicator->queue(b.index, bytes.data(), 64, datagram_size);
    }
    a.exchange();
    ASSERT_TRUE(b.receive(12));
    EXPECT_EQ(a.counters().datagrams_sent, 12U);
    EXPECT_EQ(a.counters().segment_fallbacks, 3U);
}

TEST_P(RefusalsTest, a_bad_destination_is_counted_and_the_others_are_sent) {
    Endpoint a, b;
    PAXOS_OPEN(a);
    PAXOS_OPEN(b);
    // A send to this address fails with EACCES, because SO_BROADCAST is not set.
    const PeerIndex broadcast = peers_.add(*Address::parse("127.255.255.255", 4000));
    const auto bytes = pattern(3 * datagram_size);
    const auto queue = [&](PeerIndex to, std::size_t size) {
        a.communicator->queue(to, bytes.data(), size, datagram_size);
    };
    for (int turn = 0; turn < 10; ++turn) {
        // Bad destinations come first, in the middle, twice in a row, and last, because sendmmsg
        // stops at each of them.
        queue(broadcast, 64);
        queue(b.index, 64);
        queue(broadcast, bytes.size());
        queue(broadcast, 64);
        queue(b.index, bytes.size());
        queue(broadcast, 64);
        a.exchange();
    }
    ASSERT_TRUE(b.receive(20));
    EXPECT_EQ(a.counters().sends, 20U);
    EXPECT_EQ(a.counters().datagrams_sent, 40U);
    EXPECT_EQ(a.counters().send_errors, 60U);
    EXPECT_EQ(a.counters().segment_fallbacks, 0U);
}

TEST_P(RefusalsTest, an_invalid_destination_does_not_switch_off_segmentation) {
    Endpoint a, b;
    PAXOS_OPEN(a);
    PAXOS_OPEN(b);
    if (!b.socket.coalesces) GTEST_SKIP() << "no UDP_GRO here";
    // A send to port 0 fails with EINVAL, with UDP_SEGMENT and without.
    const PeerIndex portless = peers_.add(Address::loopback(0));
    const auto bytes = pattern(3 * datagram_size);
    a.communicator->queue(portless, bytes.data(), bytes.size(), datagram_size);
    a.communicator->queue(b.index, bytes.data(), bytes.size(), datagram_size);
    a.exchange();
    EXPECT_EQ(a.counters().send_errors, 3U);
    EXPECT_EQ(a.counters().segment_fallbacks, 0U);
    ASSERT_TRUE(b.receive(1));
    EXPECT_EQ(b.receives[0].bytes, bytes) << "the receiver still gets all of it in one receive";
}

TEST_P(RefusalsTest, an_ECONNREFUSED_for_an_earlier_send_loses_no_datagram) {
    Endpoint a, dead, alive;
    PAXOS_OPEN(a);
    PAXOS_OPEN(dead);
    PAXOS_OPEN(alive);
    const PeerIndex gone = dead.index;
    dead.communicator.reset();
    close(dead.socket);
    // Connects the socket, so that its next send after an ICMP rejection fails, whatever the
    // destination of that send.
    ASSERT_EQ(connect(a.socket.fd, peers_[gone].get(), peers_[gone].size()), 0);
    const auto bytes = pattern(3 * datagram_size);
    for (int turn = 0; turn < 50; ++turn) {
        a.communicator->queue(gone, bytes.data(), 64, datagram_size);
        a.communicator->queue(alive.index, bytes.data(), 64, datagram_size);
        a.communicator->queue(gone, bytes.data(), 64, datagram_size);
        a.communicator->queue(alive.index, bytes.data(), bytes.size(), datagram_size);
        a.exchange();  // The receives of `a` fail with ECONNREFUSED as well.
    }
    ASSERT_TRUE(alive.receive(100));
    EXPECT_EQ(a.counters().sends, 200U);
    EXPECT_EQ(a.counters().send_errors, 0U);
    EXPECT_EQ(a.counters().segment_fallbacks, 0U);
    EXPECT_GT(a.counters().enters, is_uring() ? 50U : 100U) << "the refusals cost more enters";
}

TEST_P(RefusalsTest, an_invalid_socket_is_fatal) {
    Endpoint a;
    PAXOS_OPEN(a);
    const Options options{.socket = 1000, .peers = &peers_, .sends_max = 4, .receives_max = 1};
    const auto exchange_on_nothing = [&] {
        std::string error;
        open_engine(GetParam(), options, error)->exchange();
    };
    EXPECT_DEATH(exchange_on_nothing(), "receiving on the node's socket: Bad file descriptor");
    const auto send_on_nothing = [&] {
        std::string error;
        const auto made = open_engine(GetParam(), options, error);
        const auto bytes = pattern(64);
        made->queue(a.index, bytes.data(), 64, 64);
        made->exchange();
    };
    EXPECT_DEATH(send_on_nothing(), "sending on the node's socket: Bad file descriptor");
    const auto wait_for_nothing = [&] {
        std::string error;
        open_engine(GetParam(), options, error)->wait(1000);
    };
    EXPECT_DEATH(wait_for_nothing(), "waiting for the node's socket: Bad file descriptor");
}

TEST_P(RefusalsTest, invalid_arguments_of_queue_abort) {
    Endpoint a;
    PAXOS_OPEN(a);
    const std::vector<std::byte> bytes(70000);
    EXPECT_DEATH(a.communicator->queue(a.index, bytes.data(), bytes.size(), datagram_size),
                 "assert failed");
    EXPECT_DEATH(a.communicator->queue(a.index, bytes.data(), 64, 0), "assert failed");
}

}  // namespace
}  // namespace paxos::io::test::refusals_test
