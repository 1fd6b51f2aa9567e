// Sends over connected sockets: the receiver finds the index of the sender, and datagrams to the
// other peers still arrive after one peer has died.
#include "io/send_sockets.h"

#include <sys/resource.h>
#include <sys/socket.h>

#include <set>
#include <vector>

#include "support/io_pair.h"

namespace paxos::io::test::send_sockets_test {
namespace {

/// A peer that receives on one port and sends from another.
struct Peer {
    Endpoint endpoint;
    Socket port;  // Holds the port from which the peer sends.
    SendSockets connected;

    Peer() = default;
    Peer(const Peer&) = delete;
    Peer& operator=(const Peer&) = delete;
    ~Peer() {
        endpoint.communicator.reset();  // Destroyed before the sockets that it uses.
        close(port);
    }
};

class SendSocketsTest : public EngineTest {
protected:
    /// Opens all of `peers`, or skips the test.
    void open_all(std::initializer_list<Peer*> peers) {
        std::string error;
        for (Peer* peer : peers) {
            peer->endpoint.socket = open_udp_socket(Address::loopback(0), error);
            ASSERT_TRUE(peer->endpoint.socket.is_open()) << error;
            peer->port = open_send_socket(Address::loopback(0), nullptr, error);
            ASSERT_TRUE(peer->port.is_open()) << error;
            peer->endpoint.index = peers_.add(peer->endpoint.socket.address, peer->port.address);
        }
        for (Peer* peer : peers) {
            ASSERT_TRUE(peer->connected.open(peers_, peer->endpoint.index, error)) << error;
            peer->endpoint.communicator = open_engine(GetParam(),
                                                      {.socket = peer->endpoint.socket.fd,
                                                       .peers = &peers_,
                                                       .connected = &peer->connected,
                                                       .sends_max = 64,
                                                       .receives_max = 8},
                                                      error);
            if (!peer->endpoint.communicator) GTEST_SKIP() << error;
        }
    }
};
INSTANTIATE_TEST_SUITE_P(Engines, SendSocketsTest, every_engine(), engine_name);

TEST_P(SendSocketsTest, each_peer_receives_what_was_sent_to_it_from_the_right_index) {
    Peer one, two, three;
    open_all({&one, &two, &three});
    if (IsSkipped()) return;
    const auto bytes = pattern(datagrams_per_send * datagram_size);
    for (int turn = 0; turn < 3; ++turn) {
        // Each entry of the queue is for another peer than in the turn before.
        const PeerIndex first = turn % 2 == 0 ? two.endpoint.index : three.endpoint.index;
        const PeerIndex second = turn % 2 == 0 ? three.endpoint.index : two.endpoint.index;
        one.endpoint.communicator->queue(first, bytes.data(), bytes.size(), datagram_size);
        one.endpoint.communicator->queue(second, bytes.data(), 64, datagram_size);
        one.endpoint.exchange();
    }
    for (Peer* peer : {&two, &three}) {
        peer->endpoint.drain();
        for (const Endpoint::Copy& copy : peer->endpoint.receives)
            EXPECT_EQ(copy.from, one.endpoint.index);
    }
    EXPECT_EQ(two.endpoint.counters().datagrams_received, 2 * datagrams_per_send + 1);
    EXPECT_EQ(three.endpoint.counters().datagrams_received, datagrams_per_send + 2);
    EXPECT_EQ(one.endpoint.counters().datagrams_sent, 3 * datagrams_per_send + 3);

    two.endpoint.communicator->queue(one.endpoint.index, bytes.data(), 64, datagram_size);
    two.endpoint.exchange();
    ASSERT_TRUE(one.endpoint.receive(1));
    EXPECT_EQ(one.endpoint.receives[0].from, two.endpoint.index);
}

TEST_P(SendSocketsTest, a_datagram_from_the_receiving_address_of_a_peer_has_no_known_sender) {
    Peer one, two;
    open_all({&one, &two});
    if (IsSkipped()) return;
    const auto bytes = pattern(64);
    const Address& to = one.endpoint.socket.address;
    ASSERT_EQ(sendto(two.endpoint.socket.fd, bytes.data(), 64, 0, to.get(), to.size()), 64);
    ASSERT_TRUE(one.endpoint.receive(1));
    EXPECT_EQ(one.endpoint.receives[0].from, no_peer);
}

TEST_P(SendSocketsTest, a_dead_peer_costs_no_datagram_and_is_no_error) {
    Peer one, dead, alive;
    open_all({&one, &dead, &alive});
    if (IsSkipped()) return;
    dead.endpoint.communicator.reset();
    close(dead.endpoint.socket);
    const auto bytes = pattern(3 * datagram_size);
    for (int turn = 0; turn < 50; ++turn) {
        for (const PeerIndex to : {dead.endpoint.index, alive.endpoint.index}) {
            one.endpoint.communicator->queue(to, bytes.data(), 64, datagram_size);
            one.endpoint.communicator->queue(to, bytes.data(), bytes.size(), datagram_size);
        }
        one.endpoint.exchange();
    }
    alive.endpoint.drain();
    EXPECT_EQ(alive.endpoint.counters().datagrams_received, 200U);
    EXPECT_EQ(one.endpoint.counters().datagrams_sent, 400U);
    EXPECT_EQ(one.endpoint.counters().send_errors, 0U);
    EXPECT_EQ(one.endpoint.counters().segment_fallbacks, 0U);
}

/// Receivers could not distinguish two nodes that share a source port. If the kernel could assign a
/// taken port, two of these 500 sockets would share a port with a probability of more than 98 %.
TEST(SendSockets, each_get_a_port_of_their_own_from_the_kernel) {
    std::vector<Socket> sockets(500);
    std::set<std::uint16_t> ports;
    std::string error;
    for (Socket& socket : sockets) {
        socket = open_send_socket(Address::loopback(0), nullptr, error);
        ASSERT_TRUE(socket.is_open()) << error;
        ports.insert(socket.address.port());
    }
    EXPECT_EQ(ports.size(), sockets.size());
    for (Socket& socket : sockets) close(socket);
}

TEST(SendSockets, name_the_limit_if_there_are_no_descriptors_left) {
    PeerTable peers;
    std::string error;
    Socket port = open_send_socket(Address::loopback(0), nullptr, error);
    ASSERT_TRUE(port.is_open()) << error;
    peers.add(Address::loopback(1), port.address);
    peers.add(Address::loopback(2));
    rlimit before{};
    ASSERT_EQ(getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &none), 0);
    SendSockets connected;
    EXPECT_FALSE(connected.open(peers, 0, error));
    ASSERT_EQ(setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_NE(error.find("ulimit -n"), std::string::npos) << error;
    close(port);
}

}  // namespace
}  // namespace paxos::io::test::send_sockets_test
