// The recorder publishes a value for every counter of counter_table.
#include "node/recorder.h"

#include <cerrno>
#include <memory>

#include "gtest/gtest.h"

namespace paxos::node::recorder_test {
namespace {

TEST(Recorder, publishes_every_counter_of_the_table) {
    Counters protocol;
    protocol.late = protocol.outside_ring = protocol.unanswered = protocol.decided =
        protocol.decided_first = protocol.preemptions = protocol.takeovers =
            protocol.ballots_exhausted = 1;
    io::Counters io;
    io.datagrams_sent = io.datagrams_received = io.kernel_dropped = io.send_errors =
        io.segment_fallbacks = io.sends = io.receives = 1;
    const std::array<std::uint64_t, wire::rejections> rejected{};
    const auto board = std::make_unique<NodeBoard>();
    Recorder(*board).publish(
        {.protocol = protocol,
         .io = io,
         .rejected = rejected,
         .injected = {.lost = 1, .duplicated = 1, .reordered = 1, .corrupted = 1, .delayed = 1},
         .turns = 7});
    for (std::size_t i = 0; i < counter_count; ++i)
        EXPECT_EQ(board->counters[i].get(), 1U) << counter_table[i].name;
    EXPECT_EQ(board->turns.get(), 7U);
}

/// The counts that a node publishes include the counts of its earlier incarnations.
TEST(Recorder, S40_a_later_incarnation_continues_the_counts) {
    Counters protocol;
    protocol.decided = 5;
    io::Counters io;
    io.datagrams_sent = 10;
    io.kernel_dropped = 3;
    std::array<std::uint64_t, wire::rejections> rejected{};
    rejected[2] = 4;
    const auto board = std::make_unique<NodeBoard>();
    const auto count_of = [&](std::uint64_t NodeCounters::* member) {
        std::size_t i = 0;
        while (counter_table[i].member != member) ++i;
        return board->counters[i].get();
    };
    for (const std::uint64_t incarnation : {1U, 2U, 3U}) {
        io.refusals = {};
        io.refusals[0] = {.error = incarnation == 1 ? ENOBUFS : EPERM, .datagrams = 6};
        if (incarnation == 3) io.refusals[1] = {.error = ENOBUFS, .datagrams = 1};
        Recorder recorder(*board);
        for (int publications = 0; publications < 2; ++publications)
            recorder.publish(
                {.protocol = protocol, .io = io, .rejected = rejected, .injected = {}, .turns = 7});
        recorder.begin_row(
            {.protocol = protocol, .io = io, .rejected = rejected, .injected = {}, .turns = 7});
        recorder.end_row(
            {.protocol = protocol, .io = io, .rejected = rejected, .injected = {}, .turns = 9},
            board->rows[0]);
        EXPECT_EQ(count_of(&NodeCounters::decided), 5 * incarnation);
        EXPECT_EQ(count_of(&NodeCounters::datagrams_sent), 10 * incarnation);
        // The kernel counts drops at the socket, which all incarnations share.
        EXPECT_EQ(count_of(&NodeCounters::kernel_dropped), 3U);
        EXPECT_EQ(board->rejected[2].get(), 4 * incarnation);
        EXPECT_EQ(board->turns.get(), 7 * incarnation);
        EXPECT_EQ(board->rows[0].turns.get(), 2 * incarnation);
    }
    EXPECT_EQ(board->refused_errno[0].get(), std::uint64_t{ENOBUFS});
    EXPECT_EQ(board->refused_datagrams[0].get(), 7U);
    EXPECT_EQ(board->refused_errno[1].get(), std::uint64_t{EPERM});
    EXPECT_EQ(board->refused_datagrams[1].get(), 12U);
}

}  // namespace
}  // namespace paxos::node::recorder_test
