// From the start barrier to the end of the run, a node allocates nothing. While a row is measured,
// a node takes no page fault and, with io_uring, calls io_uring_enter once a turn. Datagrams of
// foreign processes are dropped and counted.
#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <gtest/gtest.h>

#include "node/allocation_guard.h"
#include "paxos/random.h"
#include "support/cluster_runs.h"
#include "support/free_ports.h"

namespace paxos::cluster::steady_test {
namespace {

using node::IdleKind;
using node::IoKind;
using node::Plan;
using node::ProtocolKind;

struct Shape {
    const char* name;
    ProtocolKind protocol;
    IoKind io;
    std::uint32_t window;
};

class Steady : public testing::TestWithParam<Shape> {};

TEST_P(Steady, allocates_nothing_takes_no_page_fault_and_enters_the_kernel_once_a_turn) {
    Plan plan = plan_of(5, GetParam().window == 1 ? 1000 : 50'000, GetParam().window);
    plan.protocol = GetParam().protocol;
    plan.io = GetParam().io;
    const measure::RunResult run = run_plan(plan);
    ASSERT_EQ(run.exit_code, 0) << words_for(run);
    const measure::RowResult& row = run.rows[0];
    EXPECT_EQ(row.allocations, 0U);
    // Under sanitizers, the first use of shadow memory takes a page fault.
    if (node::allocation_guard::is_available()) {
        EXPECT_EQ(row.page_faults, 0U);
    }
    EXPECT_GT(row.turns, 0U);
    if (GetParam().io == IoKind::uring) {
        EXPECT_EQ(row.enters, row.turns);
    } else {
        EXPECT_GE(row.enters, row.turns);  // mmsg sends and receives with separate system calls.
    }
}

INSTANTIATE_TEST_SUITE_P(
    Real, Steady,
    testing::Values(Shape{"classic_uring_1", ProtocolKind::classic, IoKind::uring, 1},
                    Shape{"classic_uring_2772", ProtocolKind::classic, IoKind::uring, 2772},
                    Shape{"multi_uring_2772", ProtocolKind::multi, IoKind::uring, 2772},
                    Shape{"classic_mmsg_2772", ProtocolKind::classic, IoKind::mmsg, 2772}),
    [](const auto& param_info) { return std::string(param_info.param.name); });

/// A short run lists its rounds one by one. The list must cause no page fault either.
TEST(SteadyList, takes_no_page_fault) {
    const measure::RunResult run = run_plan(plan_of(3, 10, 1));
    ASSERT_EQ(run.exit_code, 0) << words_for(run);
    EXPECT_EQ(run.decisions.size(), 10U);
    if (node::allocation_guard::is_available()) {
        EXPECT_EQ(run.rows[0].page_faults, 0U);
    }
}

/// Sends random datagrams to a node's port, from an address that belongs to no node.
class Stranger {
public:
    explicit Stranger(std::uint16_t port)
        : socket_(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)) {
        to_.sin_family = AF_INET;
        to_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        to_.sin_port = htons(port);
    }
    ~Stranger() { ::close(socket_); }
    Stranger(const Stranger&) = delete;
    Stranger& operator=(const Stranger&) = delete;

    void talk(int datagrams) {
        std::array<std::uint64_t, 176> noise{};
        for (int i = 0; i < datagrams; ++i) {
            for (std::uint64_t& word : noise) word = random_.next();
            static_cast<void>(::sendto(socket_, noise.data(), random_.below(sizeof noise + 1),
                                       MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&to_),
                                       sizeof to_));
        }
    }

private:
    int socket_;
    sockaddr_in to_{};
    Random random_{7};
};

TEST(Strangers, are_dropped_and_counted) {
    Plan plan = endless(3);
    plan.port = free_ports(plan.nodes);
    Stranger stranger(plan.port);
    Callbacks callbacks;
    std::uint64_t learned_then = 0;
    int talks = 0;
    callbacks.progress = [&](const Progress& progress) {
        // If more than 1000 slots are learned after the stranger's last datagrams, the proposer n0
        // has received often enough since then to have read these datagrams too.
        if (talks == 3 && progress.learned > learned_then + 1000) ::raise(SIGINT);
        if (talks == 3) return;
        ++talks;
        stranger.talk(100);
        learned_then = progress.learned;
    };
    const measure::RunResult run = run_plan(plan, callbacks);
    EXPECT_EQ(run.exit_code, 128 + SIGINT) << words_for(run);
    EXPECT_NE(run.verdict, measure::Verdict::unsafe);
    std::uint64_t rejected = 0;
    for (const auto& [reason, count] : run.rejected) {
        EXPECT_TRUE(reason == "length" || reason == "source") << reason;
        rejected += count;
    }
    EXPECT_GE(rejected, 100U);
}

}  // namespace
}  // namespace paxos::cluster::steady_test
