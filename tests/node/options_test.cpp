// The protocol options that depend on whether the node is durable.
#include "node/turns.h"

namespace paxos::node::options_test {
namespace {

// Proposers that preempt each other decide only if one of them backs off for longer than it takes
// to decide a slot. To decide a slot, durable nodes need at least two flushes, one in each phase.
// To have a margin, the test demands that the longest back-off is at least as long as eight slow
// flushes.
TEST(OptionsOfANode, S42_durable_proposers_back_off_for_longer_than_a_slow_flush) {
    constexpr Tick slow_flush_ns = 100'000'000;
    Plan plan;
    plan.nodes = 3;
    Context context;
    context.plan = &plan;
    EXPECT_EQ(options_for(context, {}).timing.backoff_max_ns, Timing{}.backoff_max_ns);
    const LogFiles files;
    context.files = &files;
    EXPECT_GE(options_for(context, {}).timing.backoff_max_ns, 8 * slow_flush_ns);
}

}  // namespace
}  // namespace paxos::node::options_test
