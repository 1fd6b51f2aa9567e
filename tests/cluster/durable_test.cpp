// In a durable cluster, each run continues the log that earlier runs recorded.
#include <csignal>

#include <pthread.h>
#include <sys/resource.h>

#include "node/allocation_guard.h"
#include "support/durable_cluster.h"

namespace paxos::cluster::durable_test {
namespace {

class Durable : public DurableCluster {};

INSTANTIATE_TEST_SUITE_P(Real, Durable, durable_variants, name_of_variant);

TEST_P(Durable, S06_S23_a_run_continues_the_log_of_the_run_before) {
    Slot end = 0;
    for (std::uint16_t incarnation = 1; incarnation <= 3; ++incarnation) {
        const node::Plan plan = Durable::plan(20'000);
        const measure::RunResult run = run_durable(plan);
        expect_good(run, plan);
        ASSERT_TRUE(run.storage);
        EXPECT_EQ(run.storage->first_slot, end);
        EXPECT_GT(run.storage->flush->samples(), 0U);
        // Every node records the value of each slot, and a value has 32 bytes.
        EXPECT_GT(run.storage->bytes_per_slot(), 32);
        end += plan.slot_end();
        for (NodeId node = 0; node < nodes; ++node) {
            const store::Recovered found = inspected(node);
            EXPECT_EQ(found.verdict, store::Verdict::intact) << found.reason;
            EXPECT_EQ(found.learned, end);
            EXPECT_EQ(found.end, end);
            EXPECT_EQ(found.incarnation, incarnation);
            // A clean shutdown writes the number of the last batch to the superblocks, so that
            // recovery detects damage to this batch.
            EXPECT_EQ(found.superblock.durable_up_to, found.next.sequence - 1);
        }
    }
}

TEST_P(Durable, allocates_nothing_takes_no_page_fault_and_enters_the_kernel_once_a_turn) {
    const measure::RunResult run = run_durable(plan(50'000, 2772));
    ASSERT_EQ(run.exit_code, 0) << words_for(run);
    const measure::RowResult& row = run.rows[0];
    EXPECT_EQ(row.allocations, 0U);
    if (node::allocation_guard::is_available()) {
        EXPECT_EQ(row.page_faults, 0U);
    }
    EXPECT_EQ(row.enters, row.turns);
}

/// The file is a ring, and checkpoints free its space.
TEST_P(Durable, runs_may_record_more_than_the_file_holds) {
    const std::uint64_t size = nodes * inspected(0).superblock.file_size;
    std::uint64_t bytes = 0, checkpoints = 0;
    do {
        const node::Plan plan = Durable::plan(500'000, 2772);
        const measure::RunResult run = run_durable(plan);
        expect_good(run, plan);
        bytes += run.storage->bytes;
        checkpoints += run.storage->checkpoints;
    } while (bytes < size && !HasFailure());
    EXPECT_GE(checkpoints, 7U);
    const node::Plan next = Durable::plan(1000);
    expect_good(run_durable(next), next);
}

/// The killed node misses more slots than the rings of the other nodes hold. The next run begins
/// above the highest slot that any node has recorded.
TEST_P(Durable, S24_a_killed_node_votes_again_in_the_next_run) {
    node::Plan plan = Durable::plan(60'000);
    plan.faults.kills[0] = {.node = 0, .at = 0.3};
    plan.faults.kills[1] = {.node = 2, .at = 0.2};
    plan.faults.kill_count = 1;
    for (int i = 0; i < 3; ++i) {
        const measure::RunResult killed = run_durable(plan);
        EXPECT_EQ(killed.exit_code, 0) << words_for(killed);
        EXPECT_EQ(killed.verdict, measure::Verdict::safe) << words_for(killed);
        EXPECT_TRUE(killed.degraded);
        const node::Plan next = Durable::plan(5000);
        const measure::RunResult run = run_durable(next);
        expect_good(run, next);
        for (const measure::NodeResult& node : run.nodes)  // A slow disk may leave a node behind.
            EXPECT_THAT(node.state, testing::AnyOf("stopped", "left behind"));
        std::swap(plan.faults.kills[0], plan.faults.kills[1]);
    }
}

/// No file can be written at or beyond this offset. 0 means no limit.
rlim_t file_size_max = 0;

/// Called in every forked process.
void limit_files() {
    const rlimit limit{.rlim_cur = file_size_max, .rlim_max = RLIM_INFINITY};
    if (file_size_max != 0 && ::setrlimit(RLIMIT_FSIZE, &limit) != 0) ::_exit(99);
}

/// The first write of every node fails. If a node sent an answer, or counted its own vote, before
/// the record of that answer or vote was durable, a round would be decided before the write fails.
TEST_P(Durable, S06_S14_S26_without_a_durable_record_nothing_is_decided) {
    static const int is_registered = ::pthread_atfork(nullptr, nullptr, limit_files);
    ASSERT_EQ(is_registered, 0);
    file_size_max = store::ring_begin;  // The superblocks lie below it and can be written.
    node::Plan without_warmup = plan(1000);
    without_warmup.warmup = 0;  // The messages of a warm-up would not be counted.
    const measure::RunResult run = run_durable(without_warmup);
    file_size_max = 0;
    EXPECT_EQ(run.exit_code, 1) << words_for(run);
    EXPECT_EQ(run.decided, 0U);
    for (const measure::NodeResult& node : run.nodes) EXPECT_EQ(node.learned, 0U);
    const auto sent = [&](MessageKind kind) {
        return run.rows[0].messages[static_cast<std::size_t>(kind)];
    };
    EXPECT_GT(sent(MessageKind::prepare), 0U);
    EXPECT_EQ(sent(MessageKind::promise) + sent(MessageKind::accepted), 0U);
    EXPECT_EQ(run.nodes[0].state, "could not write its file (File too large)");
    const node::Plan next = Durable::plan(1000);
    expect_good(run_durable(next), next);
}

/// The disk of one node fails. The result names this node, and the others continue.
TEST_P(Durable, S26_a_failed_write_ends_the_node) {
    node::Plan plan = Durable::plan(30'000);
    plan.rows[0].rate = 20'000;
    const measure::RunResult run = run_durable(
        plan, when_running(1000, [](const std::vector<pid_t>& pids) {
            const rlimit none{.rlim_cur = store::ring_begin, .rlim_max = RLIM_INFINITY};
            EXPECT_EQ(::prlimit(pids[2], RLIMIT_FSIZE, &none, nullptr), 0);
        }));
    EXPECT_EQ(run.exit_code, 0) << words_for(run);
    EXPECT_EQ(run.verdict, measure::Verdict::safe) << words_for(run);
    EXPECT_TRUE(run.degraded);
    EXPECT_EQ(run.nodes[2].state, "could not write its file (File too large)");
    EXPECT_EQ(run.nodes[2].error, store::node_path(files_.directory, 2) +
                                      ": cannot be written: File too large; requests without a "
                                      "durable record were not answered (S26)");
    const node::Plan next = Durable::plan(1000);
    expect_good(run_durable(next), next);
}

}  // namespace
}  // namespace paxos::cluster::durable_test
