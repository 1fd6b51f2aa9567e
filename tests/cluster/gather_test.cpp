// Tests of the figures that the launcher gathers from the boards (the shared memory of the nodes).
// No nodes run: the tests write to the boards themselves. One test maps this memory.
#include <fcntl.h>

#include "support/cluster_boards.h"

namespace paxos::cluster::gather_test {
namespace {

using measure::RunResult;
using GatherTest = FinishedRun;

TEST_F(GatherTest, a_row_adds_up_the_counts_of_all_nodes) {
    for (NodeId node = 0; node < 5; ++node) {
        node::RowBoard& row = at(node).rows[0];
        row.messages_sent[static_cast<std::size_t>(MessageKind::accepted)].set(100);
        row.datagrams_sent.set(10);
        row.resent.set(3);
        row.learned_at.set(9000U + node);
        row.longest_wait_ns.set(50U + node);
        row.longest_wait_slot.set(20);
    }
    at(0).rows[0].first_proposal_at.set(1000);
    at(0).rows[0].last_decision_at.set(8000);
    at(1).rows[0].first_proposal_at.set(2000);
    at(1).rows[0].last_decision_at.set(8500);
    at(0).rows[0].latency.record(500, 150);
    at(1).rows[0].latency.record(700, 50);
    at(0).io_text = {"io_uring"};
    const RunResult run = result();
    const measure::RowResult& row = run.rows[0];
    EXPECT_EQ(row.messages[static_cast<std::size_t>(MessageKind::accepted)], 500U);
    EXPECT_EQ(row.datagrams_sent, 50U);
    EXPECT_EQ(row.resent, 15U);
    EXPECT_EQ(row.elapsed_ns, 7500U);
    EXPECT_EQ(row.learned_elapsed_ns, 8004U);
    EXPECT_EQ(row.longest_wait_ns, 54U);
    EXPECT_EQ(row.longest_wait_round, 10U);
    EXPECT_EQ(row.latency->samples(), 200U);
    EXPECT_EQ(run.io, "io_uring");
    EXPECT_EQ(run.idle, "yield");
}

TEST_F(GatherTest, the_decisions_of_a_proposer_exclude_the_warm_up) {
    for (std::size_t i = 0; i < counter_count; ++i) at(0).counters[i].set(slot_end);
    at(0).rows[0].decided.set(rounds);
    at(0).rows[0].decided_first.set(rounds - 1);
    const RunResult run = result();
    EXPECT_EQ(run.nodes[0].decided, rounds);
    EXPECT_EQ(run.nodes[0].decided_first, rounds - 1);
    EXPECT_EQ(run.nodes[1].decided, 0U);
}

TEST_F(GatherTest, a_violation_that_a_node_detected_outranks_how_the_node_ended) {
    record_.silent = NodeMask::of(1);
    leave(1, 5, node::NodeState::unsafe, "two values were decided in one slot: slot 7");
    leave(2, -1, node::NodeState::unsafe, "a DECIDE names no quorum: slot 8");
    record_.endings[2].by_launcher = true;
    const RunResult run = result();
    EXPECT_EQ(run.nodes[1].state, "unsafe");
    EXPECT_EQ(run.nodes[2].state, "unsafe");
    EXPECT_EQ(run.verdict, measure::Verdict::unsafe);
    EXPECT_EQ(run.exit_code, 5);
}

TEST_F(GatherTest, few_rounds_are_listed_one_by_one) {
    const ValueSource source = node::value_source(plan_);
    at(1).listed[0] = {warmup, Ballot(1, 0), source.value_of(0, warmup)};
    at(1).listed[1] = {warmup + 1, Ballot(2, 1), Value{}};
    at(1).listed_count.publish(2);
    const RunResult run = result();
    ASSERT_EQ(run.decisions.size(), 2U);
    EXPECT_EQ(run.decisions[0].round, 0U);
    EXPECT_EQ(run.decisions[0].value, "n0#0");
    EXPECT_EQ(run.decisions[0].ballot, "1.n0");
    EXPECT_EQ(run.decisions[1].value, "no-op");
    EXPECT_EQ(run.decisions[1].by, 1);
}

TEST_F(GatherTest, with_a_duration_the_proposers_count_the_decisions_of_each_row) {
    plan_.duration_ns = 1;
    plan_.row_count = 2;
    plan_.rows[0].rounds = plan_.rows[1].rounds = ~std::uint64_t{0};
    at(0).rows[0].decided.set(120);
    at(0).rows[1].decided.set(60);
    at(1).rows[1].decided.set(40);  // 20 of the row's 80 slots were decided twice.
    new (&at(0).rows[1].latency) Histogram;
    const RunResult run = result();
    EXPECT_EQ(run.rounds, 0U);
    EXPECT_EQ(run.rows[0].rounds, 0U);
    EXPECT_EQ(run.rows[0].decisions, 120U);
    EXPECT_EQ(run.rows[1].decisions, 80U);
}

TEST(SharedBoard, keeps_no_descriptor_open) {
    const auto descriptors = [] {
        std::size_t count = 0;
        for (int fd = 0; fd < 1024; ++fd) count += fcntl(fd, F_GETFD) != -1;
        return count;
    };
    const std::size_t before = descriptors();
    node::Plan plan;
    plan.nodes = 63;
    plan.row_count = 1;
    {
        SharedBoard board;
        std::string error;
        ASSERT_TRUE(board.map(plan, error)) << error;
        EXPECT_EQ(descriptors(), before);
        EXPECT_EQ(board.get().nodes[62].learned.seen(), 0U);
        EXPECT_EQ(board.get().nodes[62].plan_end.seen(), ~std::uint64_t{0});
        board.get().nodes[62].rows[0].latency.record(7);
        EXPECT_EQ(board.get().nodes[62].rows[0].latency.min(), 7U);
    }
    EXPECT_EQ(descriptors(), before);
}

}  // namespace
}  // namespace paxos::cluster::gather_test
