// Tests of the failure detector: how long a peer may be silent before it counts as not heard.
#include "paxos/peers.h"

#include <gtest/gtest.h>

namespace paxos::test::peers_test {
namespace {

constexpr Tick ms = 1'000'000;
constexpr Timing timing;
constexpr NodeId peer = 2;

class PeersTest : public testing::Test {
protected:
    PeersTest() { peers.begin(0); }

    void hear() {
        ASSERT_TRUE(
            peers.hear({peer, 0, 0, {}, false, {NodeMask::of(0), no_node}, incarnation}, now));
    }
    /// Lets time pass without a datagram of the peer. Returns whether it was heard all the time.
    bool pass(Tick time) {
        bool is_heard = true;
        for (const Tick end = now + time; now < end;) {
            now += ms;
            peers.expire(now);
            is_heard = is_heard && peers.heard().has(peer);
        }
        return is_heard;
    }
    /// The peer sends a datagram each `interval` for a time. Returns how often it ceased to be
    /// heard.
    int times_lost(Tick interval, Tick time) {
        int count = 0;
        for (Tick passed = 0; passed < time; passed += interval) {
            count += !pass(interval);
            hear();
        }
        return count;
    }

    Peers peers{Options{.self = 0, .nodes = 3, .timing = {}}};
    Tick now = 0;
    Incarnation incarnation = 0;
};

TEST_F(PeersTest, a_silent_peer_counts_as_not_heard) {
    EXPECT_TRUE(pass(timing.silence_ns - ms));
    EXPECT_FALSE(pass(ms));
    hear();
    EXPECT_TRUE(peers.heard().has(peer));
    EXPECT_EQ(peers.grace_ns(peer), 0U) << "it was not silent for longer than silence_ns";
}

TEST_F(PeersTest, S42_a_rarely_scheduled_peer_ceases_to_be_heard_only_once_in_a_while) {
    EXPECT_EQ(times_lost(100 * ms, 1000 * ms), 1);
    EXPECT_GE(peers.grace_ns(peer), 60 * ms);
    EXPECT_EQ(peers.grace_ns(1), 0U);
}

TEST_F(PeersTest, the_grace_of_a_peer_is_limited_and_decreases) {
    times_lost(300 * ms, 300 * ms);
    EXPECT_EQ(peers.grace_ns(peer), timing.silence_max_ns - timing.silence_ns);
    EXPECT_FALSE(pass(timing.silence_max_ns)) << "it must not count as heard forever";
    hear();
    EXPECT_EQ(times_lost(10 * ms, 16 * timing.silence_max_ns), 0);
    EXPECT_EQ(peers.grace_ns(peer), 0U);
    EXPECT_FALSE(pass(timing.silence_ns));
}

TEST_F(PeersTest, a_long_outage_or_a_restart_of_a_peer_gives_no_grace) {
    EXPECT_FALSE(pass(timing.silence_max_ns + 50 * ms));
    hear();
    EXPECT_EQ(peers.grace_ns(peer), 0U);
    EXPECT_FALSE(pass(100 * ms));
    incarnation = 1;
    hear();
    EXPECT_EQ(peers.grace_ns(peer), 0U);
}

TEST_F(PeersTest, a_pause_of_this_node_is_no_silence_of_its_peers) {
    pass(10 * ms);
    now += 200 * ms;
    peers.exclude_pause(200 * ms);
    hear();
    EXPECT_EQ(peers.grace_ns(peer), 0U);
}

}  // namespace
}  // namespace paxos::test::peers_test
