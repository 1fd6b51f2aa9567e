// A run with --log keeps the events that it prints, because the result file contains them too.
#include "cluster/traced.h"

#include "support/cluster_runs.h"

namespace paxos::cluster::traced_test {
namespace {

TEST(TracedRun, keeps_every_line_of_the_log) {
    node::Plan plan = plan_of(3, 3, 1);
    plan.warmup = 0;
    plan.log = true;
    plan.log_first = 0;
    plan.log_end = 3;
    std::string log;
    Callbacks callbacks;
    callbacks.log_line = [&](const std::string& line) { log += line + "\n"; };
    const measure::RunResult run = run_plan(plan, callbacks);
    expect_good(run, plan);
    ASSERT_GT(run.trace.size(), 20U);
    std::size_t place = log.find("us node round");
    std::uint64_t at = 0;
    for (const measure::TracedEvent& traced : run.trace) {
        const std::string line_end = "  " + traced.sentence + "\n";
        place = log.find(line_end, place);
        ASSERT_NE(place, std::string::npos) << traced.sentence << "\n" << log;
        place += line_end.size();  // The next line may have the same sentence.
        EXPECT_GE(traced.at_ns, at);
        at = traced.at_ns;
    }
    EXPECT_EQ(place, log.size()) << "no line is missing at the end";
    // On a busy machine a node other than n0 may be the first to send a PREPARE.
    const measure::TracedEvent& first = run.trace[0];
    EXPECT_EQ(first.event, "sent");
    EXPECT_EQ(first.message, "PREPARE");
    EXPECT_EQ(first.nodes.size(), 2U);
    EXPECT_EQ(std::ranges::count(first.nodes, first.node), 0);
    EXPECT_EQ(first.ballot, "1.n" + std::to_string(first.node));
    const auto decided = std::ranges::find(run.trace, "quorum_accepted",
                                           &measure::TracedEvent::event);
    ASSERT_NE(decided, run.trace.end());
    EXPECT_EQ(decided->value.substr(decided->value.find('#')), "#0");
    EXPECT_EQ(decided->nodes.size(), 2U);
}

TEST(TracedRun, keeps_nothing_without_the_log) {
    const node::Plan plan = plan_of(3, 100, 1);
    EXPECT_TRUE(run_plan(plan).trace.empty());
}

}  // namespace
}  // namespace paxos::cluster::traced_test
