// What happens during a run with `--durable DIR` if a second command uses the same files, or if
// writes or flushes fail.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>

#include <cerrno>
#include <csignal>
#include <cstddef>

#include "store/directory.h"
#include "support/cluster_runs.h"
#include "support/program.h"

namespace paxos::durable_faults_test {
namespace {

using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

/// Makes every fdatasync of this process and its children fail. Returns false if that is not
/// possible.
bool fail_flushes() {
    sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_fdatasync, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EIO),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{.len = std::size(filter), .filter = filter};
    return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           ::prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

class DurableFaults : public Cli {
protected:
    static std::vector<std::string> arguments(const char* rate, const char* rounds) {
        return {"--nodes",  "3",    "--durable",     "data", "--rate",    rate,
                "--rounds", rounds, "--repetitions", "1",    "--no-floor"};
    }
    /// Returns what the file of `node` holds, or an empty state if the file does not exist yet.
    [[nodiscard]] store::Recovered recovered(NodeId node) const {
        store::Cluster cluster;
        store::Inspected found;
        std::string error;
        if (store::examine(work("data"), cluster, error) == store::Contents::cluster)
            static_cast<void>(store::inspect(work("data"), {cluster, node}, found, error));
        return found.recovered;
    }
    /// Waits until the file of `node` shows that `node` has learned the slots below `learned`.
    /// Fails if the process `program` ends before that.
    void await_learned(pid_t program, NodeId node, Slot learned) const {
        while (recovered(node).learned < learned) {
            ASSERT_EQ(::waitpid(program, nullptr, WNOHANG), 0) << content(folder_ / "err");
            ::poll(nullptr, 0, 1);
        }
    }
    void expect_good_run() {
        const Outcome outcome = run(arguments("10k", "1000"));
        EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
        EXPECT_THAT(outcome.output, StartsWith("SAFE"));
        EXPECT_THAT(outcome.output, Not(HasSubstr("DEGRADED")));
    }
    [[nodiscard]] std::vector<std::string> contents() const {
        std::vector<std::string> contents;
        for (const char* const name : {"cluster", "node-0", "node-1", "node-2"})
            contents.push_back(content(work("data") / name));
        return contents;
    }
};

TEST_F(DurableFaults, S27_a_second_command_is_refused_and_the_first_one_goes_on) {
    const std::string output = folder_ / "first";
    const pid_t first = start(arguments("20k", "1G"), {}, output);
    await_learned(first, 2, 100);
    expect_refused({"--nodes", "3", "--durable", "data"}, 3,
                   "paxos_fast: --durable: data/node-0: is in use by a running node (S27)\n");
    await_learned(first, 2, recovered(2).learned + 100);
    ASSERT_EQ(::kill(first, SIGINT), 0);
    EXPECT_EQ(finish(first).exit_code, 130);
    EXPECT_THAT(content(output), HasSubstr("\nstopped   by SIGINT"));
    EXPECT_THAT(content(output), Not(HasSubstr("DEGRADED")));
    for (NodeId node = 0; node < 3; ++node) EXPECT_EQ(recovered(node).incarnation, 1);
}

TEST_F(DurableFaults, S26_a_failed_write_ends_that_node_and_the_others_go_on) {
    const pid_t program = start(arguments("2000", "6000"));
    await_learned(program, 2, 100);
    const std::vector<pid_t> nodes = cluster::nodes_of(program);
    ASSERT_EQ(nodes.size(), 3U);
    const rlimit none{.rlim_cur = store::ring_begin, .rlim_max = RLIM_INFINITY};
    ASSERT_EQ(::prlimit(nodes[2], RLIMIT_FSIZE, &none, nullptr), 0);
    const Outcome outcome = finish(program);
    EXPECT_EQ(outcome.exit_code, 0) << outcome.error;
    EXPECT_THAT(outcome.output, StartsWith("SAFE"));
    EXPECT_THAT(outcome.output,
                HasSubstr("\nDEGRADED  n2 could not write its file (File too large)"));
    EXPECT_THAT(outcome.output, HasSubstr("\ndecided   all 6000 rounds"));
    EXPECT_LT(recovered(2).learned, recovered(0).learned);
    expect_good_run();
}

/// Each node flushes its file when it starts, before its first write.
TEST_F(DurableFaults, S26_a_failed_flush_at_the_start_is_reported_and_changes_no_file) {
    expect_good_run();
    const std::vector<std::string> before = contents();
    const pid_t child = ::fork();
    if (child == 0) {
        if (!fail_flushes()) ::_exit(97);
        ::_exit(run(arguments("10k", "1000")).exit_code);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    if (WEXITSTATUS(status) == 97) GTEST_SKIP() << "system calls cannot be made to fail here";
    EXPECT_EQ(WEXITSTATUS(status), 3);
    EXPECT_EQ(content(folder_ / "out"), "");
    EXPECT_EQ(content(folder_ / "err"),
              "paxos_fast: n0: data/node-0: cannot be written: Input/output error\n");
    EXPECT_TRUE(contents() == before);
    expect_good_run();
}

}  // namespace
}  // namespace paxos::durable_faults_test
