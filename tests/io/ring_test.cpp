// The io_uring ring in rare cases: late completions, short submissions, requests that never
// complete. The tests provoke them with requests that the communicator never makes.
#include <cerrno>
#include <csignal>
#include <cstdint>
#include <ctime>
#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/ring.h"
#include "paxos/assert.h"

namespace paxos::io::test::ring_test {
namespace {

class RingTest : public testing::TestWithParam<std::size_t> {
protected:
    using Completions = std::vector<std::pair<std::uint64_t, std::int32_t>>;

    void SetUp() override {
        std::string refusals;
        if (!ring_.open(4, GetParam(), io_uring_setup, refusals)) GTEST_SKIP() << refusals;
        if (ring_.flag_set() != GetParam()) GTEST_SKIP() << refusals;
    }
    Completions run() {
        Completions completions;
        ring_.run(counters_, [&](std::uint64_t data, std::int32_t result) {
            completions.emplace_back(data, result);
        });
        return completions;
    }
    void build_nop(std::size_t number) {
        io_uring_prep_nop(&ring_.request(number));
        ring_.request(number).user_data = number;
    }

    Ring ring_;
    Counters counters_;
};
std::string flag_set_name(const testing::TestParamInfo<std::size_t>& info) {
    return setup_flags[info.param].name;
}
INSTANTIATE_TEST_SUITE_P(FlagSets, RingTest, testing::Values(0, 1, 2), flag_set_name);

TEST_P(RingTest, runs_requests_in_the_order_in_which_they_were_added) {
    for (std::size_t i = 0; i < 4; ++i) build_nop(i);
    for (int turn = 0; turn < 100; ++turn) {
        ring_.add(2);
        ring_.add(0);
        ring_.add(3);
        EXPECT_EQ(run(), (Completions{{2, 0}, {0, 0}, {3, 0}}));
    }
    EXPECT_EQ(counters_.enters, 100U);
}

TEST_P(RingTest, a_run_without_requests_makes_no_system_call) {
    EXPECT_TRUE(run().empty());
    EXPECT_EQ(counters_.enters, 0U);
}

TEST_P(RingTest, enters_again_until_a_late_completion_arrives) {
    __kernel_timespec pause{.tv_sec = 0, .tv_nsec = 5'000'000};
    build_nop(0);
    io_uring_prep_timeout(&ring_.request(1), &pause, 0, 0);
    ring_.request(1).user_data = 1;
    ring_.add(1);
    ring_.add(0);
    EXPECT_EQ(run(), (Completions{{0, 0}, {1, -ETIME}}));
    EXPECT_GT(counters_.enters, 1U) << "each enter is counted";
    ring_.add(0);
    EXPECT_EQ(run(), (Completions{{0, 0}})) << "the next run has only its own completion";
}

TEST_P(RingTest, submits_the_rest_after_a_short_submission) {
    build_nop(0);
    build_nop(2);
    build_nop(3);
    io_uring_prep_rw(250, &ring_.request(1), -1, nullptr, 0, 0);  // An unknown operation.
    ring_.request(1).user_data = 1;
    for (std::size_t i = 0; i < 4; ++i) ring_.add(i);
    EXPECT_EQ(run(), (Completions{{0, 0}, {1, -EINVAL}, {2, 0}, {3, 0}}));
    const bool submits_all = (setup_flags[GetParam()].flags & IORING_SETUP_SUBMIT_ALL) != 0;
    EXPECT_EQ(counters_.enters, submits_all ? 1U : 2U)
        << "without SUBMIT_ALL a bad request ends the submission";
}

TEST_P(RingTest, a_signal_does_not_disturb_a_run) {
    // Each run waits 20 ms for a late completion. Meanwhile the signal of a timer arrives every
    // 50 us.
    struct sigaction action{};
    struct sigaction before{};
    action.sa_handler = [](int) {};
    ASSERT_EQ(sigaction(SIGALRM, &action, &before), 0);
    timer_t timer{};
    sigevent event{};
    event.sigev_notify = SIGEV_SIGNAL;
    event.sigev_signo = SIGALRM;
    ASSERT_EQ(timer_create(CLOCK_MONOTONIC, &event, &timer), 0);
    const itimerspec often{.it_interval = {.tv_sec = 0, .tv_nsec = 50'000},
                           .it_value = {.tv_sec = 0, .tv_nsec = 50'000}};
    ASSERT_EQ(timer_settime(timer, 0, &often, nullptr), 0);
    __kernel_timespec pause{.tv_sec = 0, .tv_nsec = 20'000'000};
    io_uring_prep_timeout(&ring_.request(0), &pause, 0, 0);
    ring_.request(0).user_data = 0;
    for (int i = 0; i < 3; ++i) {
        ring_.add(0);
        EXPECT_EQ(run(), (Completions{{0, -ETIME}}));
    }
    timer_delete(timer);
    sigaction(SIGALRM, &before, nullptr);
}

TEST_P(RingTest, a_closed_ring_is_fatal) {
    build_nop(0);
    const auto run_without_ring = [&] {
        // EXPECT_DEATH runs this in a child process. There io_uring_enter fails, because the child
        // is not the task that opened the ring, and because it closes the ring's descriptor.
        for (int fd = 3; fd < 256; ++fd) ::close(fd);
        ring_.add(0);
        run();
    };
    EXPECT_DEATH(run_without_ring(), "io_uring_enter: ");
}

TEST(RingDeathTest, a_request_that_never_completes_is_fatal) {
    int ends[2];
    ASSERT_EQ(socketpair(AF_UNIX, SOCK_DGRAM, 0, ends), 0);
    const auto wait_forever = [&] {
        Ring ring;
        std::string refusals;
        Counters counters;
        if (!ring.open(4, 0, io_uring_setup, refusals))
            assert_failed("no io_uring here", __FILE__, __LINE__);
        std::byte byte{};
        io_uring_prep_recv(&ring.request(0), ends[0], &byte, 1, 0);
        ring.add(0);
        ring.run(counters, [](std::uint64_t, std::int32_t) {});
    };
    EXPECT_DEATH(wait_forever(), "has not completed within two seconds|no io_uring here");
    ::close(ends[0]);
    ::close(ends[1]);
}

}  // namespace
}  // namespace paxos::io::test::ring_test
