// The recorder publishes a value for every counter of counter_table.
#include "node/recorder.h"

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

}  // namespace
}  // namespace paxos::node::recorder_test
