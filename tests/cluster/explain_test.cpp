// Which cause --explain names for a slow decision. The tests write to the boards (shared memory)
// what the nodes would have recorded there.
#include "cluster/explain.h"

#include "support/cluster_boards.h"

namespace paxos::cluster::explain_test {
namespace {

using measure::Cause;

constexpr Tick ms = 1'000'000;
constexpr Tick started_at = 1'000 * ms;
constexpr Tick begun_at = started_at + 100 * ms, decided_at = begun_at + 10 * ms;

class ExplainTest : public FinishedRun {
protected:
    /// Sets `decision_`: n0 decides rounds 7 and 8 in one step, with a latency of 10 ms.
    void SetUp() override {
        FinishedRun::SetUp();
        decision_.slots = {warmup + 7, warmup + 9};
        decision_.begun_at = decision_.proposed_at = begun_at;
        decision_.decided_at = decided_at;
    }
    /// Adds a turn (one pass of a node's main loop) of `node` that used `cpu_ns` of CPU time.
    void turn(NodeId node, Tick begin, Tick end, Tick cpu_ns, std::uint64_t switches) {
        at(node).moments.long_turns.add(
            {.begin = begin, .end = end, .cpu_ns = cpu_ns, .switches = switches, .page_faults = 0});
    }
    measure::SlowDecision explained() {
        at(0).moments.decisions[0] = {};
        at(0).moments.decisions[0].add(decision_);
        const measure::Explanation explanation = explain_row(1 * ms);
        EXPECT_EQ(explanation.slowest.size(), 1U);
        EXPECT_EQ(explanation.counts[static_cast<std::size_t>(explanation.slowest.at(0).cause)],
                  1U);
        return explanation.slowest.at(0);
    }
    measure::Explanation explain_row(Tick beyond_ns) {
        return explain(std::span{board_->get().nodes}.first(plan_.nodes), plan_, 0, started_at,
                       beyond_ns);
    }

    node::SlowDecision decision_;
};

TEST_F(ExplainTest, without_a_finding_the_cause_is_unknown) {
    turn(0, begun_at, begun_at + 4 * ms, 0, 1);  // Less than half of the decision's 10 ms.
    turn(0, begun_at - 90 * ms, begun_at, 0, 1);
    turn(0, decided_at, decided_at + 90 * ms, 0, 1);
    const measure::SlowDecision one = explained();
    EXPECT_EQ(one.cause, Cause::unknown);
    EXPECT_EQ(one.meanwhile, "");
    EXPECT_EQ(one.round, 7U);
    EXPECT_EQ(one.rounds, 2U);
    EXPECT_EQ(one.latency_ns, 10 * ms);
    EXPECT_EQ(one.at_ns, 110 * ms);
    EXPECT_EQ(one.node, 0);
}

TEST_F(ExplainTest, a_late_turn_of_the_proposer_is_enough) {
    turn(0, begun_at - 2 * ms, begun_at + 8 * ms, 1 * ms, 1);
    EXPECT_EQ(explained().cause, Cause::context_switch);
    EXPECT_EQ(explained().meanwhile, "n0 late by 10.0ms (context switch)");
}

TEST_F(ExplainTest, off_the_core_without_a_context_switch_is_steal) {
    turn(0, begun_at, begun_at + 8 * ms, 1 * ms, 0);
    EXPECT_EQ(explained().cause, Cause::steal);
}

TEST_F(ExplainTest, on_the_core_all_the_time_is_a_long_turn) {
    turn(0, begun_at, begun_at + 8 * ms, 5 * ms, 3);
    EXPECT_EQ(explained().cause, Cause::long_turn);
}

TEST_F(ExplainTest, late_acceptors_are_the_cause_if_there_is_no_quorum_without_them) {
    turn(3, begun_at, begun_at + 7 * ms, 0, 1);
    turn(4, begun_at, begun_at + 8 * ms, 0, 0);
    EXPECT_EQ(explained().cause, Cause::unknown) << "n0, n1 and n2 are a quorum";
    turn(1, begun_at, begun_at + 6 * ms, 0, 1);
    const measure::SlowDecision one = explained();
    EXPECT_EQ(one.cause, Cause::steal) << "n4 was the latest, so its cause counts";
    EXPECT_EQ(one.meanwhile,
              "n4 late by 8.00ms (steal); n3 late by 7.00ms (context switch); "
              "n1 late by 6.00ms (context switch)");
}

TEST_F(ExplainTest, if_no_node_was_late_the_counted_events_name_the_cause) {
    decision_.resent = 12;
    EXPECT_EQ(explained().cause, Cause::sent_again);
    EXPECT_EQ(explained().meanwhile, "12 requests retransmitted");
}

TEST_F(ExplainTest, a_full_socket_comes_before_what_it_causes) {
    decision_.resent = 1;
    decision_.dropped = 2;
    decision_.refused = 3;
    EXPECT_EQ(explained().cause, Cause::socket_full);
    EXPECT_EQ(explained().meanwhile,
              "socket full: 2 sends lost; the kernel refused 3 datagrams; "
              "1 request retransmitted");
}

TEST_F(ExplainTest, a_take_over_comes_first) {
    decision_.took_over = 1;
    turn(0, begun_at, decided_at, 0, 1);
    EXPECT_EQ(explained().cause, Cause::took_over);
    EXPECT_EQ(explained().meanwhile,
              "1 take-over or preemption; n0 late by 10.0ms (context switch)");
}

TEST_F(ExplainTest, at_a_rate_a_round_may_wait_for_the_window) {
    decision_.proposed_at = begun_at + 5 * ms;
    EXPECT_EQ(explained().cause, Cause::queued);
    EXPECT_EQ(explained().meanwhile, "waited 5.00ms for space in the window");
    decision_.proposed_at = begun_at + 4 * ms;
    EXPECT_EQ(explained().cause, Cause::unknown);
}

TEST_F(ExplainTest, lists_the_slowest_and_counts_all) {
    for (Tick length = 1; length <= 40; ++length) {
        decision_.decided_at = begun_at + length * ms;
        decision_.resent = length % 2;
        at(0).moments.decisions[0].add(decision_);
    }
    const measure::Explanation explanation = explain_row(20 * ms);
    EXPECT_EQ(explanation.beyond_ns, 20 * ms);
    ASSERT_EQ(explanation.slowest.size(), slowest_max);
    for (std::size_t i = 0; i < slowest_max; ++i)
        EXPECT_EQ(explanation.slowest[i].latency_ns, (40 - i) * ms);
    EXPECT_EQ(explanation.counts[static_cast<std::size_t>(Cause::sent_again)], 10U);
    EXPECT_EQ(explanation.counts[static_cast<std::size_t>(Cause::unknown)], 10U);
}

TEST_F(ExplainTest, is_part_of_the_result_if_it_was_recorded_and_there_is_a_p99) {
    record_.started_at = started_at;
    at(0).moments.decisions[0].add(decision_);
    at(0).rows[0].latency.record(1 * ms, 999);
    EXPECT_FALSE(result().rows[0].explanation);
    plan_.explain = true;
    EXPECT_FALSE(result().rows[0].explanation) << "too few samples";
    at(0).rows[0].latency.record(1 * ms);
    ASSERT_TRUE(result().rows[0].explanation);
    EXPECT_EQ(result().rows[0].explanation->slowest.at(0).at_ns, 110 * ms);
}

}  // namespace
}  // namespace paxos::cluster::explain_test
