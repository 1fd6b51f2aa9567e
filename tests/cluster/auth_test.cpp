// In runs with authentication, every datagram carries a tag. A datagram without a valid tag is
// rejected and counted.
#include <gtest/gtest.h>

#include "support/cluster_runs.h"

namespace paxos::cluster::auth_test {
namespace {

TEST(AuthenticatedRunTest, is_decided_and_safe) {
    for (const auto protocol : {node::ProtocolKind::classic, node::ProtocolKind::multi}) {
        node::Plan plan = plan_of(3, 20'000, 924);
        plan.protocol = protocol;
        plan.auth = node::AuthKind::on;
        const measure::RunResult run = run_plan(plan);
        expect_good(run, plan);
        for (const auto& [reason, count] : run.rejected) EXPECT_EQ(count, 0U) << reason;
    }
}

TEST(AuthenticatedRunTest, S45_altered_datagrams_have_no_valid_tag) {
    node::Plan plan = plan_of(3, 20'000, 924);
    plan.auth = node::AuthKind::on;
    plan.faults.corruption = 0.05;
    const measure::RunResult run = run_plan(plan);
    expect_good(run, plan);
    EXPECT_GT(run.rejected.at("tag"), 0U);
    EXPECT_FALSE(run.rejected.contains("checksum"));
}

TEST(AuthenticatedRunTest, is_safe_with_a_secret_that_the_caller_provides) {
    node::Plan plan = plan_of(3, 2'000, 16);
    plan.auth = node::AuthKind::on;
    Placement placement;
    std::string error;
    ASSERT_TRUE(place(plan, {}, placement, error)) << error;
    const control::Secret secret{};
    expect_good(run(plan, placement, 0, {}, &secret), plan);
}

}  // namespace
}  // namespace paxos::cluster::auth_test
