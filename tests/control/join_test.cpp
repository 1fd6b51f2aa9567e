// The start of a cluster. A process joins if it has the key and a free rank, and agrees with the
// process of rank 0 in all facts (identity.h). All other connections are refused and counted, and
// the number of silent connections is bounded.
#include <gtest/gtest.h>
#include <sys/socket.h>

#include <map>
#include <random>

#include "control/connection.h"
#include "control/handshake.h"

namespace paxos::control::join_test {
namespace {

using namespace test;

Connector connector_to(const Host& host, const Secret& key, const Identity& self) {
    return {{host.address()}, {}, key, self, now()};
}

/// Returns the reason why `host` refuses the process `self`.
std::string refusal(Host& host, const Secret& key, const Identity& self) {
    Connector connector = connector_to(host, key, self);
    std::optional<Channel> channel;
    meet(host, connector, channel);
    EXPECT_FALSE(channel);
    return connector.failure();
}

TEST(JoinTest, all_processes_join) {
    Host host;
    std::map<std::uint32_t, Channel> joined;
    Connector one = connector_to(host, secret(1), identity(1));
    Connector two = connector_to(host, secret(1), identity(2));
    EXPECT_EQ(host.listener.missing(), (std::vector<std::uint32_t>{1, 2}));
    run(
        [&] {
            one.step(now());
            two.step(now());
            host.listener.step(now());
            while (auto channel = host.listener.take())
                joined.emplace(channel->peer().rank, std::move(*channel));
        },
        [&] { return joined.size() == 2; });
    EXPECT_TRUE(host.listener.missing().empty());
    EXPECT_EQ(joined.at(2).peer().host, "h3");
    EXPECT_EQ(host.listener.refusals().text(), "");
}

TEST(JoinTest, another_key_is_refused_and_named_on_both_sides) {
    Host host;
    EXPECT_EQ(refusal(host, secret(2), identity(1)),
              "n0 at " + host.address().text() +
                  " has another key; give all processes the same --key file");
    host.refuse(1);
    EXPECT_EQ(host.listener.refusals().wrong_keys, 1U);
    EXPECT_EQ(host.listener.refusals().text(),
              "refused 1 connection (1 wrong key), last 127.0.0.1: another key");
}

TEST(JoinTest, a_process_that_differs_is_refused_and_the_difference_is_named) {
    const auto with = [](std::size_t fact, const char* value) {
        Identity self = identity(1);
        self.facts[fact].value = value;
        return self;
    };
    Host host;
    EXPECT_EQ(refusal(host, secret(1), with(0, "0.2.0")),
              "n1 on h2 has version 0.2.0, n0 on h1 has version 0.1.0");
    EXPECT_EQ(refusal(host, secret(1), with(1, "def")),
              "n1 on h2 has commit def, n0 on h1 has commit abc");
    EXPECT_EQ(refusal(host, secret(1), with(2, "96")),
              "n1 on h2 has value size 96, n0 on h1 has value size 32");
    EXPECT_EQ(refusal(host, secret(1), with(1, std::string(100, 'x').c_str())),
              "n1 on h2 has a different commit from n0 on h1");
    EXPECT_EQ(refusal(host, secret(1), identity(1, 4)),
              "n1 on h2 is in a cluster of 4 processes, n0 on h1 in one of 3");
    Identity more = identity(1);
    more.facts.push_back({"colour", "red"});
    EXPECT_EQ(refusal(host, secret(1), more), "n1 on h2 is a different build from n0 on h1");
    EXPECT_EQ(host.listener.refusals().other_builds, 6U);
    EXPECT_EQ(host.listener.missing().size(), 2U);
}

TEST(JoinTest, a_rank_joins_once) {
    Host host;
    Connector first = connector_to(host, secret(1), identity(1));
    std::optional<Channel> channel;
    meet(host, first, channel);
    ASSERT_TRUE(channel);
    Identity second = identity(1);
    second.host = "h9";
    EXPECT_EQ(refusal(host, secret(1), second),
              "n1 has already joined, so the process on h9 cannot be n1 too");
    EXPECT_EQ(host.listener.refusals().taken_ranks, 1U);
    host.listener.forget(1);
    EXPECT_EQ(host.listener.missing(), (std::vector<std::uint32_t>{1, 2}));
    Connector third = connector_to(host, secret(1), second);
    channel.reset();
    meet(host, third, channel);
    ASSERT_TRUE(channel);
    EXPECT_EQ(channel->peer().host, "h1");
}

TEST(JoinTest, strangers_are_refused_by_their_first_bytes_and_the_start_goes_on) {
    Host host;
    const Fd web = connect_to(host), random = connect_to(host), closing = connect_to(host);
    send_text(web, bytes_of_text("GET / HTTP/1.1\r\nHost: h1\r\n\r\n"));
    std::mt19937_64 bits(1);
    std::string noise(100'000, 0);
    for (char& one : noise) one = static_cast<char>(bits());
    send_text(random, bytes_of_text(noise));
    ::shutdown(closing.get(), SHUT_WR);
    // A stranger is counted even if it has already closed its connection.
    const Fd leaving = connect_to(host);
    send_text(leaving, bytes_of_text("GET / HTTP/1.1\r\n\r\n"));
    ::shutdown(leaving.get(), SHUT_WR);
    host.refuse(4);
    EXPECT_EQ(host.listener.refusals().strangers, 3U);
    EXPECT_EQ(host.listener.refusals().silent, 1U);

    Connector connector = connector_to(host, secret(1), identity(1));
    std::optional<Channel> channel;
    meet(host, connector, channel);
    EXPECT_TRUE(channel) << connector.failure();
}

TEST(JoinTest, an_unfinished_handshake_is_closed_after_two_seconds) {
    Host host;
    const Fd silent = connect_to(host), begun = connect_to(host);
    const Hello hello = make_hello();
    send_text(begun, bytes_of(hello).first(sizeof hello - 1));
    const Tick start = now();
    run([&] { host.listener.step(start); },
        [&] { return host.listener.deadline() == start + handshake_timeout_ns; });
    host.listener.step(start + handshake_timeout_ns - 1);
    EXPECT_EQ(host.listener.refusals().count(), 0U);
    host.listener.step(start + handshake_timeout_ns);
    host.listener.step(start + 2 * handshake_timeout_ns);
    EXPECT_EQ(host.listener.refusals().silent, 2U);
    std::vector<pollfd> watched;
    host.listener.watch(watched);
    EXPECT_EQ(watched.size(), 1U) << "only the listening socket is left";
}

TEST(JoinTest, silent_connections_are_bounded_in_number_and_a_newer_one_still_joins) {
    Host host;
    std::vector<Fd> silent;
    for (std::size_t i = 0; i < handshakes_max + 10; ++i) {
        silent.push_back(connect_to(host));
        host.listener.step(now());
    }
    std::vector<pollfd> watched;
    host.listener.watch(watched);
    EXPECT_LE(watched.size(), handshakes_max + 1);
    Connector connector = connector_to(host, secret(1), identity(1));
    std::optional<Channel> channel;
    meet(host, connector, channel);
    EXPECT_TRUE(channel) << connector.failure();
    EXPECT_GE(host.listener.refusals().silent, 10U);
}

TEST(JoinTest, a_recorded_handshake_cannot_be_replayed) {
    const Hello hello = make_hello();
    const Challenge recorded = make_challenge(secret(1), hello);
    const Proof proof = make_proof(secret(1), hello, recorded);
    EXPECT_TRUE(is_proved(secret(1), hello, recorded));
    EXPECT_TRUE(is_proved(secret(1), hello, recorded, proof));

    Host host;
    const Fd replay = connect_to(host);
    send_text(replay, bytes_of(hello));
    send_text(replay, bytes_of(proof));
    host.refuse(1);
    EXPECT_EQ(host.listener.refusals().wrong_keys, 1U);
    // Neither a reflected proof nor a challenge for another hello is accepted.
    EXPECT_FALSE(is_proved(secret(1), hello, recorded, Proof{recorded.proof}));
    EXPECT_FALSE(is_proved(secret(1), make_hello(), recorded));
}

TEST(JoinTest, another_version_of_the_handshake_is_named_on_both_sides) {
    Host host;
    const Fd old = connect_to(host);
    Hello hello = make_hello();
    hello.version = handshake_version + 1;
    send_text(old, bytes_of(hello));
    host.refuse(1);
    EXPECT_EQ(host.listener.refusals().other_builds, 1U);
    EXPECT_NE(host.listener.refusals().text().find("another version"), std::string::npos);

    std::uint16_t port = 0;
    const Fd listening = Host::open(port);
    Connector connector({Address::loopback(port)}, {}, secret(1), identity(1), now());
    Fd accepted;
    run(
        [&] {
            connector.step(now());
            if (accepted.is_open()) return;
            accepted = Fd{::accept4(listening.get(), nullptr, nullptr, SOCK_CLOEXEC)};
            if (!accepted.is_open()) return;
            Challenge challenge = make_challenge(secret(1), hello);
            challenge.version = handshake_version + 1;
            send_text(accepted, bytes_of(challenge));
        },
        [&] { return !connector.failure().empty(); });
    EXPECT_NE(connector.failure().find("is another version of paxos_fast"), std::string::npos);
}

TEST(JoinTest, the_address_with_the_right_key_is_found_among_others) {
    Host host, other(secret(2));
    std::uint16_t silent_port = 0, closed_port = 0;
    const Fd silent = Host::open(silent_port);  // Accepts connections, and sends nothing.
    { const Fd closed = Host::open(closed_port); }
    Connector connector({Address::loopback(silent_port), Address::loopback(closed_port),
                         other.address(), host.address()},
                        {}, secret(1), identity(1), now());
    std::optional<Channel> channel;
    Tick time = now();
    run(
        [&] {
            // Each step advances the connector's clock by 1 ms, so that the timeout of the silent
            // address, 300 ms, passes quickly.
            time += second_ns / 1000;
            connector.step(time);
            other.listener.step(now());
            host.listener.step(now());
            channel = connector.take();
        },
        [&] { return channel.has_value() || !connector.failure().empty(); });
    ASSERT_TRUE(channel) << connector.failure();
    EXPECT_EQ(channel->far(), host.address());
}

TEST(JoinTest, if_rank_0_is_not_found_within_20_seconds_all_attempts_are_named) {
    std::uint16_t port = 0;
    { const Fd closed = Host::open(port); }
    const Tick start = now();
    Connector connector({Address::loopback(port)}, {}, secret(1), identity(1), start);
    run([&] { connector.step(start + connect_timeout_ns - 1); },
        [&] { return connector.deadline() != start; });
    EXPECT_EQ(connector.failure(), "");
    connector.step(start + connect_timeout_ns);
    const std::string address = Address::loopback(port).text();
    EXPECT_EQ(connector.failure(), "n0 was not found within 20 s (" + address +
                                       ": Connection refused); check that it runs, and that "
                                       "no firewall blocks TCP port " +
                                       std::to_string(port));
}

TEST(JoinTest, a_process_connects_from_the_address_that_others_know) {
    Host host;
    Connector connector({host.address()},
                        {*Address::parse("203.0.113.1", 7000), *Address::parse("127.0.0.7", 7000)},
                        secret(1), identity(1), now());
    std::optional<Channel> channel;
    meet(host, connector, channel);
    ASSERT_TRUE(channel) << connector.failure();
    EXPECT_EQ(channel->near().ip(), "127.0.0.7");
}

}  // namespace
}  // namespace paxos::control::join_test
