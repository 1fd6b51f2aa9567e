// What CoreWatch reports when the cores of nodes or the CPU quota change during a run.
#include "cluster/core_watch.h"

#include <sched.h>

#include "io/cores.h"
#include "support/cluster_runs.h"
#include "support/made_up_machine.h"

namespace paxos::cluster::core_watch_test {
namespace {

/// Processes that only wait. The destructor ends them.
class Sleepers {
public:
    explicit Sleepers(std::size_t count) {
        for (; count > 0; --count) {
            const pid_t child = ::fork();
            if (child == 0)
                for (;;) ::pause();
            EXPECT_GT(child, 0);
            pids_.push_back(child);
        }
    }
    ~Sleepers() {
        for (const pid_t pid : pids_) {
            EXPECT_TRUE(send_signal(pid, SIGKILL));
            EXPECT_EQ(::waitpid(pid, nullptr, 0), pid);
        }
    }
    Sleepers(const Sleepers&) = delete;
    Sleepers& operator=(const Sleepers&) = delete;
    [[nodiscard]] const std::vector<int>& pids() const { return pids_; }

private:
    std::vector<int> pids_;
};

[[nodiscard]] bool pin(pid_t pid, int core) {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<std::size_t>(core), &cores);
    return ::sched_setaffinity(pid, sizeof cores, &cores) == 0;
}

std::vector<int> our_cores() {
    std::string ignored;
    return io::affinity_mask(ignored);
}

class MovedNodes : public test::MadeUpMachine {
protected:
    void SetUp() override {
        test::MadeUpMachine::SetUp();
        cores_ = our_cores();
        if (cores_.size() < 2) GTEST_SKIP() << "one core only";
        placement_.core_of = {cores_[0], cores_[1]};
        for (std::size_t node = 0; node < 2; ++node)
            ASSERT_TRUE(pin(nodes_.pids()[node], cores_[node]));
    }
    void set_quota(const std::string& quota) const { put("/sys/fs/cgroup/cpu.max", quota); }
    [[nodiscard]] std::string core(std::size_t index) const {
        return std::to_string(cores_[index]);
    }

    std::vector<int> cores_;
    Placement placement_;
    Sleepers nodes_{2};
    const NodeMask both_ = NodeMask::first(2);
};

TEST_F(MovedNodes, are_named_and_share_a_core_until_they_are_moved_back) {
    CoreWatch watch(placement_, root_);
    watch.reread(nodes_.pids(), both_);
    EXPECT_EQ(watch.changes(), "");
    EXPECT_TRUE(watch.sharing().empty());

    ASSERT_TRUE(pin(nodes_.pids()[1], cores_[0]));
    watch.reread(nodes_.pids(), both_);
    const std::string moved = "n1 moved from core " + core(1) + " to " + core(0);
    EXPECT_EQ(watch.changes(), moved);
    EXPECT_EQ(watch.sharing(), both_);
    watch.reread(nodes_.pids(), NodeMask::of(1));
    EXPECT_TRUE(watch.sharing().empty()) << "a dead node shares no core";

    ASSERT_TRUE(pin(nodes_.pids()[1], cores_[1]));
    watch.reread(nodes_.pids(), both_);
    EXPECT_TRUE(watch.sharing().empty());
    EXPECT_EQ(watch.changes(), moved) << "a change is reported even if it was reverted";
}

TEST_F(MovedNodes, that_shared_a_core_from_the_start_are_not_named) {
    placement_.core_of = {cores_[0], cores_[0]};
    ASSERT_TRUE(pin(nodes_.pids()[1], cores_[0]));
    CoreWatch watch(placement_, root_);
    watch.reread(nodes_.pids(), both_);
    EXPECT_EQ(watch.changes(), "");
    EXPECT_TRUE(watch.sharing().empty());
}

TEST_F(MovedNodes, are_listed_with_the_first_change_of_the_quota) {
    put("/proc/self/cgroup", "0::/\n");
    set_quota("150000 100000\n");
    put("/sys/fs/cgroup/cpu.stat", "nr_throttled 4\n");
    CoreWatch watch(placement_, root_);
    watch.reread(nodes_.pids(), both_);
    EXPECT_EQ(watch.changes(), "");
    EXPECT_EQ(watch.throttled(), 0U);

    set_quota("max 100000\n");
    put("/sys/fs/cgroup/cpu.stat", "nr_throttled 7\n");
    ASSERT_TRUE(pin(nodes_.pids()[0], cores_[1]));
    watch.reread(nodes_.pids(), both_);
    const std::string changes = "n0 moved from core " + core(0) + " to " + core(1) +
                                ", the CPU quota changed from 1.50 cores to none";
    EXPECT_EQ(watch.changes(), changes);
    EXPECT_EQ(watch.throttled(), 3U);
    set_quota("50000 100000\n");
    watch.reread(nodes_.pids(), both_);
    EXPECT_EQ(watch.changes(), changes);
}

}  // namespace
}  // namespace paxos::cluster::core_watch_test
