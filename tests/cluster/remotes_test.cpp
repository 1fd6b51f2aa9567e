// What rank 0, the launcher of n0, reports when the launcher of another host does not answer in
// time or has ended. The test acts as the launcher of n1.
#include "cluster/remotes.h"

#include "cluster/seat.h"
#include "control/connection.h"
#include "support/cluster_runs.h"

namespace paxos::cluster::remotes_test {
namespace {

class RemotesTest : public testing::Test {
protected:
    /// Runs the check that precedes the first run, and then ends the launcher of n1. Returns the
    /// error of the check.
    std::string error_of_check(Tick answer_timeout_ns) {
        std::vector<control::Channel> channels;
        channels.push_back(std::move(*launcher_.near));
        Remotes remotes(std::move(channels), control::test::secret(1), 0, answer_timeout_ns);
        Placement placement;
        std::string error;
        EXPECT_FALSE(remotes.check(plan_of(2, 100, 1), {}, -1, placement, error));
        while (launcher_.far) {
            launcher_.far->step(control::test::now());
            const std::optional<control::Frame> frame = launcher_.far->take();
            if (!frame) break;
            orders_.push_back(static_cast<Order>(frame->kind));
        }
        launcher_.far.reset();  // Else the destructor of `remotes` would wait for n1.
        return error;
    }

    control::test::Pair launcher_;
    std::vector<Order> orders_;  // The orders that the launcher of n1 received.
};

TEST_F(RemotesTest, a_launcher_that_sends_nothing_does_not_answer) {
    constexpr Tick timeout_ns = 20'000'000;
    const Tick begin = control::test::now();
    EXPECT_EQ(error_of_check(timeout_ns), "n1 on h2: its launcher does not answer");
    EXPECT_GE(control::test::now() - begin, timeout_ns);
    EXPECT_THAT(orders_, testing::Not(testing::Contains(Order::prepare)));
}

TEST_F(RemotesTest, a_launcher_that_answers_only_the_first_order_does_not_answer) {
    ASSERT_TRUE(send(*launcher_.far, Report::card, read_host_card()));
    EXPECT_EQ(error_of_check(500'000'000), "n1 on h2: its launcher does not answer");
    EXPECT_THAT(orders_, testing::Contains(Order::prepare));
}

TEST_F(RemotesTest, a_launcher_that_ended_is_gone_at_once) {
    constexpr Tick timeout_ns = 60'000'000'000;
    launcher_.far.reset();
    const Tick begin = control::test::now();
    EXPECT_THAT(error_of_check(timeout_ns),
                testing::StartsWith("n1 on h2: the connection to its launcher has ended: "));
    EXPECT_LT(control::test::now() - begin, timeout_ns);
}

}  // namespace
}  // namespace paxos::cluster::remotes_test
