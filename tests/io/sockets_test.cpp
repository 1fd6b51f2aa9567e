// Sockets, cores and the clock: a socket reports its granted buffer sizes, binding to a port in use
// is retried for a second before it fails, and an unavailable core is refused.
#include <algorithm>
#include <atomic>
#include <string>
#include <thread>

#include <fcntl.h>
#include <gtest/gtest.h>
#include <netinet/udp.h>
#include <sched.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/clock.h"
#include "io/cores.h"
#include "io/sockets.h"

namespace paxos::io::test::sockets_test {
namespace {

int option(int fd, int level, int name) {
    int value = -1;
    socklen_t size = sizeof value;
    EXPECT_EQ(getsockopt(fd, level, name, &value, &size), 0);
    return value;
}

TEST(Sockets, are_bound_to_loopback_and_a_port_of_their_own) {
    std::string error;
    Socket a = open_udp_socket(Address::loopback(0), error),
           b = open_udp_socket(Address::loopback(0), error);
    ASSERT_TRUE(a.is_open() && b.is_open()) << error;
    EXPECT_EQ(a.address.ip(), "127.0.0.1");
    EXPECT_NE(a.address.port(), 0);
    EXPECT_NE(a.address.port(), b.address.port());
    close(a);
    EXPECT_FALSE(a.is_open());
    close(a);
    close(b);
}

TEST(Sockets, report_the_granted_sizes) {
    std::string error;
    Socket made = open_udp_socket(Address::loopback(0), error);
    ASSERT_TRUE(made.is_open()) << error;
    EXPECT_EQ(made.receive_buffer_size,
              static_cast<std::size_t>(option(made.fd, SOL_SOCKET, SO_RCVBUF)));
    EXPECT_EQ(made.send_buffer_size,
              static_cast<std::size_t>(option(made.fd, SOL_SOCKET, SO_SNDBUF)));
    EXPECT_GT(made.receive_buffer_size, 0U);
    if (geteuid() == 0) {
        EXPECT_GE(made.receive_buffer_size, socket_buffer_wanted) << "rmem_max does not limit root";
    }
    EXPECT_EQ(option(made.fd, SOL_SOCKET, SO_RXQ_OVFL), made.counts_drops ? 1 : 0);
    EXPECT_EQ(option(made.fd, IPPROTO_UDP, UDP_GRO), made.coalesces ? 1 : 0);
    EXPECT_NE(fcntl(made.fd, F_GETFD) & FD_CLOEXEC, 0);
    close(made);
}

TEST(Sockets, a_port_that_stays_taken_is_an_error_that_names_it) {
    std::string error;
    Socket holder = open_udp_socket(Address::loopback(0), error);
    ASSERT_TRUE(holder.is_open()) << error;
    const std::uint16_t port = holder.address.port();
    const Tick begin = now();
    Socket second = open_udp_socket(Address::loopback(port), error);
    EXPECT_FALSE(second.is_open());
    EXPECT_GE(now() - begin, ns_per_second) << "it retried for a second";
    EXPECT_EQ(error.find("port " + std::to_string(port) + ": "), 0U) << error;
    EXPECT_NE(error.find("another process uses it"), std::string::npos) << error;
    close(holder);
}

TEST(Sockets, a_port_that_becomes_free_is_taken) {
    std::string error;
    Socket holder = open_udp_socket(Address::loopback(0), error);
    ASSERT_TRUE(holder.is_open()) << error;
    const std::uint16_t port = holder.address.port();
    std::atomic<bool> is_trying = false;
    std::thread releaser([&] {
        while (!is_trying) std::this_thread::yield();
        for (const Tick begin = now(); now() - begin < 50'000'000;) std::this_thread::yield();
        close(holder);
    });
    is_trying = true;
    Socket second = open_udp_socket(Address::loopback(port), error);
    releaser.join();
    EXPECT_TRUE(second.is_open()) << error;
    EXPECT_EQ(second.address.port(), port);
    close(second);
}

TEST(Cores, the_affinity_mask_equals_the_one_of_the_kernel) {
    std::string error;
    const std::vector<int> mine = affinity_mask(error);
    ASSERT_FALSE(mine.empty()) << error;
    EXPECT_TRUE(std::is_sorted(mine.begin(), mine.end()));
    cpu_set_t set;
    ASSERT_EQ(sched_getaffinity(0, sizeof set, &set), 0);
    EXPECT_EQ(mine.size(), static_cast<std::size_t>(CPU_COUNT(&set)));
    for (const int core : mine) EXPECT_TRUE(CPU_ISSET(static_cast<std::size_t>(core), &set));
}

TEST(Cores, a_thread_is_pinned_to_each_of_its_cores) {
    std::thread([] {  // In a thread, so that other threads keep their affinity mask.
        std::string error;
        for (const int core : affinity_mask(error)) {
            ASSERT_TRUE(pin_to(core, error)) << error;
            EXPECT_EQ(affinity_mask(error), std::vector<int>{core});
            EXPECT_EQ(sched_getcpu(), core);
            yield();
        }
    })
        .join();
}

TEST(Cores, a_missing_core_is_refused_with_its_number) {
    for (const int core : {-1, 60000, 1 << 20}) {
        std::string error;
        EXPECT_FALSE(pin_to(core, error));
        EXPECT_EQ(error.find("core " + std::to_string(core) + ": "), 0U) << error;
    }
}

TEST(Clock, goes_forward_in_nanoseconds) {
    const Tick before = now();
    timespec pause{.tv_sec = 0, .tv_nsec = 2'000'000};
    nanosleep(&pause, nullptr);
    EXPECT_GE(now() - before, 2'000'000U);
    EXPECT_EQ(to_timespec(1'500'000'000).tv_sec, 1);
    EXPECT_EQ(to_timespec(1'500'000'000).tv_nsec, 500'000'000);
}

}  // namespace
}  // namespace paxos::io::test::sockets_test
