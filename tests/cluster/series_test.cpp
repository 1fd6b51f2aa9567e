// Tests of the slices (intervals of time) for which the launcher records figures: what they
// contain, and when they begin and end. Other tests check which events of a run are recorded.
#include "cluster/series.h"

#include "cluster/shared_board.h"
#include "support/cluster_runs.h"

namespace paxos::cluster::series_test {
namespace {

constexpr Tick start = 1'000'000'000;
constexpr Tick percent = Series::interval_ns / 100;  // 1 % of a slice's initial length.

class SeriesTest : public testing::Test {
protected:
    void SetUp() override {
        plan_.nodes = 3;
        plan_.row_count = 2;
        std::string error;
        ASSERT_TRUE(board_.map(plan_, error)) << error;
        series_.begin(plan_, start);
    }
    /// Makes `node` decide `count` slots of `row`, each within `latency_ns`. The last decision is
    /// at `at`.
    void decide(NodeId node, std::size_t row, std::uint64_t count, Tick at,
                std::uint64_t latency_ns) {
        node::RowBoard& board = board_.get().nodes[node].rows[row];
        if (board.first_proposal_at.get() == 0) board.first_proposal_at.set(at - latency_ns);
        board.last_decision_at.set(at);
        board.decided.add(count);
        board.latency.record(latency_ns, count);
    }
    node::Plan plan_ = [] {
        node::Plan plan;
        plan.row_count = 2;
        return plan;
    }();
    SharedBoard board_;
    Series series_{plan_};
};

TEST_F(SeriesTest, a_slice_holds_what_was_decided_since_the_last_one) {
    decide(0, 0, 1000, start + 90 * percent, 5 * percent);
    series_.sample(board_.get(), start + 100 * percent);
    decide(0, 0, 3000, start + 190 * percent, 8 * percent);
    series_.sample(board_.get(), start + 150 * percent);  // Too early: the slice has not ended.
    series_.sample(board_.get(), start + 200 * percent);
    const std::vector<measure::Slice> slices = series_.slices(0);
    ASSERT_EQ(slices.size(), 2U);
    EXPECT_EQ(slices[0].begin_ns, 85 * percent) << "the first proposal";
    EXPECT_EQ(slices[0].end_ns, 100 * percent);
    EXPECT_EQ(slices[0].decisions, 1000U);
    EXPECT_NEAR(static_cast<double>(*slices[0].p99_ns), 5 * percent, percent / 25);
    EXPECT_EQ(slices[1].begin_ns, 100 * percent);
    EXPECT_EQ(slices[1].decisions, 3000U);
    EXPECT_NEAR(static_cast<double>(*slices[1].p50_ns), 8 * percent, percent / 16)
        << "without the latencies of the slice before";
    EXPECT_TRUE(series_.slices(1).empty());
}

TEST_F(SeriesTest, a_pause_is_a_slice_without_decisions_and_percentiles) {
    decide(0, 0, 10, start + 50 * percent, percent);
    series_.sample(board_.get(), start + 100 * percent);
    series_.sample(board_.get(), start + 200 * percent);
    const std::vector<measure::Slice> slices = series_.slices(0);
    ASSERT_EQ(slices.size(), 2U);
    EXPECT_FALSE(slices[0].p50_ns) << "10 samples are too few";
    EXPECT_EQ(slices[1].decisions, 0U);
    EXPECT_FALSE(slices[1].p50_ns);
}

TEST_F(SeriesTest, a_row_ends_with_its_last_decision) {
    decide(0, 0, 1000, start + 90 * percent, percent);
    series_.sample(board_.get(), start + 100 * percent);
    decide(0, 0, 500, start + 120 * percent, percent);
    decide(0, 1, 700, start + 190 * percent, percent);
    series_.sample(board_.get(), start + 200 * percent);
    series_.sample(board_.get(), start + 300 * percent);
    series_.finish(board_.get(), start + 350 * percent, true);
    ASSERT_EQ(series_.slices(0).size(), 2U);
    EXPECT_EQ(series_.slices(0)[1].end_ns, 120 * percent);
    ASSERT_EQ(series_.slices(1).size(), 1U) << "after 190 % the nodes learned but decided nothing";
    EXPECT_EQ(series_.slices(1)[0].end_ns, 190 * percent);
}

TEST_F(SeriesTest, a_pause_before_the_end_of_an_incomplete_run_is_kept) {
    decide(0, 0, 1000, start + 90 * percent, percent);
    series_.sample(board_.get(), start + 100 * percent);
    series_.finish(board_.get(), start + 5000 * percent, false);
    ASSERT_EQ(series_.slices(0).size(), 2U);
    EXPECT_EQ(series_.slices(0)[1].decisions, 0U);
    EXPECT_EQ(series_.slices(0)[1].end_ns, 5000 * percent);
}

TEST_F(SeriesTest, the_decisions_of_all_proposers_are_added) {
    decide(0, 0, 100, start + 20 * percent, percent);
    decide(2, 0, 200, start + 95 * percent, percent);
    series_.sample(board_.get(), start + 100 * percent);
    EXPECT_EQ(series_.slices(0)[0].decisions, 300U);
    EXPECT_EQ(series_.slices(0)[0].begin_ns, 19 * percent);
}

TEST_F(SeriesTest, slices_in_excess_of_the_maximum_are_merged_in_pairs) {
    // The latency is 1 % of a slice in the first half of the slices, and 2 % in the second half.
    Tick now = start;
    for (std::size_t i = 0; i < Series::slices_max; ++i) {
        EXPECT_EQ(series_.slices(0).size(), i);
        now += Series::interval_ns;
        decide(0, 0, 1000, now, (1 + 2 * i / Series::slices_max) * percent);
        series_.sample(board_.get(), now);
    }
    const std::vector<measure::Slice> slices = series_.slices(0);
    ASSERT_EQ(slices.size(), Series::slices_max / 2);
    EXPECT_EQ(series_.length_ns(), 2 * Series::interval_ns);
    std::uint64_t end = slices[0].begin_ns;
    for (std::size_t i = 0; i < slices.size(); ++i) {
        EXPECT_EQ(slices[i].begin_ns, end) << "contiguous";
        end = slices[i].end_ns;
        EXPECT_EQ(end, 2 * (i + 1) * Series::interval_ns);
        EXPECT_EQ(slices[i].decisions, 2000U);
        EXPECT_NEAR(static_cast<double>(*slices[i].p99_ns),
                    (i < slices.size() / 2 ? 1 : 2) * percent, percent / 50);
    }
}

TEST_F(SeriesTest, a_merged_slice_has_the_latencies_of_both) {
    decide(0, 0, 600, start + 90 * percent, 3 * percent);
    decide(0, 0, 20, start + 90 * percent, 5 * percent);
    series_.sample(board_.get(), start + 100 * percent);
    decide(0, 0, 360, start + 190 * percent, 3 * percent);
    decide(0, 0, 20, start + 190 * percent, 9 * percent);
    series_.sample(board_.get(), start + 200 * percent);
    for (std::size_t i = 3; i <= Series::slices_max; ++i)
        series_.sample(board_.get(), start + i * Series::interval_ns);
    const measure::Slice slice = series_.slices(0)[0];
    EXPECT_EQ(slice.decisions, 1000U);
    EXPECT_NEAR(static_cast<double>(*slice.p50_ns), 3 * percent, percent / 25);
    EXPECT_NEAR(static_cast<double>(*slice.p99_ns), 9 * percent, percent / 10);
}

TEST_F(SeriesTest, a_long_run_has_at_least_half_of_the_maximum_of_slices) {
    Tick now = start;
    for (int i = 0; i < 10'000; ++i) {
        now += Series::interval_ns;
        decide(0, 0, 1, now, percent);
        series_.sample(board_.get(), now);
    }
    series_.finish(board_.get(), now, true);
    const std::vector<measure::Slice> slices = series_.slices(0);
    EXPECT_GE(slices.size(), Series::slices_max / 2);
    EXPECT_LE(slices.size(), Series::slices_max);
    std::uint64_t decisions = 0;
    for (const measure::Slice& slice : slices) decisions += slice.decisions;
    EXPECT_EQ(decisions, 10'000U);
    EXPECT_EQ(slices.back().end_ns, now - start);
}

TEST_F(SeriesTest, a_late_sample_does_not_move_the_next_one) {
    decide(0, 0, 1, start + 90 * percent, percent);
    series_.sample(board_.get(), start + 170 * percent);
    series_.sample(board_.get(), start + 199 * percent);
    EXPECT_EQ(series_.slices(0).size(), 1U);
    series_.sample(board_.get(), start + 200 * percent);
    EXPECT_EQ(series_.slices(0).size(), 2U);
}

TEST_F(SeriesTest, ended_nodes_and_takeovers_are_marked_once) {
    series_.note_ended(NodeMask::of(0), start + 30 * percent);
    series_.note_ended(NodeMask::of(0), start + 60 * percent);
    for (std::size_t i = 0; i < counter_count; ++i)
        if (counter_table[i].member == &NodeCounters::takeovers)
            board_.get().nodes[1].counters[i].set(1);
    board_.get().nodes[2].skipped.set(7);
    series_.sample(board_.get(), start + 100 * percent);
    series_.sample(board_.get(), start + 200 * percent);
    const std::vector<measure::RunEvent>& events = series_.events();
    ASSERT_EQ(events.size(), 3U);
    EXPECT_EQ(events[0].node, 0);
    EXPECT_EQ(events[0].at_ns, 30 * percent);
    EXPECT_EQ(events[0].text, "");
    EXPECT_EQ(events[1].node, 1);
    EXPECT_EQ(events[1].text, "took over");
    EXPECT_EQ(events[2].node, 2);
    EXPECT_EQ(events[2].text, "left behind");
}

TEST(SeriesOfARun, adds_up_to_the_decisions_of_the_run) {
    node::Plan plan = plan_of(3, 500, 1);
    plan.row_count = 2;
    plan.rows[1].window = 64;
    plan.rows[1].rounds = 20'000;
    const measure::RunResult run = run_plan(plan);
    expect_good(run, plan);
    for (const measure::RowResult& row : run.rows) {
        ASSERT_FALSE(row.slices.empty());
        std::uint64_t decisions = 0;
        for (const measure::Slice& slice : row.slices) decisions += slice.decisions;
        EXPECT_EQ(decisions, row.latency->samples()) << "each decision of a proposer is a sample";
        // On a busy machine another node may take over and decide rounds again.
        if (run.counters.takeovers != 0) continue;
        EXPECT_EQ(decisions, row.decisions);
        EXPECT_EQ(row.slices.back().end_ns - row.slices.front().begin_ns, row.elapsed_ns);
    }
    if (run.counters.takeovers == 0) {
        EXPECT_LE(run.rows[0].slices.back().end_ns, run.rows[1].slices.front().begin_ns);
    }
    const bool is_marked = std::ranges::any_of(
        run.events, [](const measure::RunEvent& event) { return event.text == "took over"; });
    EXPECT_EQ(is_marked, run.counters.takeovers != 0);
}

TEST(SeriesOfARun, marks_a_killed_proposer_and_its_successor) {
    node::Plan plan = plan_of(3, 5000, 16);
    plan.faults.kills[0] = {.node = 0, .at = 0.5};
    plan.faults.kill_count = 1;
    const measure::RunResult run = run_plan(plan);
    EXPECT_EQ(run.exit_code, 0) << words_for(run);
    const auto count = [&](bool is_proposer, const std::string& text) {
        return std::ranges::count_if(run.events, [&](const measure::RunEvent& event) {
            return (event.node == 0) == is_proposer && event.text == text;
        });
    };
    EXPECT_EQ(count(true, "killed by signal 9"), 1);
    EXPECT_EQ(count(false, "killed by signal 9"), 0);
    EXPECT_GE(count(false, "took over"), 1);
}

}  // namespace
}  // namespace paxos::cluster::series_test
