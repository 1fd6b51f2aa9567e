// Checks the times in the result of a run if the clocks of its two launchers differ by a day. One
// launcher is in a time namespace in which the machine seems to have been booted a day earlier.
#include <gtest/gtest.h>

#include <sched.h>

#include <fstream>
#include <memory>

#include "cluster/outpost.h"
#include "cluster/remotes.h"
#include "control/connection.h"
#include "support/cluster_runs.h"

#ifndef CLONE_NEWTIME
#define CLONE_NEWTIME 0x00000080
#endif

namespace paxos::cluster::remote_clock_test {
namespace {

constexpr Tick day_ns = 86'400'000'000'000;
constexpr int cannot_shift = 77;

/// Runs the launcher of node 1, which connects to rank 0 and serves it. Returns the exit code of
/// the launcher, or 99 if the launcher cannot connect.
int serve_at(const Address& rank0) {
    const control::Secret secret = control::test::secret(1);
    control::Connector connector({rank0}, {}, secret, control::test::identity(1, 2),
                                 control::test::now());
    for (;;) {
        connector.step(control::test::now());
        if (auto channel = connector.take())
            return serve(std::move(*channel), 1, 0, secret, {}, "").exit_code;
        if (!connector.failure().empty()) return 99;
        ::sched_yield();
    }
}

/// Forks the launcher of node 1, with a clock that is a day ahead.
pid_t fork_a_day_ahead(const Address& rank0) {
    const pid_t outer = ::fork();
    if (outer != 0) return outer;
    // Only the children of this process will be in the new namespace.
    if (::unshare(CLONE_NEWTIME) != 0) ::_exit(cannot_shift);
    std::ofstream offsets("/proc/self/timens_offsets");
    offsets << "monotonic 86400 0" << std::endl;
    if (!offsets) ::_exit(cannot_shift);
    const pid_t inner = ::fork();
    if (inner == 0) ::_exit(serve_at(rank0));
    int status = 0;
    ::waitpid(inner, &status, 0);
    ::_exit(WIFEXITED(status) ? WEXITSTATUS(status) : 98);
}

TEST(RemoteClock, times_are_right_although_a_host_was_booted_a_day_earlier) {
    control::test::Host host(control::test::secret(1), control::test::identity(0, 2));
    const pid_t launcher = fork_a_day_ahead(host.address());
    std::vector<control::Channel> channels;
    int status = -1;
    control::test::run([&] { host.listener.step(control::test::now()); },
                       [&] {
                           if (auto channel = host.listener.take())
                               channels.push_back(std::move(*channel));
                           return !channels.empty() ||
                                  ::waitpid(launcher, &status, WNOHANG) == launcher;
                       });
    if (channels.empty()) {
        ASSERT_EQ(WEXITSTATUS(status), cannot_shift);
        GTEST_SKIP() << "time namespaces need root and Linux 5.6";
    }
    const control::Secret secret = control::test::secret(1);
    auto remotes = std::make_unique<Remotes>(std::move(channels), secret, 0);
    const node::Plan plan = plan_of(2, 2000, 16);
    Placement placement;
    std::string error;
    ASSERT_TRUE(remotes->check(plan, {}, -1, placement, error)) << error;
    EXPECT_LT(remotes->clock_error_ns(), day_ns / 2);
    const measure::RunResult result = run(plan, placement, 0, {}, &secret, remotes.get());
    EXPECT_EQ(result.exit_code, 0) << words_for(result);
    ASSERT_EQ(result.rows.size(), 1U);
    EXPECT_GT(result.rows[0].learned_elapsed_ns, 0U);
    EXPECT_LT(result.rows[0].learned_elapsed_ns, day_ns / 2);
    remotes.reset();  // Dismisses the launcher.
    ASSERT_EQ(::waitpid(launcher, &status, 0), launcher);
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

}  // namespace
}  // namespace paxos::cluster::remote_clock_test
