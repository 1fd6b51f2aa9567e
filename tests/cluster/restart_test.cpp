// Nodes of a durable cluster are killed and started again during the same run. The rounds begin at
// a fixed rate that is low enough for a node to be absent for seconds without being left behind.
#include <csignal>
#include <fstream>

#include "store/file.h"
#include "support/durable_cluster.h"

namespace paxos::cluster::restart_test {
namespace {

using measure::RunResult;
using testing::AnyOf;
using testing::HasSubstr;
using testing::StartsWith;

class Restarted : public DurableCluster {
protected:
    static node::Plan slow_plan(std::uint64_t rounds) {
        node::Plan plan = DurableCluster::plan(rounds);
        plan.rows[0].rate = 2000;
        plan.faults.restarts = true;
        plan.faults.restart_ns = 10'000'000;
        return plan;
    }
    static void kill(node::Plan& plan, NodeId node, double at) {
        plan.faults.kills[plan.faults.kill_count++] = {.node = node, .at = at};
    }
    /// Runs `plan`. Once 500 slots are learned, kills n1, whose process is `pid`, and calls
    /// `then(pid)`. Raises SIGINT as soon as `is_due(pid)` is true. Checks that the run ends.
    template <class Then, class IsDue>
    RunResult interrupted_after_a_kill(const node::Plan& plan, Then&& then, IsDue&& is_due) {
        pid_t killed = 0;
        Callbacks callbacks;
        callbacks.progress = [&](const Progress& progress) {
            if (progress.learned < 500) return;
            if (killed == 0) {
                killed = nodes_of(::getpid()).at(1);
                EXPECT_TRUE(send_signal(killed, SIGKILL));
                then(killed);
            } else if (is_due(killed)) {
                ::raise(SIGINT);
            }
        };
        const RunResult run = run_durable(plan, callbacks);
        EXPECT_EQ(run.exit_code, 128 + SIGINT) << words_for(run);
        EXPECT_EQ(run.nodes[1].state, "killed by signal 9");
        EXPECT_TRUE(nodes_of(::getpid()).empty());
        return run;
    }
    /// Expects that all nodes, including the restarted nodes, learned the whole log, and that the
    /// whole log was compared.
    static void expect_whole(const RunResult& run, const node::Plan& plan, std::size_t restarts) {
        expect_good(run, plan);
        EXPECT_TRUE(run.degraded);
        EXPECT_EQ(run.restarts.size(), restarts);
        for (const measure::NodeResult& node : run.nodes) {
            EXPECT_EQ(node.state, "stopped") << words_for(run);
            EXPECT_TRUE(node.log_is_prefix) << words_for(run);
        }
        for (const measure::RestartResult& restart : run.restarts) {
            EXPECT_TRUE(restart.ready_ns);
            EXPECT_FALSE(restart.was_left_behind);
        }
        EXPECT_TRUE(nodes_of(::getpid()).empty());
    }
};

INSTANTIATE_TEST_SUITE_P(Real, Restarted, durable_variants, name_of_variant);

TEST_P(Restarted, S23_an_acceptor_is_killed_ten_times) {
    node::Plan plan = slow_plan(4000);
    for (int i = 0; i < 10; ++i) kill(plan, 2, 0.05 + 0.09 * i);
    const RunResult run = run_durable(plan);
    expect_whole(run, plan, 10);
    EXPECT_TRUE(run.restarts.back().caught_up_ns);
    EXPECT_EQ(inspected(2).incarnation, 11);
    EXPECT_EQ(inspected(0).incarnation, 1);
}

/// Several kills become due before the node has caught up. Each kill must hit a different
/// incarnation.
TEST_P(Restarted, a_kill_that_is_reached_while_the_node_catches_up_is_not_lost) {
    node::Plan plan = slow_plan(2000);
    plan.faults.restart_ns = 300'000'000;
    for (const double at : {0.1, 0.1, 0.11, 0.12, 1.0}) kill(plan, 1, at);
    expect_whole(run_durable(plan), plan, 5);
}

TEST_P(Restarted, S12_the_proposer_is_killed_three_times) {
    node::Plan plan = slow_plan(3000);
    for (const double at : {0.2, 0.5, 0.8}) kill(plan, 0, at);
    const RunResult run = run_durable(plan);
    expect_whole(run, plan, 3);
    EXPECT_GE(run.counters.takeovers, 1U);
}

TEST_P(Restarted, two_of_five_nodes_are_killed_together) {
    open(5);
    node::Plan plan = slow_plan(2000);
    plan.nodes = 5;
    for (const double at : {0.3, 0.6})
        for (const NodeId node : {NodeId{1}, NodeId{3}}) kill(plan, node, at);
    expect_whole(run_durable(plan), plan, 4);
}

TEST_P(Restarted, S06_all_nodes_are_killed_at_once) {
    const node::Plan plan = slow_plan(2000);
    const RunResult run = run_durable(plan, when_running(1000, [](const std::vector<pid_t>& pids) {
                                          for (const pid_t pid : pids)
                                              EXPECT_TRUE(send_signal(pid, SIGKILL));
                                      }));
    expect_whole(run, plan, nodes);
}

/// The file of a killed node is damaged before the node is started again.
TEST_P(Restarted, S25_the_run_goes_on_without_a_node_whose_file_is_damaged) {
    const node::Plan plan = slow_plan(2000);
    const std::string path = store::node_path(files_.directory, 2);
    const RunResult run = run_durable(
        plan, when_running(1000, [&](const std::vector<pid_t>& pids) {
            // The launcher starts no node while it runs this callback.
            ASSERT_TRUE(send_signal(pids[2], SIGKILL));
            while (ProcStat(pids[2]).is_alive()) ::poll(nullptr, 0, 1);
            store::wait_until_free(path, 60'000);
            std::fstream file(path, std::ios::in | std::ios::out | std::ios::binary);
            file << std::string(2 * store::block_size, 'x');
            ASSERT_TRUE(file.flush().good());
        }));
    EXPECT_EQ(run.exit_code, 0) << words_for(run);
    EXPECT_EQ(run.verdict, measure::Verdict::safe) << words_for(run);
    EXPECT_TRUE(run.degraded);
    EXPECT_EQ(run.nodes[2].state, "could not restart (" + run.nodes[2].error + ")");
    EXPECT_THAT(run.nodes[2].error, StartsWith(path + ": ")) << words_for(run);
    EXPECT_THAT(run.nodes[2].error, HasSubstr("nothing was changed"));
    ASSERT_EQ(run.restarts.size(), 1U);
    EXPECT_FALSE(run.restarts[0].ready_ns);
    EXPECT_EQ(run.decided + run.no_ops, 2000U);
}

TEST_P(Restarted, SIGINT_ends_a_run_that_waits_to_restart_a_node) {
    node::Plan plan = slow_plan(1'000'000);
    plan.faults.restart_ns = 600'000'000'000;
    const auto is_reaped = [](pid_t killed) { return ProcStat(killed).fields.empty(); };
    const RunResult run = interrupted_after_a_kill(plan, [](pid_t) {}, is_reaped);
    EXPECT_TRUE(run.restarts.empty());
    const node::Plan next = DurableCluster::plan(1000);
    expect_good(run_durable(next), next);
}

/// The test kills n1 and then locks the file of n1. SIGINT arrives while the new process of n1
/// waits for this lock.
TEST_P(Restarted, SIGINT_ends_a_run_while_a_node_starts) {
    node::Plan plan = slow_plan(1'000'000);
    plan.faults.restart_ns = 0;
    const std::string path = store::node_path(files_.directory, 1);
    store::NodeFile file;
    const auto keep_new_process_waiting = [&](pid_t killed) {
        while (ProcStat(killed).is_alive()) ::poll(nullptr, 0, 1);
        store::wait_until_free(path, 60'000);
        std::string error;
        ASSERT_TRUE(store::lock_node(files_.directory, {files_.cluster, 1}, file, error)) << error;
    };
    interrupted_after_a_kill(plan, keep_new_process_waiting,
                             [](pid_t) { return nodes_of(::getpid()).size() == nodes; });
    file = store::NodeFile{};
    const node::Plan next = DurableCluster::plan(1000);
    expect_good(run_durable(next), next);
}

}  // namespace
}  // namespace paxos::cluster::restart_test
