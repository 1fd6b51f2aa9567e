// Nodes of a cluster that spans hosts are killed, and the launchers of their hosts start them again
// in the same run.
#include <gmock/gmock.h>

#include <csignal>

#include "support/several_hosts_durable.h"

namespace paxos::program_hosts_restart_test {
namespace {

using testing::HasSubstr;

/// The fault list kills n3 and n0; the test kills n1. The rate is so low that the peers of a killed
/// node still retain all slots that it misses until it has restarted. So no node is left behind.
TEST_F(SeveralHostsDurable, nodes_are_restarted_during_a_run) {
    for (const char* const protocol : {"classic", "multi"}) {
        for (std::size_t rank = 0; rank < 5; ++rank)
            launch(rank, {"--durable", directory_of(rank) + protocol, "--protocol", protocol,
                          "--window", "64", "--rate", "2000", "--rounds", "4000", "--repetitions",
                          "1", "--no-floor", "--json", "result.json", "--faults",
                          "kill=3@20%,kill=3@25%,kill=0@50%,restart=20ms"});
        const std::string data = work(directory_of(1) + protocol);
        await_learned(1, 1000, data);
        ASSERT_EQ(::kill(node_of(1), SIGKILL), 0);
        const Outcome outcome = end_of_all();
        expect_safe(outcome, true);
        EXPECT_THAT(outcome.output, HasSubstr("5 of 5 nodes learned the same log"));
        EXPECT_THAT(outcome.output, HasSubstr("\nrestarts  "));
        EXPECT_THAT(outcome.output, HasSubstr(" 0% uncompared"));

        const auto result = nlohmann::json::parse(content(work("result.json")));
        const auto restarts = result["paxos_fast"]["repetitions"][0]["restarts"];
        ASSERT_EQ(restarts.size(), 4U);
        std::map<int, int> count;
        for (const auto& restart : restarts) {
            ++count[restart["node"]];
            EXPECT_GE(restart["started_ns"], 20'000'000);
            EXPECT_TRUE(restart.contains("ready_ns"));
            EXPECT_FALSE(restart["left_behind"]);
        }
        EXPECT_EQ(count, (std::map<int, int>{{0, 1}, {1, 1}, {3, 2}}));
        EXPECT_EQ(recovered(1, data).incarnation, 2);
        EXPECT_EQ(recovered(1, data).learned, recovered(4, data).learned);
    }
}

/// n3 is killed when it has learned more slots than the ring of its log holds. The next process of
/// n3 restores only the last of these slots. Only the board (shared memory) of the killed process
/// records that n3 accepted the values of the earlier slots. Rank 0 needs this board to verify the
/// quorums of these slots.
TEST_F(SeveralHostsDurable, S18_the_last_board_of_a_killed_node_reaches_rank_0) {
    launch_all_durable({"--rate", "20k", "--rounds", "40k", "--json", "result.json", "--faults",
                        "kill=3@80%,restart=20ms"});
    const Outcome outcome = end_of_all();
    expect_safe(outcome, true);
    const auto result = nlohmann::json::parse(content(work("result.json")))["paxos_fast"];
    EXPECT_EQ(result["repetitions"][0]["restarts"].size(), 1U);
    const auto evidence = result["runs"][0]["safety"]["evidence"];
    EXPECT_GT(evidence["sampled"], 1000);
    EXPECT_GE(evidence["verified"].get<double>(), 0.99 * evidence["sampled"].get<double>())
        << outcome.output;
}

/// The test damages the superblocks of n4, which n4 reads only when it is started again.
TEST_F(SeveralHostsDurable, S25_the_run_goes_on_without_a_node_whose_file_is_damaged) {
    launch_all_durable({"--rate", "2000", "--rounds", "4000", "--faults", "restart=20ms"});
    await_learned(4, 1000);
    std::fstream(node_file(4), std::ios::in | std::ios::out | std::ios::binary)
        << std::string(2 * store::block_size, 'x');
    ASSERT_EQ(::kill(node_of(4), SIGKILL), 0);
    const Outcome outcome = end_of_all();
    expect_safe(outcome, true);
    EXPECT_THAT(outcome.output, HasSubstr("n4 could not restart ("));
    EXPECT_THAT(outcome.output, HasSubstr("data2/node-4: "));
}

}  // namespace
}  // namespace paxos::program_hosts_restart_test
