// The verdict and exit code of runs whose boards (the nodes' shared memory) the tests fill.
#include "support/cluster_boards.h"

namespace paxos::cluster::verdict_test {
namespace {

using measure::RunResult;
using measure::Verdict;
using node::NodeState;
using testing::HasSubstr;

using VerdictTest = FinishedRun;

TEST_F(VerdictTest, a_good_run_is_safe) {
    const RunResult run = result();
    EXPECT_EQ(run.exit_code, 0) << run.failure;
    EXPECT_EQ(run.verdict, Verdict::safe) << run.verdict_reason;
    EXPECT_EQ(run.failure, "");
    EXPECT_EQ(run.decided, rounds);
    EXPECT_EQ(run.rounds, rounds);
    EXPECT_EQ(run.agreeing_nodes, 5);
    EXPECT_EQ(run.compared, slot_end);
    EXPECT_FALSE(run.degraded);
    EXPECT_EQ(run.nodes[3].state, "stopped");
    EXPECT_EQ(run.nodes[3].compared, slot_end);
    EXPECT_EQ(run.nodes[3].pid, 1003);
    EXPECT_EQ(run.rows[0].decisions, rounds);
    EXPECT_EQ(run.rows[0].load, "saturated");
    EXPECT_NE(run.digest, 0U);
}

TEST_F(VerdictTest, a_node_with_another_value_is_unsafe_and_named) {
    learn(2, slot_end, 150);
    const RunResult run = result();
    EXPECT_EQ(run.exit_code, 5);
    EXPECT_EQ(run.verdict, Verdict::unsafe);
    EXPECT_EQ(run.verdict_reason, "the logs differ in rounds 118 to 181: n0 n1 n3 n4 against n2");
    EXPECT_THAT(run.failure, HasSubstr("safety violated"));
    EXPECT_EQ(run.agreeing_nodes, 4);
    EXPECT_FALSE(run.nodes[2].log_is_prefix);
    EXPECT_TRUE(run.nodes[0].log_is_prefix);
}

TEST_F(VerdictTest, a_difference_in_the_warm_up_counts_too) {
    learn(2, slot_end, 3);
    EXPECT_THAT(result().verdict_reason, HasSubstr("slots 0 to 63 (warm-up)"));
}

TEST_F(VerdictTest, a_difference_in_the_incomplete_last_digest_interval_counts_too) {
    learn(2, slot_end, slot_end - 1);  // The last interval (node/digester.h) is incomplete.
    EXPECT_EQ(result().exit_code, 5);
}

TEST_F(VerdictTest, a_node_killed_from_outside_degrades_a_safe_run) {
    kill(3, 140);
    survive(3, 140);
    const RunResult run = result();
    EXPECT_EQ(run.exit_code, 0) << run.failure;
    EXPECT_EQ(run.verdict, Verdict::safe);
    EXPECT_TRUE(run.degraded);
    EXPECT_EQ(run.nodes[3].state, "killed by signal 9");
    EXPECT_EQ(run.nodes[3].signal, SIGKILL);
    EXPECT_EQ(run.nodes[3].ended_near_round, 130U);
    EXPECT_EQ(run.nodes[3].compared, 140U);
    EXPECT_FALSE(run.nodes[3].alive_at_end);
    EXPECT_TRUE(run.nodes[3].log_is_prefix);
    EXPECT_EQ(run.decided, rounds);
    EXPECT_EQ(run.agreeing_nodes, 5);
}

TEST_F(VerdictTest, a_dead_nodes_log_is_called_a_prefix_only_if_all_of_it_was_compared) {
    kill(3, 140);
    const RunResult run = result();
    EXPECT_EQ(run.verdict, Verdict::safe) << "the other four logs were compared in every slot";
    EXPECT_EQ(run.nodes[3].compared, 128U);
    EXPECT_FALSE(run.nodes[3].log_is_prefix);
    EXPECT_EQ(run.agreeing_nodes, 5);
}

TEST_F(VerdictTest, a_difference_in_the_last_slots_of_a_dead_node_is_unsafe) {
    kill(3, 140);
    learn(3, 140, 139);
    survive(3, 140);
    const RunResult run = result();
    EXPECT_EQ(run.exit_code, 5);
    EXPECT_EQ(run.verdict_reason, "the logs differ in rounds 118 to 129: n0 n1 n2 n4 against n3");
}

TEST_F(VerdictTest, a_restarted_node_that_learned_the_rest_makes_the_run_degraded_and_safe) {
    restart(3, 140, 128);
    survive(3, 140);
    const RunResult run = result();
    EXPECT_EQ(run.exit_code, 0) << run.failure;
    EXPECT_EQ(run.verdict, Verdict::safe);
    EXPECT_TRUE(run.degraded);
    EXPECT_EQ(run.nodes[3].state, "stopped");
    EXPECT_EQ(run.nodes[3].compared, slot_end);
    EXPECT_EQ(run.nodes[3].skipped, 0U);
    EXPECT_TRUE(run.nodes[3].log_is_prefix);
    EXPECT_EQ(run.decided, rounds);
    EXPECT_EQ(run.agreeing_nodes, 5);
}

TEST_F(VerdictTest, a_difference_in_a_second_incarnation_is_unsafe) {
    restart(3, 140, 128, 150);
    survive(3, 140);
    RunResult run = result();
    EXPECT_EQ(run.exit_code, 5);
    EXPECT_EQ(run.verdict_reason, "the logs differ in rounds 118 to 181: n0 n1 n2 n4 against n3");
    begin(5);
    restart(3, 140, 128);
    learn(3, slot_end);
    at(3).incarnation.begin.set(0);  // n3 claims slots that its digests do not cover.
    run = result();
    EXPECT_EQ(run.exit_code, 5);
    EXPECT_EQ(run.verdict_reason, "n3 reports 210 learned slots, but its digest covers 82 slots");
}

/// The first incarnation had reported slots as learned before their decisions were durable. The run
/// ended before the second incarnation had learned these slots again.
TEST_F(VerdictTest, the_log_of_a_second_incarnation_may_be_shorter_than_that_of_the_first) {
    restart(3, 140, 100);
    learn(3, 130);
    record_.outcome = Outcome::stalled;
    const RunResult run = result();
    EXPECT_NE(run.exit_code, 5) << run.verdict_reason;
    EXPECT_EQ(run.verdict, measure::Verdict::unknown);
}

TEST_F(VerdictTest, a_node_that_skipped_slots_in_an_earlier_incarnation_is_left_behind) {
    restart(3, 140, 128);
    EXPECT_EQ(result().nodes[3].state, "stopped");
    record_.ended_incarnations[0].skipped = 5;
    EXPECT_EQ(result().nodes[3].state, "left behind");
}

/// The first incarnation of n1 learned the slot at ballot 1.n0 and was killed before this decision
/// was durable. The second incarnation accepted the value again, at 2.n2, and the decision at 2.n2
/// names n1.
TEST_F(VerdictTest, evidence_of_all_incarnations_counts) {
    const Slot slot = warmup + 7;
    const NodeMask by = NodeMask::first(3);
    for (NodeId node = 0; node < 3; ++node) testify(node, slot, by, Ballot(1, 0), Ballot(1, 0));
    restart(1, 140, 5);
    testify(1, slot, by, Ballot(2, 2), Ballot(2, 2));
    testify(0, slot, by, Ballot(2, 2), Ballot(2, 2));
    testify(2, slot, by, Ballot(2, 2), Ballot(2, 2));
    RunResult run = result();
    EXPECT_EQ(run.exit_code, 0) << run.failure;
    EXPECT_EQ(run.evidence.verified, 1U);
    // If the second incarnation did not learn the slot, nothing is contradicted or proved.
    at(1).evidence.entry[slot].decided_by.set(0);
    run = result();
    EXPECT_EQ(run.exit_code, 0) << run.failure;
    EXPECT_EQ(run.evidence.verified, 0U);
    // If the second incarnation accepted only at 1.n0, the decision at 2.n2 names n1 wrongly.
    testify(1, slot, by, Ballot(2, 2), Ballot(1, 0));
    EXPECT_EQ(result().exit_code, 5);
    // The value that the first incarnation learned must be the decided value.
    testify(1, slot, by, Ballot(2, 2), Ballot(2, 2));
    record_.ended_incarnations[0].evidence->entry[slot].hash.set(1);
    EXPECT_EQ(result().exit_code, 5);
}

TEST_F(VerdictTest, the_verdict_is_unknown_if_one_node_alone_learned_more_than_one_percent) {
    begin(3);
    kill(1, slot_end - 2);
    kill(2, slot_end - 2);
    survive(1, slot_end - 2);
    RunResult run = result();
    EXPECT_EQ(run.exit_code, 0) << run.failure << run.verdict_reason;
    EXPECT_EQ(run.compared, slot_end - 2);
    EXPECT_EQ(run.compared_nodes, 3);
    EXPECT_EQ(run.learned_by_one, 2U);
    EXPECT_EQ(run.uncompared(), 2U);
    begin(3);
    kill(1, 140);
    kill(2, 140);
    survive(1, 140);
    run = result();
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_EQ(run.verdict, Verdict::unknown);
    EXPECT_EQ(run.learned_by_one, slot_end - 140);
    EXPECT_EQ(run.verdict_reason,
              "70 of 210 slots could not be compared between any two nodes; the verdict allows at "
              "most 1%");
}

TEST_F(VerdictTest, a_decision_whose_quorum_did_not_accept_is_unsafe) {
    const NodeMask by = NodeMask::first(3);
    for (NodeId node = 0; node < 5; ++node)
        testify(node, warmup + 7, by, Ballot(1, 0), node < 3 ? Ballot(1, 0) : Ballot{});
    RunResult run = result();
    EXPECT_EQ(run.exit_code, 0) << run.failure;
    EXPECT_EQ(run.evidence.verified, 1U);
    testify(2, warmup + 7, by, Ballot(1, 0), Ballot{});
    run = result();
    EXPECT_EQ(run.exit_code, 5);
    EXPECT_EQ(run.verdict_reason,
              "an invalid decision: round 7: n0 learned a decision at 1.n0 by n0 n1 n2, but n2 "
              "accepted no value");
}

TEST_F(VerdictTest, a_dead_nodes_log_that_is_not_a_prefix_is_unsafe) {
    kill(3, 140);
    learn(3, 140, 20);
    const RunResult run = result();
    EXPECT_EQ(run.exit_code, 5);
    EXPECT_FALSE(run.nodes[3].log_is_prefix);
}

TEST_F(VerdictTest, a_crashed_node_ends_the_run_with_5) {
    for (const int signal : {SIGABRT, SIGSEGV, SIGBUS, SIGILL, SIGFPE}) {
        begin(5);
        kill(1, 140, signal);
        const RunResult run = result();
        EXPECT_EQ(run.exit_code, 5);
        EXPECT_EQ(run.nodes[1].state, "crashed with signal " + std::to_string(signal));
        EXPECT_THAT(run.failure, HasSubstr("n1 crashed with signal"));
        EXPECT_THAT(run.failure, HasSubstr("near round 130"));
    }
}

TEST_F(VerdictTest, a_node_that_exits_by_itself_ends_the_run_with_5) {
    for (const int code : {0, 1, 42}) {
        begin(5);
        leave(1, code, NodeState::running, "");
        EXPECT_EQ(result().exit_code, 5);
        EXPECT_EQ(result().nodes[1].state, "exited with code " + std::to_string(code));
    }
}

TEST_F(VerdictTest, a_violation_reported_by_a_node_is_the_verdict) {
    leave(4, 5, NodeState::unsafe, "two values were decided in one slot: slot 7");
    const RunResult run = result();
    EXPECT_EQ(run.exit_code, 5);
    EXPECT_EQ(run.verdict, Verdict::unsafe);
    EXPECT_EQ(run.verdict_reason, "n4: two values were decided in one slot: slot 7");
}

TEST_F(VerdictTest, a_node_that_fails_to_start_ends_the_run_with_3) {
    record_.has_started = false;
    record_.outcome = Outcome::running;
    leave(1, 3, NodeState::failed, "core 1: no such core");
    const RunResult run = result();
    EXPECT_EQ(run.exit_code, 3);
    EXPECT_EQ(run.failure, "n1: core 1: no such core");
    EXPECT_EQ(run.verdict, Verdict::unknown);
}

TEST_F(VerdictTest, nodes_that_were_never_started_do_not_degrade_the_run) {
    record_.has_started = false;
    record_.outcome = Outcome::running;
    record_.reason = "port 4000: taken";
    record_.endings.clear();
    record_.pids.clear();
    learn_all(0);
    const RunResult run = result();
    EXPECT_EQ(run.exit_code, 3);
    EXPECT_EQ(run.failure, "port 4000: taken");
    EXPECT_EQ(run.nodes[0].state, "not started");
    EXPECT_FALSE(run.degraded);
}

TEST_F(VerdictTest, an_undecided_run_ends_with_1_and_its_reason) {
    record_.outcome = Outcome::no_quorum;
    record_.reason = "no majority is left";
    for (const NodeId node : {NodeId{0}, NodeId{1}}) learn(node, 140);
    for (const NodeId node : {NodeId{2}, NodeId{3}, NodeId{4}}) kill(node, 140);
    const RunResult run = result();
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_EQ(run.verdict, Verdict::unknown);
    EXPECT_EQ(run.decided, 130U);
    EXPECT_THAT(run.failure,
                HasSubstr("no majority is left (n2 killed by signal 9 near round 130; n3 "));
    EXPECT_THAT(run.verdict_reason,
                HasSubstr("the logs agree on the 140 slots that could be compared (10 of them in "
                          "the warm-up)"));
}

TEST_F(VerdictTest, an_undecided_run_with_differing_logs_is_nevertheless_unsafe) {
    record_.outcome = Outcome::stalled;
    record_.reason = "no decision for 5 s";
    learn_all(140);
    learn(0, 140, 5);
    EXPECT_EQ(result().exit_code, 5);
}

TEST_F(VerdictTest, a_signal_gives_the_exit_code_128_plus_its_number) {
    record_.outcome = Outcome::running;
    record_.signal = SIGINT;
    EXPECT_EQ(result().exit_code, 130);
    EXPECT_EQ(result().failure, "stopped by SIGINT");
    record_.signal = SIGTERM;
    EXPECT_EQ(result().exit_code, 143);
}

TEST_F(VerdictTest, a_violation_outranks_a_signal) {
    record_.signal = SIGINT;
    learn(2, slot_end, 150);
    EXPECT_EQ(result().exit_code, 5);
}

TEST_F(VerdictTest, a_node_left_behind_degrades_a_safe_run) {
    learn(4, 60);  // n4 then skips all slots but the last 10.
    node::Digester digester(at(4).digests, at(4).checkpoints.own);
    const ValueSource source = node::value_source(plan_);
    for (Slot slot = slot_end - 10; slot < slot_end; ++slot)
        digester.add(slot, node::digest_of(slot, source.value_of(0, slot)), 1);
    digester.complete(slot_end);
    at(4).learned.publish(slot_end);
    at(4).skipped.set(slot_end - 10 - 60);
    at(4).skipped_first.set(60);
    at(4).skipped_end.set(slot_end - 10);
    EXPECT_EQ(result().exit_code, 1)
        << "without the hashes of its last 10 slots, n4 cannot be compared with any node";
    retain(4, slot_end - 10, slot_end);
    retain(0, slot_end - 10, slot_end);
    const RunResult run = result();
    EXPECT_EQ(run.exit_code, 0) << run.failure;
    EXPECT_EQ(run.nodes[4].state, "left behind");
    EXPECT_TRUE(run.degraded);
    EXPECT_EQ(run.decided, rounds);
    EXPECT_EQ(run.nodes[4].skipped, slot_end - 70);
}

TEST_F(VerdictTest, a_digest_of_fewer_slots_than_the_node_reports_is_unsafe) {
    learn(2, slot_end - 1);
    at(2).digests.complete_end.publish(slot_end);
    at(2).learned.publish(slot_end);
    const RunResult run = result();
    EXPECT_EQ(run.exit_code, 5);
    EXPECT_THAT(run.verdict_reason,
                HasSubstr("n2 reports 210 learned slots, but its digest covers 209 slots"));
}

TEST_F(VerdictTest, the_verdict_is_unknown_if_a_live_node_could_not_be_compared) {
    at(2).digests.log2_size.set(node::Digests::doubling);
    at(2).checkpoints.own.publish({slot_end, 0, slot_end - 1});  // As if n2 had skipped a slot.
    const RunResult run = result();
    EXPECT_EQ(run.exit_code, 1);
    EXPECT_EQ(run.verdict, Verdict::unknown);
    EXPECT_THAT(run.verdict_reason, HasSubstr("n2 could not be compared"));
}

TEST_F(VerdictTest, all_slots_of_a_single_node_count_as_compared) {
    begin(1);
    const RunResult run = result();
    EXPECT_EQ(run.exit_code, 0) << run.failure;
    EXPECT_EQ(run.verdict, Verdict::safe);
    EXPECT_EQ(run.agreeing_nodes, 1);
    EXPECT_EQ(run.compared, slot_end);
}

TEST_F(VerdictTest, a_node_stopped_from_outside_degrades_the_run_and_a_hung_one_is_an_error) {
    record_.silent = NodeMask::of(2);
    record_.endings[2].by_launcher = true;
    kill(2, 140);
    EXPECT_EQ(result().exit_code, 1);
    EXPECT_THAT(result().failure, HasSubstr("n2 hung (it was not stopped by SIGSTOP)"));
    record_.stopped = NodeMask::of(2);
    const RunResult run = result();
    EXPECT_EQ(run.exit_code, 0) << run.failure;
    EXPECT_EQ(run.nodes[2].state, "silent");
    EXPECT_TRUE(run.degraded);
}

/// When a run is interrupted, the nodes may have learned different parts of the decided slots.
TEST_F(VerdictTest, every_figure_counts_a_slot_as_decided_if_one_node_learned_it) {
    record_.outcome = Outcome::running;
    record_.signal = SIGINT;
    learn_all(140);
    learn(0, 170);
    learn(1, 150);
    const RunResult run = result();
    EXPECT_EQ(run.exit_code, 130);
    EXPECT_EQ(run.decided, 160U);
    EXPECT_EQ(run.rows[0].decisions, 160U);
}

TEST_F(VerdictTest, no_ops_do_not_count_as_decisions) {
    for (NodeId node = 0; node < 5; ++node) at(node).no_ops.set(3);
    const RunResult run = result();
    EXPECT_EQ(run.decided, rounds - 3);
    EXPECT_EQ(run.no_ops, 3U);
    EXPECT_EQ(run.exit_code, 0);
}

TEST_F(VerdictTest, no_ops_are_counted_at_a_node_that_learned_exactly_the_decided_rounds) {
    for (NodeId node = 0; node < 5; ++node) at(node).no_ops.set(3);
    // The counts of n1, which skipped slots, and of n4, which died, are too low.
    at(1).no_ops.set(1);
    at(1).skipped.set(20);
    kill(4, 100);
    at(4).no_ops.set(2);
    EXPECT_EQ(result().no_ops, 3U);
}

}  // namespace
}  // namespace paxos::cluster::verdict_test
