// How the program reports the limits that control groups set on cores, CPU time and memory. The
// tests use real groups of version 1 or 2, whichever this machine has, and a fake hierarchy of
// version 2, which consists of plain files. Each case is skipped, with the reason, if the machine
// does not permit it.
#include <gmock/gmock.h>

#include "support/control_group.h"
#include "support/environment_case.h"

namespace paxos::cgroup_test {
namespace {

using test::ControlGroup;
using testing::HasSubstr;

constexpr int terminated = 128 + SIGTERM;

using Cgroup = EnvironmentCase;

/// Makes and joins a group of version 2. Uses the first controller that permits this.
TEST_F(Cgroup, of_version_2_can_be_made_and_joined) {
    for (const std::string mount : {"/sys/fs/cgroup", "/sys/fs/cgroup/unified"}) {
        std::istringstream controllers(content(mount + "/cgroup.controllers"));
        for (std::string controller; controllers >> controller;) {
            std::string path;
            {
                const ControlGroup group(controller, mount);
                if (!group.is_there()) continue;
                path = group.path();
                EXPECT_TRUE(group.is_v2());
                EXPECT_THAT(shell(group.join() + "cat /proc/self/cgroup").output,
                            HasSubstr("0::" + path.substr(mount.size())));
            }
            EXPECT_FALSE(std::filesystem::exists(path));
            return;
        }
    }
    GTEST_SKIP() << "no group of version 2 can be made here";
}

TEST_F(Cgroup, cores_that_are_taken_away_during_the_run_are_named) {
    const ControlGroup group("cpuset");
    const std::string all = group.all_cores();
    if (!group.limit_cores(all)) GTEST_SKIP() << "no cpuset can be made here";
    const std::size_t more = all.find_first_of("-,");
    if (more == std::string::npos) GTEST_SKIP() << "one core only";
    const Outcome outcome = changed_during_run(
        group.join(), "--nodes 2 --window 64",
        "echo " + all.substr(0, more) + " >" + group.path() + "/cpuset.cpus");
    EXPECT_EQ(outcome.exit_code, terminated) << outcome.error;
    EXPECT_THAT(outcome.output, HasSubstr("moved from core "));
    EXPECT_EQ(result()["repetitions"][0]["environment_changed"], true);
}

TEST_F(Cgroup, a_cpu_quota_is_named_and_no_ratio_is_printed) {
    const ControlGroup group("cpu");
    // This quota is so small that the nodes exhaust it even on a busy machine.
    if (!group.limit_cpu(1000, 10'000)) GTEST_SKIP() << "no CPU quota can be set here";
    const Outcome outcome = shell(group.join() +
                                  "exec $P --nodes 2 --rounds 1000 --repetitions 1 --json result");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    const Json all = result();
    EXPECT_EQ(all["environment"]["cpu_quota"], 0.1);
    EXPECT_FALSE(all["floor"].contains("decisions_per_second")) << all["floor"];
    EXPECT_THAT(all["summary"]["notes"].dump(), HasSubstr("the CPU quota was used up"));
    // Usually the processes that measure the floor's round time exhaust the quota too, and the
    // floor has no round time. On a busy machine they may get less CPU time than the quota allows.
    // Then the floor has a round time, and the unloaded row has a ratio to that time.
    for (const Json& row : all["summary"]["rows"])
        EXPECT_EQ(row.contains("floor_ratio"),
                  row["load"] == "unloaded" && all["floor"].contains("round_ns_p50"));
    EXPECT_GT(all["repetitions"][0]["throttled"], 0);
}

TEST_F(Cgroup, a_quota_that_changes_during_the_run_is_named) {
    const ControlGroup group("cpu");
    if (!group.limit_cpu(200'000, 100'000)) GTEST_SKIP() << "no CPU quota can be set here";
    const std::string change = group.is_v2() ? "echo max >" + group.path() + "/cpu.max"
                                             : "echo -1 >" + group.path() + "/cpu.cfs_quota_us";
    const Outcome outcome = changed_during_run(group.join(), "--nodes 2", change);
    EXPECT_EQ(outcome.exit_code, terminated) << outcome.error;
    const Json repetition = result()["repetitions"][0];
    EXPECT_EQ(repetition["environment_changed"], true);
    EXPECT_EQ(repetition["environment_changes"], "the CPU quota changed from 2.00 cores to none");
}

TEST_F(Cgroup, a_memory_limit_is_part_of_the_environment) {
    constexpr std::size_t bytes = std::size_t{1} << 32;
    const ControlGroup group("memory");
    if (!group.limit_memory(bytes)) GTEST_SKIP() << "no memory limit can be set here";
    const Outcome outcome = shell(group.join() +
                                  "exec $P --nodes 3 --rounds 100 --no-floor --repetitions 1 "
                                  "--json result");
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_EQ(result()["environment"]["memory_limit"], bytes);
}

TEST_F(Cgroup, a_memory_limit_that_kills_nodes_is_named) {
    const ControlGroup group("memory");
    if (!group.limit_memory(12'582'912)) GTEST_SKIP() << "no memory limit can be set here";
    const Outcome outcome = shell(group.join() +
                                  "exec $P --nodes 5 --rounds 1000 --no-floor --repetitions 1");
    EXPECT_NE(outcome.exit_code, 0);
    if (outcome.exit_code == -SIGKILL || outcome.exit_code == 128 + SIGKILL)
        GTEST_SKIP() << "the launcher itself was killed";
    EXPECT_THAT(outcome.error + outcome.output, HasSubstr("memory limit of 12582912 bytes"));
    EXPECT_THAT(outcome.error + outcome.output, HasSubstr(group.path()));
}

/// A fake hierarchy of version 2, at the place where Debian 12 mounts the real one. It consists of
/// plain files in a mount namespace. It limits nothing, but the program reads and reports it like a
/// real hierarchy.
class MadeUpCgroup : public EnvironmentCase {
protected:
    void SetUp() override {
        EnvironmentCase::SetUp();
        if (!succeeds("unshare -m mount -t tmpfs none /sys/fs/cgroup"))
            GTEST_SKIP() << "a mount namespace is not permitted here";
    }
    /// Like changed_during_run(), but with the fake hierarchy at /sys/fs/cgroup.
    Outcome changed(const std::string& change) {
        const std::string enter =
            "[ $INSIDE ] || exec env INSIDE=1 unshare -m sh $0\n"
            "mount -t tmpfs none /sys/fs/cgroup || exit 99\n"
            "limits() { echo \"$2\" >/sys/fs/cgroup/$1; }\n"
            "limits cpu.max '150000 100000'; limits cpu.stat 'nr_throttled 4'\n"
            "limits memory.max 8000000000; limits memory.events 'oom_kill 2'\n";
        return changed_during_run(enter, "--nodes 3", change);
    }
};

TEST_F(MadeUpCgroup, limits_of_version_2_are_part_of_the_environment) {
    const Outcome outcome = changed("");
    EXPECT_EQ(outcome.exit_code, terminated) << outcome.error;
    const Json all = result();
    EXPECT_EQ(all["environment"]["cpu_quota"], 1.5);
    EXPECT_EQ(all["environment"]["memory_limit"], 8'000'000'000);
    EXPECT_EQ(all["repetitions"][0]["environment_changed"], false);
    EXPECT_EQ(all["repetitions"][0]["throttled"], 0);
}

TEST_F(MadeUpCgroup, changes_of_version_2_during_the_run_are_named) {
    const Outcome outcome = changed(
        "limits cpu.max 'max 100000'; limits cpu.stat 'nr_throttled 9'");
    EXPECT_EQ(outcome.exit_code, terminated) << outcome.error;
    const Json repetition = result()["repetitions"][0];
    EXPECT_EQ(repetition["environment_changed"], true);
    EXPECT_EQ(repetition["environment_changes"], "the CPU quota changed from 1.50 cores to none");
    EXPECT_EQ(repetition["throttled"], 5);
    EXPECT_THAT(result()["summary"]["notes"].dump(),
                HasSubstr("the CPU quota was used up in 5 periods"));
}

TEST_F(MadeUpCgroup, an_oom_kill_of_version_2_is_named) {
    const Outcome outcome = changed(
        "limits memory.events 'oom_kill 3'; kill -KILL $(pgrep -n -P $pid)");
    EXPECT_EQ(outcome.exit_code, terminated) << outcome.error;
    EXPECT_THAT(result()["runs"][0]["nodes"].dump(),
                HasSubstr("killed by signal 9 (out of memory: memory limit of 8000000000 bytes in "
                          "/sys/fs/cgroup/memory.max)"));
}

}  // namespace
}  // namespace paxos::cgroup_test
