// Runs real clusters with cut paths, or with a node that is rarely scheduled (S42). All rounds are
// decided, and the result names each node that could not learn all of them. A deaf node receives
// nothing; a mute node sends nothing.
#include "support/cluster_runs.h"

namespace paxos::cluster::contact_test {
namespace {

using measure::RunResult;
using node::Plan;
using node::ProtocolKind;
using testing::HasSubstr;

class Contact : public testing::TestWithParam<ProtocolKind> {
protected:
    static Plan plan() {
        // The run fills the log ring several times, so a proposer that waited forever for a peer
        // would stall.
        Plan plan = plan_of(5, 50'000, 64);
        plan.protocol = GetParam();
        return plan;
    }
    /// Expects a complete, safe run, in which only the node `left_behind` did not learn every slot.
    static void expect_decided_without(NodeId left_behind, const RunResult& run, const Plan& plan) {
        EXPECT_EQ(run.exit_code, 0) << words_for(run);
        EXPECT_EQ(run.verdict, measure::Verdict::safe) << words_for(run);
        EXPECT_EQ(run.decided + run.no_ops, plan.slot_end() - plan.warmup) << words_for(run);
        EXPECT_TRUE(run.degraded);
        for (const measure::NodeResult& node : run.nodes)
            EXPECT_EQ(node.state, node.id == left_behind ? "left behind" : "stopped")
                << words_for(run);
    }
};
INSTANTIATE_TEST_SUITE_P(Real, Contact, testing::Values(ProtocolKind::classic, ProtocolKind::multi),
                         [](const auto& param_info) {
                             return std::string(
                                 param_info.param == ProtocolKind::multi ? "multi" : "classic");
                         });

TEST_P(Contact, S42_a_deaf_acceptor_is_reported_and_does_not_stop_the_others) {
    Plan deaf = plan();
    deaf.faults.deaf = NodeMask::of(4);
    std::string warnings;
    Callbacks callbacks;
    callbacks.warning = [&](const std::string& text) { warnings += text; };
    expect_decided_without(4, run_plan(deaf, callbacks), deaf);
    EXPECT_THAT(warnings, HasSubstr("n4 hears no other node"));
}

TEST_P(Contact, S42_a_deaf_leader_is_replaced) {
    Plan deaf = plan();
    deaf.faults.deaf = NodeMask::of(0);
    const RunResult run = run_plan(deaf);
    expect_decided_without(0, run, deaf);
    EXPECT_GE(run.counters.takeovers, 1U);
    EXPECT_EQ(run.nodes[0].decided, 0U);
}

TEST_P(Contact, S42_a_mute_acceptor_learns_every_slot) {
    Plan mute = plan();
    mute.faults.mute = NodeMask::of(4);
    const RunResult run = run_plan(mute);
    EXPECT_EQ(run.exit_code, 0) << words_for(run);
    EXPECT_EQ(run.verdict, measure::Verdict::safe) << words_for(run);
    EXPECT_EQ(run.decided + run.no_ops, mute.slot_end() - mute.warmup);
    EXPECT_EQ(run.nodes[4].learned, mute.slot_end()) << words_for(run);
}

TEST_P(Contact, S42_a_mute_leader_is_replaced) {
    Plan mute = plan();
    mute.faults.mute = NodeMask::of(0);
    const RunResult run = run_plan(mute);
    EXPECT_EQ(run.exit_code, 0) << words_for(run);
    EXPECT_EQ(run.verdict, measure::Verdict::safe) << words_for(run);
    EXPECT_EQ(run.decided + run.no_ops, mute.slot_end() - mute.warmup);
    EXPECT_EQ(run.nodes[0].decided, 0U);
}

TEST_P(Contact, S42_a_node_that_the_leader_cannot_reach_learns_from_the_others) {
    Plan cut = plan();
    cut.faults.cuts[0] = NodeMask::of(4);
    const RunResult run = run_plan(cut);
    expect_good(run, cut);
    EXPECT_EQ(run.nodes[4].learned, cut.slot_end()) << words_for(run);
}

// Only n2 has paths in both directions to a majority.
TEST_P(Contact, S42_one_node_in_contact_with_a_majority_is_enough) {
    Plan cut = plan();
    const NodeMask hub = NodeMask::of(2);
    for (NodeId node = 0; node < 5; ++node)
        if (node != 2) cut.faults.cuts[node] = NodeMask::first(5) - hub;
    const RunResult run = run_plan(cut);
    expect_good(run, cut);
    EXPECT_EQ(run.nodes[2].decided, cut.slot_end() - cut.warmup - run.no_ops);
}

/// Stops n3, and continues it each time that the other nodes have decided two more rings of slots.
/// The first two times n3 runs for a slice of about 1 ms and is stopped again. The third time, or
/// when the other nodes are done, n3 is continued for good.
class Starver {
public:
    void on_progress(const Progress& progress) {
        if (is_done_ || progress.learned < 100) return;
        if (node_ == 0) {
            node_ = nodes_of(::getpid()).at(3);
        } else {
            const bool is_behind = progress.learned >=
                                   stopped_at_ + 2 * limits::Standard::ring_slots;
            if (!is_behind && progress.learned < progress.slot_end) return;
            EXPECT_TRUE(send_signal(node_, SIGCONT));
            slices_ += is_behind ? 1 : 0;
            is_done_ = slices_ == 3 || progress.learned >= progress.slot_end;
            if (is_done_) return;
            ::poll(nullptr, 0, 1);
        }
        EXPECT_TRUE(send_signal(node_, SIGSTOP));
        stopped_at_ = progress.learned;
    }
    /// Number of times that the other nodes decided two rings of slots while n3 was stopped.
    [[nodiscard]] int slices() const { return slices_; }

private:
    pid_t node_ = 0;  // The process of n3, or 0 if it is not yet known.
    std::uint64_t stopped_at_ = 0;
    int slices_ = 0;
    bool is_done_ = false;
};

// If the proposer waited without a bound for a node that is still alive, the proposer could decide
// only one ring of slots while n3 is stopped. Starver continues n3 only after two rings, so nothing
// more would be decided, and after 5 s without a decision the launcher would end the run.
TEST_P(Contact, S42_a_node_that_rarely_runs_does_not_stop_the_others) {
    Plan plan = Contact::plan();
    plan.rows[0].rounds = 20 * limits::Standard::ring_slots;
    // At this rate even a fast machine does not decide all rounds before n3 has had its slices.
    plan.rows[0].rate = 200'000;
    plan.timeout_ns *= 10;
    Starver starver;
    Callbacks callbacks;
    callbacks.progress = [&](const Progress& progress) { starver.on_progress(progress); };
    const RunResult run = run_plan(plan, callbacks);
    EXPECT_EQ(run.exit_code, 0) << words_for(run);
    EXPECT_EQ(run.verdict, measure::Verdict::safe) << words_for(run);
    EXPECT_EQ(run.decided + run.no_ops, plan.slot_end() - plan.warmup);
    EXPECT_GT(starver.slices(), 0) << words_for(run);
}

}  // namespace
}  // namespace paxos::cluster::contact_test
