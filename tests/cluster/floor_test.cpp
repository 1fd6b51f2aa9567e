// The measurement of the floor (the speed of UDP without a protocol) ends in time and leaves no
// process behind. Its accuracy cannot be tested.
#include "measure/floor.h"

#include <sched.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <utility>
#include <vector>

#include "gtest/gtest.h"
#include "measure/bare_cluster.h"

namespace paxos::measure::floor_test {
namespace {

/// Returns a plan with all nodes on the first core of this process. This is the worst case, and
/// possible on every machine.
FloorPlan on_one_core(std::size_t nodes, unsigned phases) {
    cpu_set_t ours;
    CPU_ZERO(&ours);
    sched_getaffinity(0, sizeof ours, &ours);
    int core = 0;
    while (!CPU_ISSET(static_cast<std::size_t>(core), &ours)) ++core;
    FloorPlan plan;
    plan.nodes = nodes;
    plan.phases = phases;
    plan.core_of.assign(nodes, core);
    plan.runs = false;
    return plan;
}

void expect_no_children() {
    EXPECT_EQ(waitpid(-1, nullptr, WNOHANG), -1);
    EXPECT_EQ(errno, ECHILD);
}

TEST(Floor, is_measured_for_one_and_two_phases_with_and_without_runs) {
    for (const auto& [phases, runs] :
         {std::pair{2u, false}, std::pair{1u, false}, std::pair{2u, true}, std::pair{1u, true}}) {
        FloorPlan plan = on_one_core(3, phases);
        plan.runs = runs;
        FloorResult floor;
        std::string problem = "not measured yet";
        for (int tries = 0; tries < 5 && !problem.empty(); ++tries) {
            problem.clear();
            floor = measure_floor(plan, -1, problem);
            expect_no_children();
            ASSERT_TRUE(problem.empty() || problem == "no exchange was completed in time" ||
                        problem == "no answer in time")
                << problem;
        }
        if (!problem.empty()) GTEST_SKIP() << "this machine is too busy: " << problem;
        // If a figure was disturbed, for example by the hypervisor, the reason replaces the figure.
        const auto expect_figure = [&](const char* name, double figure) {
            EXPECT_NE(figure > 0, floor.unreliable.contains(name)) << name << ": " << figure;
        };
        expect_figure("rtt_ns_p50", floor.rtt_ns_p50);
        expect_figure("round_ns_p50", floor.round_ns_p50);
        expect_figure("rounds_per_second", floor.rounds_per_second);
        expect_figure("decisions_per_second", floor.decisions_per_second);
    }
}

TEST(Floor, does_not_change_the_affinity_mask) {
    cpu_set_t before, after;
    CPU_ZERO(&before);
    CPU_ZERO(&after);
    ASSERT_EQ(sched_getaffinity(0, sizeof before, &before), 0);
    std::string problem;
    static_cast<void>(measure_floor(on_one_core(2, 1), -1, problem));
    ASSERT_EQ(sched_getaffinity(0, sizeof after, &after), 0);
    EXPECT_TRUE(CPU_EQUAL(&before, &after));
}

TEST(Floor, of_one_node_is_not_measured) {
    std::string problem;
    const FloorResult floor = measure_floor(on_one_core(1, 2), -1, problem);
    EXPECT_EQ(floor.rtt_ns_p50, 0);
    EXPECT_EQ(floor.round_ns_p50, 0);
    EXPECT_EQ(floor.decisions_per_second, 0);
    EXPECT_EQ(problem, "");
}

TEST(Floor, that_lost_datagrams_is_marked_and_gives_no_figure) {
    const RunPart lossy = [](FloorPart part, const BarePlan&, BareFigures& figures, std::string&) {
        figures = {.median_ns = 5000, .rate = 1e6};
        if (part == FloorPart::pipeline) figures.dropped = 3;
        return BareEnd::measured;
    };
    std::string problem;
    const FloorResult floor = measure_floor(on_one_core(3, 2), lossy, problem);
    EXPECT_EQ(problem, "");
    EXPECT_EQ(floor.round_ns_p50, 5000);
    EXPECT_EQ(floor.decisions_per_second, 0);
    EXPECT_EQ(floor.unreliable,
              (std::map<std::string, std::string>{
                  {"decisions_per_second",
                   "3 sends found a full receive buffer: raise net.core.rmem_max"}}));
}

TEST(Floor, ends_when_stopped) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    ASSERT_EQ(write(ends[1], "x", 1), 1);
    std::string problem;
    const FloorResult floor = measure_floor(on_one_core(5, 2), ends[0], problem);
    EXPECT_EQ(floor.decisions_per_second, 0);
    EXPECT_EQ(problem, "");
    expect_no_children();
    close(ends[0]);
    close(ends[1]);
}

TEST(Floor, reports_a_missing_core) {
    FloorPlan plan = on_one_core(2, 2);
    plan.core_of = {1000, 1001};
    std::string problem;
    const FloorResult floor = measure_floor(plan, -1, problem);
    EXPECT_EQ(floor.round_ns_p50, 0);
    EXPECT_NE(problem, "");
    expect_no_children();
}

TEST(BareCluster, is_killed_when_its_time_is_up) {
    BarePlan plan;
    plan.core_of = on_one_core(3, 1).core_of;
    plan.time_limit_ns = 50'000'000;
    plan.measure = plan.answer = [](const BareNode&) {
        for (;;) pause();
    };
    BareFigures figures;
    std::string problem;
    EXPECT_EQ(run_bare(plan, -1, figures, problem), BareEnd::failed);
    EXPECT_EQ(problem, "no answer in time");
    expect_no_children();
}

/// No process receives, so the receive buffer of process 1 fills up, whatever its size.
TEST(BareCluster, counts_the_sends_that_found_a_full_receive_buffer) {
    constexpr std::uint64_t most = 10'000;
    BarePlan plan;
    plan.core_of = on_one_core(2, 1).core_of;
    plan.time_limit_ns = 60'000'000'000;
    plan.answer = [](const BareNode&) {
        for (;;) pause();
    };
    plan.measure = [](const BareNode& node) {
        const std::vector<char> datagram(60'000);
        const Address& peer = (*node.peers)[1];
        for (std::uint64_t i = 0; i < most; ++i)
            if (sendto(node.socket, datagram.data(), datagram.size(), 0, peer.get(), peer.size()) <
                0)
                node.note_refused(errno);
        node.outcome->done.store(true);
    };
    BareFigures figures;
    std::string problem;
    ASSERT_EQ(run_bare(plan, -1, figures, problem), BareEnd::measured) << problem;
    EXPECT_GT(figures.dropped, 0u);
    EXPECT_LT(figures.dropped, most) << "the first datagrams fitted into the receive buffer";
    EXPECT_EQ(figures.refused, 0u);
}

/// If the launcher is killed during a measurement, the processes that it started end.
TEST(BareCluster, ends_with_its_launcher) {
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    const pid_t launcher = fork();
    if (launcher == 0) {
        // The processes inherit the write end of the pipe. The test reads end of file when all of
        // them have ended.
        close(ends[0]);
        BarePlan plan;
        plan.core_of = on_one_core(3, 1).core_of;
        plan.time_limit_ns = 60'000'000'000;
        plan.answer = [](const BareNode&) {
            for (;;) pause();
        };
        plan.measure = [&](const BareNode&) {
            static_cast<void>(!write(ends[1], "r", 1));
            for (;;) pause();
        };
        BareFigures figures;
        std::string problem;
        _exit(static_cast<int>(run_bare(plan, -1, figures, problem)));
    }
    close(ends[1]);
    char byte = 0;
    ASSERT_EQ(read(ends[0], &byte, 1), 1);
    kill(launcher, SIGKILL);
    ASSERT_EQ(waitpid(launcher, nullptr, 0), launcher);
    EXPECT_EQ(read(ends[0], &byte, 1), 0) << "end of file: no process holds the other end";
    close(ends[0]);
}

}  // namespace
}  // namespace paxos::measure::floor_test
