// Real clusters over loopback decide all rounds, and their runs are SAFE. The tests cover clusters
// of many sizes, both protocols, io_uring and mmsg, and each fault that can be injected into
// datagrams.
#include "cluster/cluster.h"

#include "support/cluster_runs.h"

namespace paxos::cluster::run_test {
namespace {

using measure::RunResult;
using node::IoKind;
using node::Plan;
using node::ProtocolKind;

class EveryCluster : public testing::TestWithParam<std::tuple<std::size_t, ProtocolKind, IoKind>> {
protected:
    Plan plan(std::uint64_t rounds, std::uint32_t window) {
        Plan plan = plan_of(std::get<0>(GetParam()), rounds, window);
        plan.protocol = std::get<1>(GetParam());
        plan.io = std::get<2>(GetParam());
        return plan;
    }
};

TEST_P(EveryCluster, decides_round_by_round) {
    const Plan plan_here = plan(200, 1);
    const RunResult run = run_plan(plan_here);
    expect_good(run, plan_here);
    EXPECT_EQ(run.rows[0].decisions, 200U);
    EXPECT_GE(run.rows[0].latency->samples(), 200U);  // More if two proposers decided a slot.
    EXPECT_GT(run.rows[0].elapsed_ns, 0U);
    EXPECT_GT(run.rows[0].learned_elapsed_ns, 0U);
    std::uint64_t decided = 0;
    for (const measure::NodeResult& node : run.nodes) {
        decided += node.decided;
        EXPECT_LE(node.decided_first, node.decided);
    }
    EXPECT_EQ(decided, run.rows[0].latency->samples()) << "without the warm-up";
}

TEST_P(EveryCluster, decides_with_a_large_window) {
    const Plan plan_here = plan(20'000, 2772);
    const RunResult run = run_plan(plan_here);
    expect_good(run, plan_here);
    EXPECT_EQ(run.rows[0].decisions, 20'000U);
    EXPECT_GE(run.rows[0].latency->samples(), 20'000U);
}

INSTANTIATE_TEST_SUITE_P(
    Real, EveryCluster,
    testing::Combine(testing::Values(1U, 2U, 3U, 4U, 5U, 7U),
                     testing::Values(ProtocolKind::classic, ProtocolKind::multi),
                     testing::Values(IoKind::uring, IoKind::mmsg)),
    [](const auto& param_info) {
        return std::to_string(std::get<0>(param_info.param)) + "_" +
               (std::get<1>(param_info.param) == ProtocolKind::multi ? "multi" : "classic") + "_" +
               (std::get<2>(param_info.param) == IoKind::mmsg ? "mmsg" : "uring");
    });

struct Fault {
    const char* name;
    node::Faults faults;
};

class EveryFault : public testing::TestWithParam<std::tuple<Fault, ProtocolKind>> {};

TEST_P(EveryFault, ends_decided_and_safe) {
    Plan plan = plan_of(5, 1000, 64);
    plan.faults = std::get<0>(GetParam()).faults;
    plan.protocol = std::get<1>(GetParam());
    const RunResult run = run_plan(plan);
    expect_good(run, plan);
    const std::uint64_t injected = run.counters.injected_lost + run.counters.injected_duplicated +
                                   run.counters.injected_reordered +
                                   run.counters.injected_corrupted + run.counters.injected_delayed;
    EXPECT_GT(injected, 0U);
    EXPECT_EQ(run.rejected.empty(), plan.faults.corruption == 0);
}

INSTANTIATE_TEST_SUITE_P(
    Real, EveryFault,
    testing::Combine(testing::Values(Fault{"loss", {.loss = 0.3}},
                                     Fault{"duplication", {.duplication = 0.3}},
                                     Fault{"reordering", {.reordering = 0.3}},
                                     Fault{"corruption", {.corruption = 0.1}},
                                     Fault{"delay", {.delay_ns = 300'000}},
                                     Fault{"all",
                                           {.loss = 0.1,
                                            .duplication = 0.1,
                                            .reordering = 0.1,
                                            .corruption = 0.05,
                                            .delay_ns = 100'000}}),
                     testing::Values(ProtocolKind::classic, ProtocolKind::multi)),
    [](const auto& param_info) {
        return std::string(std::get<0>(param_info.param).name) + "_" +
               (std::get<1>(param_info.param) == ProtocolKind::multi ? "multi" : "classic");
    });

class BothProtocols : public testing::TestWithParam<ProtocolKind> {
protected:
    Plan plan(std::size_t nodes, std::uint64_t rounds, std::uint32_t window) {
        Plan plan = plan_of(nodes, rounds, window);
        plan.protocol = GetParam();
        return plan;
    }
};
INSTANTIATE_TEST_SUITE_P(Real, BothProtocols,
                         testing::Values(ProtocolKind::classic, ProtocolKind::multi),
                         [](const auto& param_info) {
                             return std::string(
                                 param_info.param == ProtocolKind::multi ? "multi" : "classic");
                         });

TEST_P(BothProtocols, a_window_of_a_quarter_of_the_ring_is_decided) {
    const Plan plan_here = plan(5, 30'000, 4096);
    expect_good(run_plan(plan_here), plan_here);
}

TEST_P(BothProtocols, thrifty_proposers_decide) {
    Plan plan_here = plan(5, 5'000, 64);
    plan_here.thrifty = true;
    expect_good(run_plan(plan_here), plan_here);
}

TEST_P(BothProtocols, flexible_quorums_decide) {
    for (const std::size_t accept_quorum : {2U, 4U}) {
        Plan plan_here = plan(5, 5'000, 64);
        plan_here.accept_quorum = accept_quorum;
        plan_here.thrifty = accept_quorum == 2;
        expect_good(run_plan(plan_here), plan_here);
    }
}

TEST_P(BothProtocols, duelling_proposers_decide) {
    Plan plan_here = plan(3, 500, 8);
    plan_here.proposers = 3;
    expect_good(run_plan(plan_here), plan_here);
}

TEST_P(BothProtocols, several_rows_are_measured_in_one_run) {
    Plan plan_here = plan(3, 300, 1);
    plan_here.row_count = 3;
    plan_here.rows[1] = {.window = 64, .rounds = 2000};
    plan_here.rows[2] = {.window = 924, .rounds = 3000};
    const RunResult run = run_plan(plan_here);
    expect_good(run, plan_here);
    ASSERT_EQ(run.rows.size(), 3U);
    for (std::size_t i = 0; i < 3; ++i) {
        EXPECT_EQ(run.rows[i].decisions, plan_here.rows[i].rounds);
        EXPECT_GE(run.rows[i].latency->samples(), plan_here.rows[i].rounds);
        EXPECT_GT(run.rows[i].messages[static_cast<std::size_t>(MessageKind::accept)], 0U);
        EXPECT_GT(run.rows[i].cells_sent, 0U);
    }
}

TEST_P(BothProtocols, messages_cover_runs_of_slots_unless_runs_are_off) {
    for (const bool runs : {true, false}) {
        Plan plan_here = plan(3, 20'000, 924);
        plan_here.runs = runs;
        const RunResult run = run_plan(plan_here);
        expect_good(run, plan_here);
        std::uint64_t messages = 0;
        for (const std::uint64_t count : run.rows[0].messages) messages += count;
        const std::uint64_t votes = run.rows[0]
                                        .messages[static_cast<std::size_t>(MessageKind::accepted)];
        if (runs)
            EXPECT_LT(run.rows[0].cells_sent, messages / 2);
        else  // With runs off, each ACCEPTED takes a cell, because it covers one slot.
            EXPECT_GE(run.rows[0].cells_sent, votes);
    }
}

TEST_P(BothProtocols, a_duration_ends_a_run_of_unlimited_rounds) {
    Plan plan_here = plan(3, ~std::uint64_t{0}, 64);
    plan_here.duration_ns = 200'000'000;
    const RunResult run = run_plan(plan_here);
    EXPECT_EQ(run.exit_code, 0) << words_for(run);
    EXPECT_EQ(run.verdict, measure::Verdict::safe) << words_for(run);
    EXPECT_EQ(run.rounds, 0U);
    EXPECT_EQ(run.rows[0].decisions, run.decided);
}

TEST_P(BothProtocols, a_run_with_a_duration_ends_although_no_node_proposes_at_that_time) {
    // When the time is up, only nodes that propose publish the end of the run. With competing
    // proposers, higher ballots may have preempted all of them at that time. A node that proposes
    // later must then publish the end. If no node proposes later, the launcher must end the run.
    Plan plan_here = plan(5, ~std::uint64_t{0}, 64);
    plan_here.duration_ns = 100'000'000;
    plan_here.proposers = 3;
    for (int i = 0; i < 3; ++i) {
        const RunResult run = run_plan(plan_here);
        EXPECT_EQ(run.exit_code, 0) << words_for(run);
    }
}

TEST_P(BothProtocols, a_cluster_of_31_nodes_decides) {
    const Plan plan_here = plan(31, 200, 16);
    expect_good(run_plan(plan_here), plan_here);
}

TEST_P(BothProtocols, idle_nodes_block_in_the_kernel) {
    Plan plan_here = plan(3, 200, 8);
    plan_here.idle = node::IdleKind::block;
    const RunResult run = run_plan(plan_here);
    expect_good(run, plan_here);
    EXPECT_EQ(run.idle, "block");
}

TEST(Cluster, leaves_no_descriptor_and_no_process) {
    const std::size_t before = open_descriptors();
    ASSERT_TRUE(nodes_of(::getpid()).empty());
    const Plan plan = plan_of(5, 500, 16);
    for (int i = 0; i < 3; ++i) expect_good(run_plan(plan), plan);
    EXPECT_EQ(open_descriptors(), before);
    EXPECT_TRUE(nodes_of(::getpid()).empty());
}

TEST(Cluster, the_log_prints_each_round_from_prepare_to_learned) {
    Plan plan = plan_of(3, 3, 1);
    plan.warmup = 0;
    plan.log = true;
    std::string scenario;
    Callbacks callbacks;
    callbacks.log_line = [&](const std::string& line) { scenario += line + "\n"; };
    const RunResult run = run_plan(plan, callbacks);
    expect_good(run, plan);
    EXPECT_TRUE(run.logged);
    std::size_t at = 0;
    for (const char* step :
         {"0  PREPARE  ballot 1.n0", "0  PROMISE  1.n0 -> n0", "0  majority promised: n0 n",
          "0  ACCEPT   1.n0 value n0#0", "0  ACCEPTED 1.n0 value n0#0 -> n0",
          "0  majority accepted: n0 n", "0  DECIDE   n0#0 -> all", "0  learned n0#0",
          "2  majority accepted: n0 n", "2  DECIDE   n0#2 -> all", "2  learned n0#2"}) {
        const std::size_t found = scenario.find(step, at);
        ASSERT_NE(found, std::string::npos) << step << " is missing, or comes too early, in:\n"
                                            << scenario;
        at = found;
    }
    ASSERT_EQ(run.decisions.size(), 3U);
    EXPECT_EQ(run.decisions[2].value, "n0#2");
    EXPECT_EQ(run.decisions[2].ballot, "1.n0");
}

TEST(Cluster, decides_the_given_values) {
    Plan plan = plan_of(3, 4, 1);
    plan.warmup = 0;
    plan.value_count = 2;
    plan.values[0] = {"red"};
    plan.values[1] = {"blue"};
    const RunResult run = run_plan(plan);
    expect_good(run, plan);
    std::vector<std::string> values;
    for (const measure::Decision& decision : run.decisions) values.push_back(decision.value);
    EXPECT_THAT(values, testing::ElementsAre("red", "blue", "red", "blue"));
}

TEST(AtARate, rounds_begin_when_due_and_latency_counts_from_then) {
    Plan plan = plan_of(5, 2000, 64);
    plan.rows[0].rate = 20'000;
    const RunResult run = run_plan(plan);
    expect_good(run, plan);
    const measure::RowResult& row = run.rows[0];
    EXPECT_EQ(row.load, "rate");
    EXPECT_EQ(row.rate, 20'000U);
    EXPECT_EQ(row.latency->samples(), row.uncorrected->samples());
    EXPECT_GE(row.latency->max(), row.uncorrected->max());
    EXPECT_GE(row.latency->mean(), row.uncorrected->mean());
    std::uint64_t cpu_ns = 0, datagrams = 0;
    ASSERT_EQ(row.costs.size(), 5U);
    for (const measure::NodeCost& cost : row.costs) {
        EXPECT_GT(cost.enters, 0U);
        EXPECT_GT(cost.messages_sent, 0U);
        cpu_ns += cost.cpu_user_ns + cost.cpu_system_ns;
        datagrams += cost.datagrams_sent;
    }
    EXPECT_EQ(cpu_ns, row.cpu_ns);
    EXPECT_EQ(datagrams, row.datagrams_sent);
}

TEST(AtARate, rounds_are_decided_although_nodes_sleep_between_them) {
    Plan plan = plan_of(3, 60, 64);
    plan.idle = node::IdleKind::block;
    plan.rows[0].rate = 300;
    const RunResult run = run_plan(plan);
    expect_good(run, plan);
    EXPECT_EQ(run.idle, "block");
}

}  // namespace
}  // namespace paxos::cluster::run_test
