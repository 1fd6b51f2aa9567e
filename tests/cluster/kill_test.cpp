// Real clusters that lose nodes. The nodes are killed or stopped, from outside or by the fault
// injector. This happens when the run has made enough progress, not after a fixed time.
#include "support/cluster_runs.h"

namespace paxos::cluster::kill_test {
namespace {

using measure::RunResult;
using node::Plan;
using node::ProtocolKind;
using testing::HasSubstr;

/// The number of learned slots after which a test kills or stops a node. It is more than the
/// warm-up, but small enough to be reached early in the run even on a busy machine.
constexpr std::uint64_t begun = 100;

class Killed : public testing::TestWithParam<ProtocolKind> {
protected:
    /// A run of 2 s, so that the test acts in the middle of it.
    static Plan long_plan(std::size_t nodes) {
        Plan plan = plan_of(nodes, 1'000'000'000, 64);
        plan.duration_ns = 2'000'000'000;
        plan.protocol = GetParam();
        return plan;
    }
    static Callbacks kill_when_running(std::vector<std::size_t> nodes, std::vector<pid_t>& killed) {
        return when_running(begun,
                            [nodes = std::move(nodes), &killed](const std::vector<pid_t>& pids) {
                                for (const std::size_t node : nodes) {
                                    killed.push_back(pids.at(node));
                                    EXPECT_TRUE(send_signal(pids.at(node), SIGKILL));
                                }
                            });
    }
    /// Expects that `run` ended with exit code 0, is SAFE and decided at least one round.
    static void expect_safe(const RunResult& run) {
        EXPECT_EQ(run.exit_code, 0) << words_for(run);
        EXPECT_EQ(run.verdict, measure::Verdict::safe) << words_for(run);
        EXPECT_GT(run.decided, 0U);
    }
};
INSTANTIATE_TEST_SUITE_P(Real, Killed, testing::Values(ProtocolKind::classic, ProtocolKind::multi),
                         [](const auto& param_info) {
                             return std::string(
                                 param_info.param == ProtocolKind::multi ? "multi" : "classic");
                         });

TEST_P(Killed, an_acceptor_killed_from_outside_degrades_the_run) {
    std::vector<pid_t> killed;
    const RunResult run = run_plan(long_plan(5), kill_when_running({3}, killed));
    ASSERT_EQ(killed.size(), 1U);
    expect_safe(run);
    EXPECT_TRUE(run.degraded);
    EXPECT_EQ(run.nodes[3].pid, killed[0]);
    EXPECT_EQ(run.nodes[3].state, "killed by signal 9");
    EXPECT_TRUE(run.nodes[3].log_is_prefix);
    EXPECT_LT(run.nodes[3].ended_near_round, run.decided);
}

TEST_P(Killed, another_node_takes_over_from_the_only_proposer) {
    std::vector<pid_t> killed;
    const RunResult run = run_plan(long_plan(5), kill_when_running({0}, killed));
    ASSERT_EQ(killed.size(), 1U);
    expect_safe(run);
    EXPECT_EQ(run.nodes[0].state, "killed by signal 9");
    EXPECT_GE(run.counters.takeovers, 1U);
    EXPECT_LT(run.nodes[0].ended_near_round, run.decided);
    EXPECT_GT(run.rows[0].longest_wait_ns, 0U);
}

TEST_P(Killed, the_injector_kills_an_acceptor) {
    Plan plan = plan_of(5, 5000, 64);
    plan.protocol = GetParam();
    plan.faults.kills[plan.faults.kill_count++] = {.node = 3, .at = 0.4};
    const RunResult run = run_plan(plan);
    expect_good(run, plan);
    EXPECT_EQ(run.nodes[3].state, "killed by signal 9");
    EXPECT_GE(run.nodes[3].ended_near_round, 2000U);
    EXPECT_LT(run.nodes[3].ended_near_round, 4000U);
}

TEST_P(Killed, the_injector_kills_the_only_proposer_while_datagrams_are_lost) {
    Plan plan = plan_of(5, 2000, 64);
    plan.protocol = GetParam();
    plan.faults.loss = 0.1;
    plan.faults.kills[plan.faults.kill_count++] = {.node = 0, .at = 0.4};
    const RunResult run = run_plan(plan);
    expect_good(run, plan);
    EXPECT_EQ(run.nodes[0].state, "killed by signal 9");
}

TEST_P(Killed, the_run_ends_at_once_without_two_of_three_nodes) {
    std::vector<pid_t> killed;
    Plan plan = endless(3);  // The run ends only when the majority is lost.
    plan.protocol = GetParam();
    const RunResult run = run_plan(plan, kill_when_running({0, 2}, killed));
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_EQ(run.verdict, measure::Verdict::unknown);
    EXPECT_THAT(run.failure,
                HasSubstr("no majority remains: 1 of 3 nodes are alive and 2 are needed"));
    EXPECT_THAT(run.failure, HasSubstr("n0 killed by signal 9 near round"));
    EXPECT_THAT(run.failure, HasSubstr("n2 killed by signal 9 near round"));
    EXPECT_TRUE(nodes_of(::getpid()).empty());
}

TEST_P(Killed, a_node_stopped_for_two_seconds_learns_the_rest_or_is_left_behind) {
    Plan plan = long_plan(3);
    plan.duration_ns = 4'000'000'000;
    pid_t stopped = 0;
    double stopped_at = 0;
    bool continued = false;
    Callbacks callbacks;
    callbacks.progress = [&](const Progress& progress) {
        if (stopped == 0 && progress.learned > begun) {
            stopped = nodes_of(::getpid()).at(2);
            stopped_at = progress.elapsed_s;
            EXPECT_TRUE(send_signal(stopped, SIGSTOP));
        } else if (stopped != 0 && !continued && progress.elapsed_s >= stopped_at + 2.0) {
            continued = true;
            EXPECT_TRUE(send_signal(stopped, SIGCONT));
        }
    };
    const RunResult run = run_plan(plan, callbacks);
    EXPECT_TRUE(continued);
    expect_safe(run);
    // n2 learned the slots that it had missed, or reports that its peers no longer retained some of
    // them.
    EXPECT_THAT(run.nodes[2].state, testing::AnyOf("stopped", "left behind"));
    EXPECT_EQ(run.nodes[2].skipped != 0, run.nodes[2].state == "left behind");
    EXPECT_EQ(run.degraded, run.nodes[2].state == "left behind") << words_for(run);
}

TEST_P(Killed, a_node_stopped_for_good_is_named_and_not_waited_for) {
    const Plan plan = long_plan(3);
    const Callbacks callbacks = when_running(begun, [](const std::vector<pid_t>& pids) {
        EXPECT_TRUE(send_signal(pids.at(2), SIGSTOP));
    });
    const RunResult run = run_plan(plan, callbacks);
    EXPECT_EQ(run.exit_code, 0) << words_for(run);
    EXPECT_TRUE(run.degraded);
    EXPECT_EQ(run.nodes[2].state, "silent");
    EXPECT_TRUE(nodes_of(::getpid()).empty());
}

TEST_P(Killed, a_node_that_aborts_ends_the_run_with_5) {
    const Callbacks callbacks = when_running(begun, [](const std::vector<pid_t>& pids) {
        EXPECT_TRUE(send_signal(pids.at(1), SIGABRT));
    });
    const RunResult run = run_plan(long_plan(3), callbacks);
    EXPECT_EQ(run.exit_code, 5);
    EXPECT_THAT(run.failure, HasSubstr("n1 crashed with signal 6 near round"));
}

}  // namespace
}  // namespace paxos::cluster::kill_test
