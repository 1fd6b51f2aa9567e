// Tests of shared memory: the parent reads what a child writes, the size is fixed, and an error
// states its cause.
#include "base/shared_memory.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>

#include <gtest/gtest.h>

namespace paxos::shared_memory_test {
namespace {

TEST(SharedMemory, is_zero_and_shared_with_a_child) {
    constexpr std::size_t size = 3 * 4096 + 100;
    SharedMemory memory;
    EXPECT_EQ(memory.get(), nullptr);
    std::string error;
    ASSERT_TRUE(memory.map("paxos_fast test", size, error)) << error;
    auto* const bytes = static_cast<char*>(memory.get());
    for (std::size_t i = 0; i < size; ++i) ASSERT_EQ(bytes[i], 0);
    const pid_t child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
        bytes[0] = 1;
        bytes[size - 1] = 2;
        ::_exit(0);
    }
    int status = 0;
    ASSERT_EQ(::waitpid(child, &status, 0), child);
    EXPECT_EQ(bytes[0], 1);
    EXPECT_EQ(bytes[size - 1], 2);
}

/// If a process could shrink the memory, accesses by other processes would fault.
TEST(SharedMemory, is_sealed_against_resizing) {
    constexpr std::size_t size = 3 * 4096;
    SharedMemory memory;
    std::string error;
    ASSERT_TRUE(memory.map("paxos_fast test", size, error)) << error;
    // map() has closed the descriptor. A privileged process can still open the file by the path of
    // its mapping.
    char path[64];
    const auto begin = reinterpret_cast<std::uintptr_t>(memory.get());
    std::snprintf(path, sizeof path, "/proc/self/map_files/%jx-%jx",
                  static_cast<std::uintmax_t>(begin), static_cast<std::uintmax_t>(begin + size));
    const int fd = ::open(path, O_RDWR | O_CLOEXEC);
    if (fd < 0 && errno == EPERM) GTEST_SKIP() << "map_files needs CAP_SYS_ADMIN";
    ASSERT_GE(fd, 0) << path << ": " << std::strerror(errno);
    EXPECT_EQ(::ftruncate(fd, 4096), -1);
    EXPECT_EQ(errno, EPERM);
    EXPECT_EQ(::ftruncate(fd, 2 * size), -1);
    EXPECT_EQ(errno, EPERM);
    EXPECT_EQ(::fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE), -1) << "the seals are sealed too";
    ::close(fd);
}

TEST(SharedMemory, an_error_names_the_call_the_reason_and_the_remedy) {
    rlimit before{};
    ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
    const rlimit none{.rlim_cur = 0, .rlim_max = before.rlim_max};
    SharedMemory memory;
    std::string error;
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &none), 0);
    const bool is_mapped = memory.map("paxos_fast test", 1 << 20, error);
    ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &before), 0);
    EXPECT_FALSE(is_mapped);
    EXPECT_EQ(memory.get(), nullptr);
    EXPECT_EQ(error, std::string("shared memory: memfd_create of 1024 KiB: ") +
                         std::strerror(EMFILE) + ": raise the limit of open files (ulimit -n)");
}

}  // namespace
}  // namespace paxos::shared_memory_test
