// If a process exits or is killed while its DeathMarker exists, the kernel marks the process's word
// in DeathMarks. A process that destroys its DeathMarker first is not marked.
#include "node/death_marks.h"

#include <gtest/gtest.h>
#include <csignal>
#include <functional>

#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

namespace paxos::node {
namespace {

class DeathMarksTest : public testing::Test {
protected:
    DeathMarksTest() {
        void* const shared = ::mmap(nullptr, sizeof(DeathMarks), PROT_READ | PROT_WRITE,
                                    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
        if (shared != MAP_FAILED) marks_ = new (shared) DeathMarks;
    }
    ~DeathMarksTest() override {
        if (marks_ != nullptr) ::munmap(marks_, sizeof *marks_);
    }
    void SetUp() override { ASSERT_NE(marks_, nullptr); }

    /// Runs `body` in a child process. Returns the status from waitpid once the child has ended.
    static int status_of_child(const std::function<void()>& body) {
        const pid_t child = ::fork();
        if (child == 0) {
            body();
            ::_exit(0);
        }
        int status = -1;
        EXPECT_EQ(::waitpid(child, &status, 0), child);
        return status;
    }

    DeathMarks* marks_ = nullptr;
};

TEST_F(DeathMarksTest, a_killed_process_is_marked_by_the_kernel) {
    const int status = status_of_child([&] {
        const DeathMarker marker(marks_->word(1));
        std::raise(SIGKILL);
    });
    ASSERT_TRUE(WIFSIGNALED(status));
    EXPECT_EQ(marks_->marked(3), NodeMask::of(1));
    EXPECT_EQ(marks_->marked(1), NodeMask{}) << "only node 0 was asked about";
}

TEST_F(DeathMarksTest, a_process_that_exits_before_it_destroys_its_marker_is_marked) {
    status_of_child([&] {
        const DeathMarker marker(marks_->word(2));
        ::_exit(3);
    });
    EXPECT_EQ(marks_->marked(3), NodeMask::of(2));
}

TEST_F(DeathMarksTest, a_process_that_destroys_its_marker_before_it_ends_is_not_marked) {
    status_of_child([&] { const DeathMarker marker(marks_->word(0)); });
    EXPECT_EQ(marks_->marked(3), NodeMask{});
}

/// A new process of the node clears the mark when it creates its marker, and not before.
TEST_F(DeathMarksTest, a_later_incarnation_clears_the_mark_and_may_be_marked_again) {
    status_of_child([&] {
        const DeathMarker marker(marks_->word(1));
        std::raise(SIGKILL);
    });
    for (int restarts = 0; restarts < 3; ++restarts) {
        const int status = status_of_child([&] {
            if (marks_->marked(3) != NodeMask::of(1)) ::_exit(1);
            const DeathMarker marker(marks_->word(1));
            if (!marks_->marked(3).empty()) ::_exit(2);
            std::raise(SIGKILL);
        });
        EXPECT_TRUE(WIFSIGNALED(status)) << WEXITSTATUS(status);
        EXPECT_EQ(marks_->marked(3), NodeMask::of(1));
    }
    // If the new process ends before it creates its marker, the node stays marked.
    status_of_child([] { std::raise(SIGKILL); });
    EXPECT_EQ(marks_->marked(3), NodeMask::of(1));
}

TEST_F(DeathMarksTest, the_launcher_marks_a_process_that_never_registered) {
    status_of_child([] {});
    marks_->mark(0);
    EXPECT_EQ(marks_->marked(3), NodeMask::of(0));
    marks_->mark(0);
    EXPECT_EQ(marks_->marked(3), NodeMask::of(0));
}

}  // namespace
}  // namespace paxos::node
