// Chaos tests: runs of the program over loopback in which nodes are killed and stopped, the network
// is faulty, all nodes may share a core, and foreign processes (strangers) send datagrams. In some
// runs the nodes have files, and killed nodes are started again. Every run must be safe, end with
// the right exit code, and leave nothing behind. If a majority is alive or comes back, the run must
// decide. The tests also compare the nodes' logs slot by slot (LEARNED_LOG_FOLDER,
// src/node/learned_log.h), so they do not depend on the launcher's verdict.
//
//   build/release/program_tests --gtest_filter='Chaos.*'
//
// Environment:
//   CHAOS_SEED=17         the seed of the first run; 1 by default
//   CHAOS_RUNS=20         the number of runs, with consecutive seeds; 3 by default
//   CHAOS_PROGRAM=PATH    another build of the program
#include <sys/prctl.h>

#include <cstdlib>
#include <optional>

#include "chaos/learned_logs.h"
#include "chaos/scenario.h"
#include "chaos/strangers.h"
#include "io/cores.h"
#include "nlohmann/json.hpp"
#include "support/cluster_runs.h"
#include "support/free_ports.h"
#include "support/program.h"

namespace paxos::chaos::chaos_test {
namespace {

using cluster::nodes_of;
using cluster::seconds_since;
using cluster::send_signal;
using Clock = std::chrono::steady_clock;

constexpr double start_patience_s = 30, end_patience_s = 60;

std::uint64_t number_of(const char* variable, std::uint64_t otherwise) {
    const char* const text = std::getenv(variable);
    return text != nullptr ? std::strtoull(text, nullptr, 10) : otherwise;
}

class Chaos : public Cli {
protected:
    void SetUp() override {
        Cli::SetUp();
        ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0);
        if (const char* const program = std::getenv("CHAOS_PROGRAM")) program_ = program;
    }
    void TearDown() override {
        ::prctl(PR_SET_CHILD_SUBREAPER, 0);
        Cli::TearDown();
    }

    /// Runs `scenario`. Returns the first error, followed by the program's output, or an empty text
    /// if there is no error.
    std::string play(const Scenario& scenario) {
        const std::uint16_t port = free_ports(scenario.nodes);
        std::string ignored;
        const std::vector<int> cores = io::affinity_mask(ignored);
        const std::filesystem::path logs = folder_ / "logs";
        std::filesystem::create_directory(logs);
        const pid_t launcher = start(scenario.arguments(port, cores.empty() ? 0 : cores.front()),
                                     {"LEARNED_LOG_FOLDER=" + logs.string()});
        const std::vector<pid_t> nodes = wait_for_nodes(launcher, scenario.nodes);
        taken_early_.clear();
        if (!nodes.empty()) make_trouble(scenario, port, launcher, nodes);
        std::string wrong = wait_for_end(launcher);
        const Outcome outcome = finish(launcher);
        const LearnedLogs learned(logs, scenario.nodes);
        difference_ = learned.difference();
        for (const std::string& one :
             {check_end(scenario, outcome), difference_, check_counts(learned), taken_early_,
              left_behind(scenario, port, nodes)})
            if (wrong.empty()) wrong = one;
        summary_ += ", " + std::to_string(learned.compared()) + " compared";
        std::filesystem::remove_all(logs);
        std::filesystem::remove_all(folder_ / "data");
        std::filesystem::remove(folder_ / "err");
        std::filesystem::remove(work("result.json"));
        return wrong.empty() ? "" : wrong + "\n" + outcome.output + outcome.error;
    }

    std::uint64_t heard_ = 0, forged_ = 0;  ///< Sums over the strangers of all runs.
    bool could_forge_ = false;              ///< Whether strangers of some run could forge packets.
    std::size_t restarts_ = 0;              ///< Sum of the restarts of all durable runs.
    std::string summary_;                   ///< Summary of the last run.
    std::string difference_;                ///< First difference between the logs; empty: none.

private:
    /// Waits for all nodes to start. Returns their processes, n0 first. Returns nothing if the
    /// launcher ended, or `start_patience_s` was over, before all nodes had started.
    static std::vector<pid_t> wait_for_nodes(pid_t launcher, std::size_t count) {
        for (const Clock::time_point begin = Clock::now();
             seconds_since(begin) < start_patience_s;) {
            std::vector<pid_t> nodes = nodes_of(launcher);
            if (nodes.size() == count) return nodes;
            if (has_ended(launcher)) return {};
            ::poll(nullptr, 0, 2);
        }
        return {};
    }
    static bool has_ended(pid_t process) { return !cluster::ProcStat(process).is_alive(); }

    /// Waits until the launcher prints a number of slots as its progress on standard error. From
    /// then on the launcher restarts killed nodes.
    void wait_for_slots(pid_t launcher) const {
        for (const Clock::time_point begin = Clock::now();
             seconds_since(begin) < start_patience_s && !has_ended(launcher) &&
             content(folder_ / "err").find(" slots") == std::string::npos;)
            ::poll(nullptr, 0, 1);
    }
    /// Returns the current process of `node`, or 0 if there is none.
    static pid_t process_of(pid_t launcher, std::size_t node) {
        for (const pid_t process : nodes_of(launcher))
            if (cluster::ProcStat(process).name == "paxos_fast n" + std::to_string(node))
                return process;
        return 0;
    }

    /// The error if the port of a dead node could be bound during the run, otherwise empty.
    std::string taken_early_;

    void make_trouble(const Scenario& scenario, std::uint16_t port, pid_t launcher,
                      const std::vector<pid_t>& nodes) {
        std::optional<Strangers> strangers;
        if (scenario.has_strangers)
            strangers.emplace(port, scenario.nodes, scenario.cut_paths, scenario.seed);
        std::vector<std::pair<double, pid_t>> asleep;  // When to resume each process.
        std::size_t next = 0;
        if (scenario.is_durable) wait_for_slots(launcher);
        for (const Clock::time_point begin = Clock::now(); !has_ended(launcher);) {
            const double now = seconds_since(begin);
            if (now > scenario.duration_s + end_patience_s) break;
            for (; next < scenario.acts.size() && scenario.acts[next].at_s <= now; ++next) {
                const Act& act = scenario.acts[next];
                const pid_t node = scenario.is_durable ? process_of(launcher, act.node)
                                                       : nodes[act.node];
                static_cast<void>(send_signal(node, act.stopped_s == 0 ? SIGKILL : SIGSTOP));
                if (act.stopped_s != 0) asleep.emplace_back(now + act.stopped_s, node);
            }
            std::erase_if(asleep, [&](const auto& one) {
                return one.first <= now &&
                       (static_cast<void>(send_signal(one.second, SIGCONT)), true);
            });
            if (strangers) strangers->talk(50);
            if (taken_early_.empty()) taken_early_ = take_dead_ports(scenario, port, next, nodes);
            ::poll(nullptr, 0, 2);
        }
        if (!strangers) return;
        heard_ += strangers->heard();
        forged_ += strangers->forged();
        could_forge_ = could_forge_ || strangers->can_forge();
    }

    /// Tries to bind the ports of the killed nodes, which must fail while the run goes on (S41).
    /// Returns an error if a port could be bound, otherwise an empty text.
    static std::string take_dead_ports(const Scenario& scenario, std::uint16_t port,
                                       std::size_t acts_done, const std::vector<pid_t>& nodes) {
        for (const Act& act : std::span{scenario.acts}.first(acts_done)) {
            if (act.stopped_s != 0 || !has_ended(nodes[act.node])) continue;
            if (!try_to_take(static_cast<std::uint16_t>(port + act.node))) continue;
            // The ports may be free only after the run, when all nodes have ended.
            if (!std::ranges::all_of(nodes, has_ended))
                return "the port of n" + std::to_string(act.node) +
                       ", which was killed, can be bound";
        }
        return "";
    }

    static std::string wait_for_end(pid_t launcher) {
        for (const Clock::time_point begin = Clock::now(); !has_ended(launcher);
             ::poll(nullptr, 0, 2)) {
            if (seconds_since(begin) < end_patience_s) continue;
            static_cast<void>(send_signal(launcher, SIGKILL));
            return "the launcher does not end";
        }
        return "";
    }

    std::string check_end(const Scenario& scenario, const Outcome& outcome) {
        const bool decides = scenario.leaves_majority();
        const std::string code = "exit " + std::to_string(outcome.exit_code);
        if (outcome.exit_code != (decides ? 0 : 1))
            return code + " instead of " + (decides ? "0" : "1");
        const nlohmann::json file = nlohmann::json::parse(content(work("result.json")), nullptr,
                                                          false);
        if (file.is_discarded() || !file.contains("paxos_fast")) return "no result file";
        const nlohmann::json& ours = file["paxos_fast"];
        const nlohmann::json& run = ours["runs"][0];
        const std::string verdict = run["safety"]["verdict"];
        if (verdict != (decides ? "SAFE" : "UNKNOWN")) return "the verdict is " + verdict;
        // Checks `learned`, because `decided` does not count the warm-up. On a busy machine the run
        // may end within the warm-up.
        const auto has_learned = [](const nlohmann::json& node) { return node["learned"] != 0; };
        const nlohmann::json& nodes = run["nodes"];
        if (decides && std::none_of(nodes.begin(), nodes.end(), has_learned))
            return "nothing was decided";
        const nlohmann::json& repetition = ours["repetitions"][0];
        const nlohmann::json& rejected = repetition["datagrams"]["rejected"];
        if (decides && scenario.has_strangers && !rejected.contains("source"))
            return "no foreign datagram was rejected";
        if (files_left() != 1) return "there are files besides the result";
        if (scenario.is_durable) {
            const std::uint64_t decided = repetition["decided"].get<std::uint64_t>() +
                                          repetition["no_ops"].get<std::uint64_t>();
            if (decided != scenario.rounds())
                return std::to_string(decided) + " of " + std::to_string(scenario.rounds()) +
                       " rounds were decided";
            restarts_ += repetition.value("restarts", nlohmann::json::array()).size();
        }
        summary_ = code + ", " + verdict + ", " + repetition["decided"].dump() +
                   " decided, refused " + rejected.dump();
        return "";
    }

    /// Checks that the log file of each node that ended normally holds as many slots as the result
    /// reports for this node. Skips nodes that learned more slots than a file can hold.
    std::string check_counts(const LearnedLogs& learned) {
        const nlohmann::json file = nlohmann::json::parse(content(work("result.json")), nullptr,
                                                          false);
        if (file.is_discarded()) return "no result file";
        for (const nlohmann::json& node : file["paxos_fast"]["runs"][0]["nodes"]) {
            const std::uint64_t end = node["learned"];
            if (end > node::LearnedEntry::count_max || node["state"] != "stopped") continue;
            const std::uint64_t entries = learned.entries(node["id"].get<std::size_t>());
            if (entries != end)
                return "n" + node["id"].dump() + " reports " + std::to_string(end) +
                       " learned slots, but its log holds " + std::to_string(entries);
        }
        return "";
    }

    static std::string taken_ports(std::uint16_t first, std::size_t count) {
        std::string taken;
        for (std::size_t port = first; port < first + count; ++port)
            if (!is_free_port(static_cast<std::uint16_t>(port), SOCK_DGRAM))
                taken += " " + std::to_string(port);
        return taken;
    }
    static std::string left_behind(const Scenario& scenario, std::uint16_t port,
                                   const std::vector<pid_t>& nodes) {
        for (const pid_t node : nodes)
            if (send_signal(node, 0)) return "a node still runs, process " + std::to_string(node);
        // If the launcher died, its children became children of this process. None may remain.
        if (::waitpid(-1, nullptr, WNOHANG) != -1) return "a child process remains";
        // The io_uring of a killed process holds its port for some 45 ms.
        std::string taken = taken_ports(port, scenario.nodes);
        for (const Clock::time_point begin = Clock::now();
             !taken.empty() && seconds_since(begin) < 60;) {
            ::poll(nullptr, 0, 5);
            taken = taken_ports(port, scenario.nodes);
        }
        if (!taken.empty()) return "ports are still bound:" + taken;
        for (const auto& entry : std::filesystem::directory_iterator("/dev/shm"))
            if (entry.path().filename().string().find("paxos") != std::string::npos)
                return "shared memory remains: " + entry.path().string();
        return "";
    }
};

TEST_F(Chaos, is_always_safe_and_decides_while_a_majority_is_alive) {
    const std::uint64_t first = number_of("CHAOS_SEED", 1), runs = number_of("CHAOS_RUNS", 3);
    bool is_any_durable = false;
    for (std::uint64_t seed = first; seed < first + runs; ++seed) {
        const Scenario scenario = draw(seed);
        is_any_durable = is_any_durable || scenario.is_durable;
        std::printf("%s", scenario.text().c_str());
        std::fflush(stdout);
        const std::string wrong = play(scenario);
        std::printf("  ->  %s\n", wrong.empty() ? summary_.c_str() : "FAILED");
        ASSERT_EQ(wrong, "") << "to replay it: CHAOS_SEED=" << seed << " CHAOS_RUNS=1 "
                             << program_invocation_name << " --gtest_filter=Chaos.*";
    }
    EXPECT_TRUE(!is_any_durable || restarts_ > 0) << "no node was started again";
    if (!could_forge_) return;
    EXPECT_GT(heard_, 0U) << "the strangers captured nothing";
    EXPECT_GT(forged_, 0U) << "the strangers replayed nothing";
}

/// Shows that chaos runs detect faults. Runs of builds with a planted fault must fail
/// (docs/safety.md, proof 9).
class PlantedChaos : public Chaos, public testing::WithParamInterface<const char*> {};

TEST_P(PlantedChaos, the_planted_fault_is_detected) {
    program_ = std::string(PAXOS_PLANTED_DIR) + "/paxos_fast_" + GetParam();
    for (const Variant protocol : {Variant::classic, Variant::multi}) {
        Scenario quiet;
        quiet.protocol = protocol;
        quiet.duration_s = 1;
        if (GetParam() == std::string("forgetful_restart")) {
            quiet.nodes = 2;  // Every quorum contains n1, so every DECIDE names n1.
            quiet.is_durable = true;
            quiet.rate = "1000";
            quiet.faults = "kill=1@30%,restart=0ms";
        }
        EXPECT_THAT(play(quiet), testing::StartsWith("exit 5 instead of 0")) << quiet.text();
        // A comparison of the nodes' logs, without the launcher, also detects the faults flip and
        // swap.
        const bool is_in_logs = GetParam() == std::string("flip") ||
                                GetParam() == std::string("swap");
        if (is_in_logs) {
            EXPECT_THAT(difference_, testing::HasSubstr("n1")) << quiet.text();
        }
    }
}

INSTANTIATE_TEST_SUITE_P(Builds, PlantedChaos,
                         testing::Values("minority", "forged_quorum", "flip", "swap", "shifted_run",
                                         "abort", "forgetful_restart"),
                         [](const auto& param_info) { return std::string(param_info.param); });

}  // namespace
}  // namespace paxos::chaos::chaos_test
