// Kills nodes of a durable cluster with SIGKILL, again and again, at random moments. The launcher
// starts each node again. Every run must be SAFE, decide all rounds and leave no node process
// behind. The test also compares the nodes' logs itself (LEARNED_LOG_FOLDER,
// src/node/learned_log.h).
//
//   build/release/program_tests --gtest_filter='Kill9.*'
//
// Environment:
//   KILL9_SEED=17         the seed for the times of the kills and the choice of nodes; 1 by default
//   KILL9_KILLS=1000      the number of restarts after which no further run begins; 20 by default
#include <cstdlib>

#include "chaos/learned_logs.h"
#include "nlohmann/json.hpp"
#include "paxos/random.h"
#include "support/cluster_runs.h"
#include "support/program.h"

namespace paxos::kill9_test {
namespace {

using cluster::nodes_of;
using cluster::ProcStat;
using cluster::send_signal;

constexpr std::size_t nodes = 5;
constexpr std::size_t kills_of_a_run = 400;  // The launcher restarts nodes at most 1000 times.

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
    const char* const text = std::getenv(variable);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

class Kill9 : public Cli {
protected:
    /// Runs a cluster, kills nodes until the run ends, and checks the result. Returns how often a
    /// node was started again.
    std::size_t run_and_kill(const std::string& protocol, Random& random) {
        const std::filesystem::path logs = folder_ / "logs";
        std::filesystem::create_directory(logs);
        // At this rate, nodes retain the decisions of many seconds. No node is dead for that long,
        // so none is left behind.
        const pid_t launcher = start({"--nodes",       std::to_string(nodes),
                                      "--protocol",    protocol,
                                      "--durable",     protocol,
                                      "--rounds",      "8000",
                                      "--rate",        "1000",
                                      "--warmup",      "100",
                                      "--repetitions", "1",
                                      "--timeout",     "10m",
                                      "--no-floor",    "--faults",
                                      "restart=0ms",   "--json",
                                      "result.json",   "--progress",
                                      "always"},
                                     {"LEARNED_LOG_FOLDER=" + logs.string()});
        // Waits until the launcher prints on standard error how many slots were learned. From then
        // on it restarts killed nodes.
        while (content(folder_ / "err").find(" slots") == std::string::npos &&
               ProcStat(launcher).is_alive())
            sched_yield();
        kill_nodes(launcher, random);
        const Outcome outcome = finish(launcher);
        EXPECT_EQ(outcome.exit_code, 0) << outcome.output << outcome.error;
        EXPECT_EQ(outcome.output.substr(0, 4), "SAFE") << outcome.output << outcome.error;
        EXPECT_TRUE(nodes_of(launcher).empty());
        const chaos::LearnedLogs learned(logs, nodes);
        EXPECT_EQ(learned.difference(), "");
        EXPECT_GE(learned.compared(), 8000U);
        std::filesystem::remove_all(logs);
        std::filesystem::remove(folder_ / "err");
        const auto file = nlohmann::json::parse(content(work("result.json")), nullptr, false);
        EXPECT_FALSE(file.is_discarded());
        if (file.is_discarded()) return 0;
        const auto& repetition = file["paxos_fast"]["repetitions"][0];
        EXPECT_EQ(
            repetition["decided"].get<std::uint64_t>() + repetition["no_ops"].get<std::uint64_t>(),
            8000U);
        for (const auto& node : file["paxos_fast"]["runs"][0]["nodes"])
            // The last kill may hit nodes that are already ending.
            EXPECT_THAT(node["state"], testing::AnyOf("stopped", "killed by signal 9"));
        return repetition.value("restarts", nlohmann::json::array()).size();
    }

private:
    /// Kills nodes at random intervals until the launcher ends: each time one node on average, and
    /// sometimes all nodes. Nodes that are still restarting may be killed too. Stops after
    /// `kills_of_a_run` kills. Otherwise, on a slow machine, the nodes might never stay alive long
    /// enough to end the run, and the launcher would reach its limit on restarts.
    static void kill_nodes(pid_t launcher, Random& random) {
        for (std::size_t kills = 0; kills < kills_of_a_run && ProcStat(launcher).is_alive();) {
            const std::vector<pid_t> running = nodes_of(launcher);
            const bool kills_all = random.below(32) == 0;
            for (const pid_t node : running)
                if (kills_all || random.below(running.size()) == 0)
                    kills += send_signal(node, SIGKILL);
            ::poll(nullptr, 0, static_cast<int>(random.below(100)));
        }
    }
};

TEST_F(Kill9, S23_runs_are_safe_however_often_nodes_are_killed) {
    const std::uint64_t kills = number_of("KILL9_KILLS", 20);
    Random random(number_of("KILL9_SEED", 1));
    std::uint64_t killed = 0;
    for (int run = 0; killed < kills && !HasFailure(); ++run) {
        const std::size_t restarts = run_and_kill(run % 2 == 0 ? "classic" : "multi", random);
        ASSERT_GT(restarts, 0U);
        killed += restarts;
        std::printf("run %d: %zu restarts\n", run, restarts);
        std::fflush(stdout);
    }
}

}  // namespace
}  // namespace paxos::kill9_test
