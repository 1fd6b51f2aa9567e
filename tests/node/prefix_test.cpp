// A node publishes its prefix sum, the digest of its log so far. If the node is killed, the last
// published prefix sum is not torn.
#include <csignal>
#include <new>

#include <gtest/gtest.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/shared_memory.h"
#include "node/board.h"

namespace paxos::node::prefix_test {
namespace {

TEST(PrefixTest, returns_what_was_last_published) {
    Prefix prefix;
    EXPECT_EQ(prefix.get().end, 0U);
    prefix.publish({7, 70, 7});
    EXPECT_EQ(prefix.get().sum, 70U);
    prefix.publish({9, 90, 8});
    EXPECT_EQ(prefix.get().end, 9U);
    EXPECT_EQ(prefix.get().sum, 90U);
    EXPECT_EQ(prefix.get().slots, 8U);
}

TEST(PrefixTest, S43_is_consistent_whenever_the_process_is_killed) {
    SharedMemory memory;
    std::string error;
    ASSERT_TRUE(memory.map("paxos_fast test", sizeof(Prefix), error)) << error;
    auto* const prefix = new (memory.get()) Prefix;
    for (int i = 0; i < 200; ++i) {
        const pid_t child = ::fork();
        if (child == 0) {
            for (std::uint64_t end = prefix->get().end;; ++end)
                prefix->publish({end, 3 * end, end});
        }
        ASSERT_GT(child, 0);
        ::poll(nullptr, 0, 1);
        ASSERT_EQ(::kill(child, SIGKILL), 0);
        ASSERT_EQ(::waitpid(child, nullptr, 0), child);
        const PrefixSum left = prefix->get();
        ASSERT_EQ(left.sum, 3 * left.end);
        ASSERT_EQ(left.slots, left.end);
    }
    EXPECT_GT(prefix->get().end, 0U);
}

}  // namespace
}  // namespace paxos::node::prefix_test
