// The launcher as a process that is interrupted or killed, or that lacks ports, descriptors or
// privileges. Tests wait for conditions, with generous deadlines, and never for a fixed time.
#include <sys/prctl.h>
#include <sys/resource.h>

#include "io/sockets.h"
#include "support/cluster_runs.h"

namespace paxos::cluster::launcher_test {
namespace {

using measure::RunResult;
using node::Plan;
using testing::HasSubstr;
using Clock = std::chrono::steady_clock;

/// A launcher in a process of its own, so that the test can kill it. When the launcher dies, the
/// test process becomes the parent of the nodes.
class Launched : public testing::Test {
protected:
    void SetUp() override { ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0); }
    void TearDown() override {
        static_cast<void>(send_signal(launcher_, SIGKILL));
        while (::waitpid(-1, nullptr, 0) > 0) {}
        ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    }
    /// Starts the launcher. Returns once the cluster has made progress.
    void launch(const Plan& plan) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        launcher_ = ::fork();
        if (launcher_ == 0) {
            Callbacks callbacks = when_running(100, [&](const std::vector<pid_t>& pids) {
                static_cast<void>(!::write(ends[1], pids.data(), pids.size() * sizeof(pid_t)));
            });
            for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);
            const RunResult run = run_plan(plan, callbacks);
            static_cast<void>(!::write(ends[1], &run.decided, sizeof run.decided));
            ::_exit(run.exit_code);
        }
        ASSERT_GT(launcher_, 0);
        ::close(ends[1]);
        from_launcher_ = ends[0];
        nodes_.resize(plan.nodes);
        const auto size = static_cast<ssize_t>(plan.nodes * sizeof(pid_t));
        ASSERT_EQ(::read(from_launcher_, nodes_.data(), plan.nodes * sizeof(pid_t)), size);
    }
    int wait_for_exit() {
        int status = 0;
        EXPECT_EQ(::waitpid(launcher_, &status, 0), launcher_);
        launcher_ = -1;
        return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
    }
    std::uint64_t decided() {
        std::uint64_t decided = 0;
        EXPECT_EQ(::read(from_launcher_, &decided, sizeof decided),
                  static_cast<ssize_t>(sizeof decided));
        return decided;
    }

    pid_t launcher_ = -1;
    int from_launcher_ = -1;
    std::vector<pid_t> nodes_;
};

TEST_F(Launched, every_node_is_killed_with_the_launcher) {
    launch(endless(5));
    ASSERT_EQ(nodes_of(launcher_).size(), 5U);
    ASSERT_TRUE(send_signal(launcher_, SIGKILL));
    EXPECT_EQ(wait_for_exit(), -SIGKILL);
    EXPECT_TRUE(were_killed_as_orphans(nodes_));
}

TEST_F(Launched, a_signal_stops_the_nodes_cleanly_and_reports_the_partial_result) {
    for (const int signal : {SIGINT, SIGTERM}) {
        launch(endless(3));
        ASSERT_TRUE(send_signal(launcher_, signal));
        EXPECT_EQ(wait_for_exit(), 128 + signal);
        EXPECT_GT(decided(), 100U);
        for (const pid_t node : nodes_) EXPECT_FALSE(send_signal(node, 0));
    }
}

TEST_F(Launched, nodes_ignore_signals_of_the_terminal_to_the_process_group) {
    launch(endless(3));
    const auto cpu_of = [](pid_t node) {
        const ProcStat stat(node);
        return stat.number(14) + stat.number(15);
    };
    for (const pid_t node : nodes_) {
        for (const int signal : {SIGINT, SIGTERM, SIGHUP}) ASSERT_TRUE(send_signal(node, signal));
        // The CPU time of the node grows only if the node keeps running.
        const long before = cpu_of(node);
        const Clock::time_point begin = Clock::now();
        while (cpu_of(node) < before + 3 && seconds_since(begin) < 120.0) ::poll(nullptr, 0, 1);
        EXPECT_GE(cpu_of(node), before + 3);
    }
    ASSERT_TRUE(send_signal(launcher_, SIGINT));
    EXPECT_EQ(wait_for_exit(), 130);
}

TEST_F(Launched, nodes_hold_only_their_own_descriptors) {
    launch(endless(5));
    for (const pid_t node : nodes_) {
        std::size_t sockets = 0, pidfds = 0;
        const std::string folder = "/proc/" + std::to_string(node) + "/fd/";
        for (int fd = 0; fd < 256; ++fd) {
            char target[256] = {};
            if (::readlink((folder + std::to_string(fd)).c_str(), target, sizeof target - 1) < 0)
                continue;
            sockets += std::string(target).starts_with("socket:") && fd > 2;
            pidfds += std::string(target).find("pidfd") != std::string::npos;
        }
        EXPECT_EQ(sockets, nodes_.size()) << "one to receive, and one to each peer";
        EXPECT_EQ(pidfds, 0U);
    }
}

TEST(Ports, a_taken_port_ends_the_run_with_exit_code_3_and_is_named) {
    std::string error;
    io::Socket taken = io::open_udp_socket(io::Address::loopback(0), error);
    ASSERT_TRUE(taken.is_open()) << error;
    const std::uint16_t port = taken.address.port();
    Plan plan = plan_of(3, 100, 1);
    plan.port = static_cast<std::uint16_t>(port - 1);  // Node 1 needs the taken port.
    const std::size_t before = open_descriptors();
    const RunResult run = run_plan(plan);
    EXPECT_EQ(run.exit_code, 3);
    EXPECT_THAT(run.failure, HasSubstr("port " + std::to_string(port)));
    EXPECT_EQ(open_descriptors(), before);
    EXPECT_TRUE(nodes_of(::getpid()).empty());
    io::close(taken);
}

TEST(Ports, a_given_port_can_be_used_again_at_once) {
    std::string error;
    io::Socket free = io::open_udp_socket(io::Address::loopback(0), error);
    ASSERT_TRUE(free.is_open()) << error;
    Plan plan = plan_of(1, 100, 1);
    plan.port = free.address.port();
    io::close(free);
    for (int i = 0; i < 3; ++i) expect_good(run_plan(plan), plan);
}

TEST(Machine, a_lack_of_descriptors_ends_the_run_with_exit_code_3_and_leaves_nothing) {
    rlimit usual{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &usual), 0);
    const Plan plan = plan_of(7, 100, 1);
    Placement placement;
    std::string error;
    ASSERT_TRUE(place(plan, {}, placement, error)) << error;
    // Each pass allows one more descriptor than the pass before. The start therefore fails at the
    // same step as in the pass before, or at a later step. The steps open the memfd of the nodes'
    // shared memory, a signalfd, an eventfd, a timerfd, the sockets and the pidfds.
    const std::size_t before = open_descriptors();
    for (std::size_t spare = 0; spare < 20; ++spare) {
        const rlimit tight{.rlim_cur = before + spare, .rlim_max = usual.rlim_max};
        ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &tight), 0);
        const RunResult run = cluster::run(plan, placement, 0, {});
        ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &usual), 0);
        EXPECT_EQ(open_descriptors(), before);
        EXPECT_TRUE(nodes_of(::getpid()).empty());
        if (run.exit_code == 0) continue;
        EXPECT_EQ(run.exit_code, 3) << spare;
        EXPECT_THAT(run.failure,
                    testing::AnyOf(HasSubstr("ulimit -n"), HasSubstr("Too many open files")))
            << spare;
    }
}

TEST(Machine, a_normal_user_may_run_it) {
    if (::getuid() != 0) GTEST_SKIP() << "this is a normal user already";
    EXPECT_EXIT(
        {
            if (::setgid(65534) != 0 || ::setuid(65534) != 0) ::_exit(99);
            const Plan plan = plan_of(5, 5000, 924);
            Placement placement;
            std::string error;
            if (!place(plan, {}, placement, error)) ::_exit(98);
            ::_exit(cluster::run(plan, placement, 0, {}).exit_code);
        },
        testing::ExitedWithCode(0), "");
}

}  // namespace
}  // namespace paxos::cluster::launcher_test
