// Tests of addresses and the peer table, with IPv4 and IPv6: each peer's address has one index, and
// any other address has none.
#include "support/io_pair.h"

#include <sys/socket.h>

namespace paxos::io::test::peers_test {
namespace {

Address address(const char* ip, std::uint16_t port) { return Address::parse(ip, port).value(); }

TEST(Address, is_parsed_and_printed) {
    EXPECT_EQ(Address::loopback(80).text(), "127.0.0.1:80");
    EXPECT_EQ(address("10.1.2.3", 4000).text(), "10.1.2.3:4000");
    EXPECT_EQ(address("fe80:0::1", 4000).text(), "[fe80::1]:4000");
    EXPECT_EQ(address("::1", 65535).port(), 65535);
    for (const char* ip : {"", "localhost", "10.0.0", "10.0.0.256", "::1::", "1.2.3.4:5"})
        EXPECT_FALSE(Address::parse(ip, 1)) << ip;
}

TEST(Address, differs_by_family_ip_and_port) {
    const std::array all{address("10.0.0.1", 1), address("10.0.0.1", 2),
                         address("10.0.0.2", 1), address("::1", 1),
                         address("::1", 2),      address("::2", 1),
                         address("1::1", 1),     address("::ffff:10.0.0.1", 1)};
    for (std::size_t i = 0; i < all.size(); ++i)
        for (std::size_t j = 0; j < all.size(); ++j) EXPECT_EQ(all[i] == all[j], i == j);
}

/// Returns as many addresses as a table can hold: ports of one host, IPv4 hosts of a subnet, and
/// IPv6 hosts.
std::vector<Address> many() {
    std::vector<Address> all;
    for (std::size_t i = 0; i < limits::nodes_max; ++i) {
        const std::string number = std::to_string(i / 3 + 1);
        const auto port = static_cast<std::uint16_t>(40000 + i);
        all.push_back(i % 3 == 0   ? Address::loopback(port)
                      : i % 3 == 1 ? address(("10.0.0." + number).c_str(), 4000)
                                   : address(("fd00::" + number).c_str(), 4000));
    }
    return all;
}

TEST(PeerTable, finds_each_address_and_no_other) {
    PeerTable table;
    EXPECT_EQ(table.find(Address::loopback(1)), no_peer);
    const std::vector<Address> all = many();
    for (const Address& one : all) {
        EXPECT_EQ(table.find(one), no_peer);
        const std::size_t next = table.size();
        EXPECT_EQ(table.add(one), next);
    }
    for (std::size_t i = 0; i < all.size(); ++i) {
        EXPECT_EQ(table.find(all[i]), i);
        EXPECT_EQ(table[static_cast<PeerIndex>(i)], all[i]);
    }
    for (std::uint32_t port = 1; port < 65536; ++port) {
        EXPECT_EQ(table.find(address("10.0.1.1", static_cast<std::uint16_t>(port))), no_peer);
        EXPECT_EQ(table.find(address("fd01::1", static_cast<std::uint16_t>(port))), no_peer);
    }
    EXPECT_EQ(table.find(Address{}), no_peer);
}

TEST(PeerTable, finds_a_peer_by_the_address_from_which_it_sends) {
    PeerTable table;
    table.add(Address::loopback(4000), Address::loopback(5000));
    table.add(Address::loopback(4001), Address::loopback(5001));
    EXPECT_EQ(table.find(Address::loopback(5001)), 1);
    EXPECT_EQ(table.find(Address::loopback(4001)), no_peer);
    EXPECT_EQ(table[1], Address::loopback(4001));
    EXPECT_EQ(table.source(1), Address::loopback(5001));
}

TEST(PeerTable, S30_refuses_the_same_address_twice) {
    PeerTable table;
    table.add(Address::loopback(4000));
    table.add(Address::loopback(4001));
    EXPECT_DEATH(table.add(Address::loopback(4000)), "no_peer");
    EXPECT_DEATH(table.add(Address::loopback(4002), Address::loopback(4000)), "no_peer");
    EXPECT_DEATH(table.add(Address::loopback(4000), Address::loopback(4002)), "address");
}

TEST(PeerTable, refuses_more_addresses_than_nodes_max) {
    PeerTable table;
    for (const Address& one : many()) table.add(one);
    EXPECT_DEATH(table.add(Address::loopback(1)), "size");
}

using PeersTest = EngineTest;
INSTANTIATE_TEST_SUITE_P(Engines, PeersTest, every_engine(), engine_name);

TEST_P(PeersTest, an_address_outside_the_table_is_no_peer) {
    Endpoint a, outsider;
    PAXOS_OPEN(a);
    std::string error;
    outsider.socket = open_udp_socket(Address::loopback(0), error);
    ASSERT_TRUE(outsider.socket.is_open()) << error;
    const auto bytes = pattern(64);
    ASSERT_EQ(sendto(outsider.socket.fd, bytes.data(), bytes.size(), 0, a.socket.address.get(),
                     a.socket.address.size()),
              64);
    ASSERT_TRUE(a.receive(1));
    EXPECT_EQ(a.receives[0].from, no_peer);
}

TEST_P(PeersTest, datagrams_are_exchanged_over_IPv6) {
    Endpoint a, b;
    std::string error;
    for (Endpoint* endpoint : {&a, &b}) {
        endpoint->socket = open_udp_socket(address("::1", 0), error);
        if (!endpoint->socket.is_open()) GTEST_SKIP() << error;
        endpoint->index = peers_.add(endpoint->socket.address);
        endpoint->communicator = open_engine(
            GetParam(),
            {.socket = endpoint->socket.fd, .peers = &peers_, .sends_max = 4, .receives_max = 4},
            error);
        if (!endpoint->communicator) GTEST_SKIP() << error;
    }
    const auto bytes = pattern(3 * datagram_size);
    a.communicator->queue(b.index, bytes.data(), bytes.size(), datagram_size);
    a.exchange();
    ASSERT_TRUE(b.receive(1));
    b.drain();
    EXPECT_EQ(b.all_bytes(), bytes);
    EXPECT_EQ(b.receives[0].from, a.index);
    b.communicator->queue(a.index, bytes.data(), 64, datagram_size);
    b.exchange();
    ASSERT_TRUE(a.receive(1));
    EXPECT_EQ(a.receives[0].from, b.index);
}

}  // namespace
}  // namespace paxos::io::test::peers_test
