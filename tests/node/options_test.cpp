// The options of a node's protocol that depend on how the node runs.
#include "node/turns.h"

namespace paxos::node::options_test {
namespace {

// In the simulator, proposers that preempt each other are expected to decide if the longest
// back-off is at least eight round trips. A durable node needs two flushes for a slot, one in each
// phase, so a round trip takes as long as a flush.
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
