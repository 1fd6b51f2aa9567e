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
    /// Lets time pass without a datagram of the peer. Returns whether the peer counted as heard all
    /// the time.
    bool pass(Tick time) {
        bool is_heard = true;
        for (const Tick end = now + time; now < end;) {
            now += ms;
            peers.expire(now);
            is_heard = is_heard && peers.heard().has(peer);
        }
        return is_heard;
    }
    /// Lets the peer send a datagram every `interval` until `time` has passed. Returns the number
    /// of intervals in which the peer ceased to count as heard.
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
    hear();
    EXPECT_EQ(times_lost(100 * ms, 1000 * ms), 1);
    EXPECT_GE(peers.grace_ns(peer), 60 * ms);
    EXPECT_EQ(peers.grace_ns(1), 0U);
}

TEST_F(PeersTest, S42_the_grace_of_a_peer_does_not_decrease_while_the_peer_is_silent) {
    constexpr Tick interval = timing.silence_max_ns - 10 * ms;
    hear();
    EXPECT_EQ(times_lost(interval, 10 * interval), 1);
}

TEST_F(PeersTest, the_grace_of_a_peer_is_limited_and_decreases) {
    hear();
    times_lost(300 * ms, 300 * ms);
    EXPECT_EQ(peers.grace_ns(peer), timing.silence_max_ns - timing.silence_ns);
    EXPECT_FALSE(pass(timing.silence_max_ns)) << "it must not count as heard forever";
    hear();
    EXPECT_EQ(times_lost(10 * ms, 16 * timing.silence_max_ns), 0);
    EXPECT_EQ(peers.grace_ns(peer), 0U);
    EXPECT_FALSE(pass(timing.silence_ns));
}

TEST_F(PeersTest, a_long_outage_or_a_late_start_of_a_peer_gives_no_grace) {
    EXPECT_FALSE(pass(100 * ms));
    hear();
    EXPECT_EQ(peers.grace_ns(peer), 0U) << "the peer started 100 ms after this node";
    EXPECT_FALSE(pass(timing.silence_max_ns + 50 * ms));
    hear();
    EXPECT_EQ(peers.grace_ns(peer), 0U);
}

TEST_F(PeersTest, a_restarted_peer_has_no_grace) {
    hear();
    times_lost(100 * ms, 200 * ms);
    EXPECT_GT(peers.grace_ns(peer), 0U);
    incarnation = 1;
    pass(100 * ms);
    hear();
    EXPECT_EQ(peers.grace_ns(peer), 0U);
}

TEST_F(PeersTest, a_pause_of_this_node_neither_gives_nor_takes_grace) {
    const auto pause = [&](Tick time) {
        now += time;
        peers.exclude_pause(time);
    };
    hear();
    pass(10 * ms);
    pause(200 * ms);
    hear();
    EXPECT_EQ(peers.grace_ns(peer), 0U);
    times_lost(100 * ms, 100 * ms);
    const Tick grace = peers.grace_ns(peer);
    EXPECT_GT(grace, 0U);
    pause(1000 * ms);
    hear();
    EXPECT_EQ(times_lost(10 * ms, 100 * ms), 0);
    EXPECT_GE(peers.grace_ns(peer), grace - 15 * ms)
        << "the grace may decrease by at most 1/16 of 100 ms and of silence_ns";
}

}  // namespace
}  // namespace paxos::test::peers_test
