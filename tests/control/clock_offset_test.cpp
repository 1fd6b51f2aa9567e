// The offset of a peer's clock is estimated from the shortest round trip. The true offset is within
// the reported error.
#include "control/clock_offset.h"

#include <gtest/gtest.h>

#include "control/connection.h"

namespace paxos::control::clock_offset_test {
namespace {

using namespace test;

constexpr std::int64_t offset = -5'000'000'000;  // The peer's clock is 5 s behind.

/// Sends a ping, which takes `there` ns, and its answer, which takes `back` ns.
void exchange(Pair& pair, ClockOffset& clock, Tick sent_at, Tick there, Tick back) {
    ASSERT_TRUE(clock.ping(*pair.near, sent_at));
    run([&] { pair.step(); },
        [&] {
            if (const auto frame = pair.far->take()) {
                const Tick far_clock = sent_at + there + static_cast<Tick>(offset);
                EXPECT_TRUE(answer_ping(*pair.far, frame->content, far_clock));
            }
            const auto frame = pair.near->take();
            if (frame) clock.on_pong(frame->content, sent_at + there + back);
            return frame.has_value();
        });
}

TEST(ClockOffsetTest, the_shortest_round_trip_counts_and_its_half_is_the_error) {
    Pair pair;
    ClockOffset clock;
    EXPECT_FALSE(clock.estimate());
    Tick at = 10'000'000'000;
    for (std::uint32_t i = 0; i < ClockOffset::pings_max; ++i, at += 1'000'000) {
        EXPECT_FALSE(clock.is_done());
        // The fifth round trip is the shortest. Each of the others is slow in one direction.
        if (i == 4)
            exchange(pair, clock, at, 9'000, 11'001);
        else
            exchange(pair, clock, at, i % 2 == 0 ? 500'000 : 1'000, i % 2 == 0 ? 1'000 : 500'000);
    }
    EXPECT_TRUE(clock.is_done());
    const auto estimate = clock.estimate();
    EXPECT_EQ(estimate->error_ns, 10'001U);
    EXPECT_EQ(estimate->offset_ns, offset - 1'000);
    EXPECT_TRUE(clock.ping(*pair.near, at)) << "no more pings are needed";
    EXPECT_TRUE(pair.near->is_flushed());
    pair.step();
    EXPECT_FALSE(pair.far->take());
}

TEST(ClockOffsetTest, only_one_ping_is_in_flight_and_only_its_answer_counts) {
    Pair pair;
    ClockOffset clock;
    ASSERT_TRUE(clock.ping(*pair.near, 1'000));
    ASSERT_TRUE(clock.ping(*pair.near, 2'000));
    std::string ping;
    run([&] { pair.step(); },
        [&] {
            const auto frame = pair.far->take();
            if (frame) ping = text_of(frame->content);
            return frame.has_value();
        });
    pair.step();
    EXPECT_FALSE(pair.far->take()) << "no second ping is sent while the first is unanswered";
    EXPECT_FALSE(answer_ping(*pair.far, bytes_of_text("no ping"), 0));
    clock.on_pong(bytes_of_text("no pong"), 3'000);
    // The next pong is the answer to ping number 7, which was never sent.
    ping[0] = 7;
    EXPECT_TRUE(answer_ping(*pair.far, bytes_of_text(ping), 5'000));
    run([&] { pair.step(); },
        [&] {
            const auto frame = pair.near->take();
            if (frame) clock.on_pong(frame->content, 3'000);
            return frame.has_value();
        });
    EXPECT_FALSE(clock.estimate());
}

}  // namespace
}  // namespace paxos::control::clock_offset_test
