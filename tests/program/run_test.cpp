// The program and its processes as seen from outside: when the program is interrupted or killed,
// when nodes are killed, when a port is taken, and when a normal user runs the program. Also checks
// that nodes take no page fault while a row is measured. cli_test.cpp covers the other output of
// the program.
#include <chrono>

#include <poll.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "io/sockets.h"
#include "node/allocation_guard.h"
#include "support/cluster_runs.h"

namespace paxos::cluster::run_test {
namespace {

using testing::HasSubstr;
using testing::Not;
using Clock = std::chrono::steady_clock;
using Words = std::vector<std::string>;

constexpr auto wait_max = std::chrono::seconds(60);

struct Ended {
    int exit_code = -1;  ///< -N if signal N ended the program.
    std::string output;  ///< Standard output and error, interleaved.
};

class Program : public testing::Test {
protected:
    void SetUp() override { ASSERT_EQ(::prctl(PR_SET_CHILD_SUBREAPER, 1), 0); }
    void TearDown() override {
        static_cast<void>(send_signal(pid_, SIGKILL));
        while (::waitpid(-1, nullptr, 0) > 0) {}
        if (output_ >= 0) ::close(output_);
        ::prctl(PR_SET_CHILD_SUBREAPER, 0);
    }

    void start(Words words, const char* program = PAXOS_FAST_BINARY, uid_t user = 0) {
        int ends[2];
        ASSERT_EQ(::pipe(ends), 0);
        words.insert(words.begin(), "paxos_fast");
        std::vector<char*> argv;
        for (std::string& word : words) argv.push_back(word.data());
        argv.push_back(nullptr);
        pid_ = ::fork();
        if (pid_ == 0) {
            for (const int signal : {SIGINT, SIGTERM, SIGHUP}) std::signal(signal, SIG_DFL);
            if (user != 0 && (::setgid(user) != 0 || ::setuid(user) != 0)) ::_exit(97);
            ::dup2(ends[1], 1);
            ::dup2(ends[1], 2);
            ::close(ends[0]);
            ::close(ends[1]);
            if (::chdir("/") != 0) ::_exit(96);  // A folder without a .env.
            ::execv(program, argv.data());
            ::_exit(95);
        }
        ASSERT_GT(pid_, 0);
        ::close(ends[1]);
        if (output_ >= 0) ::close(output_);
        output_ = ends[0];
    }
    Ended finish() {
        Ended ended;
        char text[4096];
        for (ssize_t size; (size = ::read(output_, text, sizeof text)) > 0;)
            ended.output.append(text, static_cast<std::size_t>(size));
        int status = 0;
        EXPECT_EQ(::waitpid(pid_, &status, 0), pid_);
        pid_ = -1;
        ended.exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
        return ended;
    }
    /// Waits until each of the `count` nodes has used more than 0.2 s of CPU time. Its start takes
    /// much less, so the rounds have then begun. Returns the processes of the nodes. Fails the test
    /// after `wait_max`. REQUIRES: --no-floor, because the processes that measure the floor would
    /// be taken for the nodes.
    std::vector<pid_t> working_nodes(std::size_t count) {
        const auto works = [](pid_t node) {
            const ProcStat stat(node);
            return stat.number(14) + stat.number(15) > ::sysconf(_SC_CLK_TCK) / 5;
        };
        for (const Clock::time_point begin = Clock::now(); Clock::now() - begin < wait_max;) {
            const std::vector<pid_t> nodes = nodes_of(pid_);
            if (nodes.size() == count && std::ranges::all_of(nodes, works)) return nodes;
            ::poll(nullptr, 0, 5);
        }
        ADD_FAILURE() << "the nodes do not use CPU time";
        return std::vector<pid_t>(count, 0);
    }

    pid_t pid_ = -1;
    int output_ = -1;
};

const Words endless_run{"--nodes",       "3", "--duration", "100s", "--window", "64",
                        "--repetitions", "1", "--no-floor"};

TEST_F(Program, SIGINT_gives_a_partial_summary_and_the_exit_code_130) {
    start(endless_run);
    static_cast<void>(working_nodes(3));
    ASSERT_TRUE(send_signal(pid_, SIGINT));
    const Ended ended = finish();
    EXPECT_EQ(ended.exit_code, 130) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("stopped"));
    EXPECT_THAT(ended.output, HasSubstr("UNKNOWN"));
}

TEST_F(Program, SIGTERM_gives_the_exit_code_143) {
    start(endless_run);
    static_cast<void>(working_nodes(3));
    ASSERT_TRUE(send_signal(pid_, SIGTERM));
    EXPECT_EQ(finish().exit_code, 143);
}

TEST_F(Program, SIGKILL_leaves_no_process) {
    start(endless_run);
    const std::vector<pid_t> nodes = working_nodes(3);
    ASSERT_TRUE(send_signal(pid_, SIGKILL));
    ASSERT_EQ(::waitpid(pid_, nullptr, 0), pid_);
    pid_ = -1;
    EXPECT_TRUE(were_killed_as_orphans(nodes));
}

TEST_F(Program, an_acceptor_killed_from_outside_is_named_and_the_run_is_degraded) {
    start({"--nodes", "5", "--duration", "100s", "--window", "64", "--repetitions", "1",
           "--no-floor"});
    const pid_t killed = working_nodes(5).at(3);
    ASSERT_TRUE(send_signal(killed, SIGKILL));
    while (ProcStat(killed).is_alive()) ::poll(nullptr, 0, 1);
    // The run is so long that it does not end before the kill. SIGINT ends it.
    ASSERT_TRUE(send_signal(pid_, SIGINT));
    const Ended ended = finish();
    EXPECT_EQ(ended.exit_code, 130) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("DEGRADED"));
    EXPECT_THAT(ended.output, HasSubstr("n3 killed by signal 9 near round"));
}

TEST_F(Program, killing_two_of_three_nodes_ends_the_run_with_1_and_the_reason) {
    start(endless_run);
    const std::vector<pid_t> nodes = working_nodes(3);
    ASSERT_TRUE(send_signal(nodes.at(0), SIGKILL));
    ASSERT_TRUE(send_signal(nodes.at(1), SIGKILL));
    const Ended ended = finish();
    EXPECT_EQ(ended.exit_code, 1) << ended.output;
    EXPECT_THAT(ended.output,
                HasSubstr("no majority remains: 1 of 3 nodes are alive and 2 are needed"));
}

// Address space layout randomization loads the program at another address at each start. The
// address determines which pages the kernel maps at one fault, so the test starts the program ten
// times.
TEST_F(Program, no_page_fault_during_measurement_wherever_the_code_was_loaded) {
    if (!node::allocation_guard::is_available())
        GTEST_SKIP()
            << "the shadow memory of a sanitizer takes page faults when it is first touched";
    if (::madvise(nullptr, 0, MADV_POPULATE_READ) != 0)
        GTEST_SKIP() << "a kernel before 5.14 maps no pages ahead";
    for (int i = 0; i < 10; ++i) {
        start({"--rate", "200k", "--rounds", "5000", "--repetitions", "1", "--no-floor"});
        const Ended ended = finish();
        EXPECT_EQ(ended.exit_code, 0) << ended.output;
        EXPECT_THAT(ended.output, Not(HasSubstr("page fault")));
    }
}

TEST_F(Program, a_taken_port_ends_the_run_with_exit_code_3_and_is_named) {
    std::string error;
    io::Socket taken = io::open_udp_socket(io::Address::loopback(0), error);
    ASSERT_TRUE(taken.is_open()) << error;
    const std::string port = std::to_string(taken.address.port());
    start(
        {"--nodes", "1", "--rounds", "10", "--window", "1", "--repetitions", "1", "--port", port});
    const Ended ended = finish();
    EXPECT_EQ(ended.exit_code, 3) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("port " + port));
    io::close(taken);
}

TEST_F(Program, a_normal_user_may_run_it) {
    if (::getuid() != 0) GTEST_SKIP() << "this is a normal user already";
    start({"--nodes", "5", "--rounds", "1000", "--window", "64", "--repetitions", "1"},
          PAXOS_FAST_BINARY, 65534);
    const Ended ended = finish();
    if (ended.exit_code == 95) GTEST_SKIP() << "the build folder is closed to other users";
    EXPECT_EQ(ended.exit_code, 0) << ended.output;
    EXPECT_THAT(ended.output, HasSubstr("SAFE"));
}

}  // namespace
}  // namespace paxos::cluster::run_test
