// An exchange (a call of Communicator::exchange(), which sends and receives) allocates nothing and
// causes no page fault. With io_uring it makes one io_uring_enter and no other system call. With
// mmsg and sockets that are not connected, it makes at most two system calls.
#include "support/io_pair.h"

#include <cstddef>

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "node/allocation_guard.h"
#include "support/sanitized.h"

namespace paxos::io::test::turns_test {
namespace {

using paxos::test::sanitized;

class TurnsTest : public EngineTest {};
class UringTurnsTest : public EngineTest {};
class MmsgTurnsTest : public EngineTest {};
INSTANTIATE_TEST_SUITE_P(Engines, TurnsTest, every_engine(), engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, UringTurnsTest,
                         testing::Values(EngineKind::uring_defer, EngineKind::uring_coop,
                                         EngineKind::uring_plain),
                         engine_name);
INSTANTIATE_TEST_SUITE_P(Engines, MmsgTurnsTest, testing::Values(EngineKind::mmsg), engine_name);

/// Eight datagrams. With sends of this size, the sends of two turns of play() fit into the receive
/// queue that an unprivileged process gets.
constexpr std::size_t little_send = 8 * datagram_size;

/// Makes `turns` turns. In each turn, `a` queues up to four sends to `b`. A send contains all of
/// `bytes`, or 64 of them. `b` receives in every second turn, and after the last turn until nothing
/// more arrives. Returns the number of receives. Endpoint::exchange() would keep copies of what
/// arrives. This function keeps none, so it allocates nothing.
std::size_t play(Communicator& a, Communicator& b, PeerIndex to_b,
                 const std::vector<std::byte>& bytes, std::size_t turns) {
    std::size_t came = 0;
    for (std::size_t turn = 0; turn < turns; ++turn) {
        // From 0 to 4, so that the number of receives varies.
        const std::size_t sends = turn % 5;
        for (std::size_t i = 0; i < sends; ++i)
            a.queue(to_b, bytes.data(), turn % 3 == 0 ? bytes.size() : 64, datagram_size);
        a.exchange();
        if (turn % 2 == 0) came += b.exchange();
    }
    for (int empty = 0; empty < 3;) {
        const std::size_t more = b.exchange();
        came += more;
        empty = more == 0 ? empty + 1 : 0;
    }
    return came;
}

TEST_P(UringTurnsTest, an_exchange_is_one_enter) {
    Endpoint a, b;
    PAXOS_OPEN(a);
    PAXOS_OPEN(b);
    const auto bytes = pattern(little_send);
    constexpr std::uint64_t turns = 5000;
    for (std::uint64_t turn = 0; turn < turns; ++turn) {
        for (std::uint64_t i = 0; i < turn % 4; ++i)
            a.communicator->queue(b.index, bytes.data(), turn % 7 == 0 ? bytes.size() : 64,
                                  datagram_size);
        a.communicator->exchange();
        b.communicator->exchange();
    }
    EXPECT_EQ(a.counters().enters, turns);
    EXPECT_EQ(b.counters().enters, turns);
    EXPECT_GT(b.counters().receives, turns);
}

TEST_P(MmsgTurnsTest, an_exchange_is_two_system_calls_at_most) {
    Endpoint a, b;
    PAXOS_OPEN(a);
    PAXOS_OPEN(b);
    const auto bytes = pattern(64);
    a.exchange();
    EXPECT_EQ(a.counters().enters, 1U);
    for (int i = 0; i < 5; ++i) a.communicator->queue(b.index, bytes.data(), 64, 64);
    a.exchange();
    EXPECT_EQ(a.counters().enters, 3U);
}

/// Allows only the system calls `number` and exit_group. Any other system call kills the process.
/// Returns false if the kernel refuses the filter.
bool forbid_all_but(long number) {
    sock_filter filter[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, static_cast<unsigned>(number), 2, 0),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_exit_group, 1, 0),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const sock_fprog program{.len = std::size(filter), .filter = filter};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

TEST_P(UringTurnsTest, the_kernel_sees_no_system_call_but_io_uring_enter) {
    if (sanitized) GTEST_SKIP() << "a sanitizer makes system calls of its own";
    const auto bytes = pattern(little_send);
    Endpoint probe;
    PAXOS_OPEN(probe);
    const pid_t child = fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        Endpoint a, b;
        std::string error;
        a.socket = open_udp_socket(Address::loopback(0), error);
        b.socket = open_udp_socket(Address::loopback(0), error);
        peers_.add(a.socket.address);
        b.index = peers_.add(b.socket.address);
        const auto open_on = [&](const Socket& socket) {
            return open_engine(
                GetParam(),
                {.socket = socket.fd, .peers = &peers_, .sends_max = 64, .receives_max = 8}, error);
        };
        a.communicator = open_on(a.socket);
        b.communicator = open_on(b.socket);
        if (!a.communicator || !b.communicator) _exit(1);
        if (!forbid_all_but(SYS_io_uring_enter)) _exit(2);
        const std::size_t came = play(*a.communicator, *b.communicator, b.index, bytes, 4000);
        _exit(came == 8000 ? 0 : 3);
    }
    int status = 0;
    ASSERT_EQ(waitpid(child, &status, 0), child);
    EXPECT_TRUE(WIFEXITED(status))
        << "killed by signal " << WTERMSIG(status) << ": it made another system call";
    EXPECT_EQ(WEXITSTATUS(status), 0);
}

TEST_P(TurnsTest, nothing_is_allocated_after_open) {
    if (!node::allocation_guard::is_available()) GTEST_SKIP() << "no guard in this build";
    Endpoint a, b;
    PAXOS_OPEN(a);
    PAXOS_OPEN(b);
    const auto bytes = pattern(little_send);
    const std::uint64_t before = node::allocation_guard::count();
    const std::size_t came = play(*a.communicator, *b.communicator, b.index, bytes, 4000);
    EXPECT_EQ(node::allocation_guard::count() - before, 0U);
    EXPECT_EQ(came, 8000U);
}

TEST_P(TurnsTest, no_page_fault_after_open) {
    if (sanitized) GTEST_SKIP() << "a sanitizer's shadow has pages of its own";
    Endpoint a, b;
    PAXOS_OPEN(a, 64, 64);
    PAXOS_OPEN(b, 64, 64);
    const auto bytes = pattern(datagrams_per_send * datagram_size);
    // A few turns come before the measurement, because the dynamic linker resolves each function of
    // the C library at its first call and thereby touches pages.
    play(*a.communicator, *b.communicator, b.index, bytes, 3);
    rusage before{}, after{};
    getrusage(RUSAGE_SELF, &before);
    for (int burst = 0; burst < 10; ++burst) {
        for (int i = 0; i < 64; ++i)
            a.communicator->queue(b.index, bytes.data(), bytes.size(), datagram_size);
        a.communicator->exchange();
        play(*a.communicator, *b.communicator, b.index, bytes, 100);
    }
    getrusage(RUSAGE_SELF, &after);
    EXPECT_EQ(after.ru_minflt - before.ru_minflt, 0);
    EXPECT_EQ(after.ru_majflt - before.ru_majflt, 0);
}

}  // namespace
}  // namespace paxos::io::test::turns_test
