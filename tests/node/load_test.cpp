// Load (src/node/load.h): when each slot may begin, and what latency each slot has. The tests set
// the time.
#include <gtest/gtest.h>

#include <memory>

#include "node/load.h"
#include "node/turns.h"

namespace paxos::node::load_test {
namespace {

constexpr Tick microsecond = 1'000, millisecond = 1'000'000, second = 1'000'000'000;
constexpr Tick start = 5 * second;

/// Returns a plan of one row, without a warm-up.
Plan plan_of(std::uint64_t rounds, std::uint32_t window, std::uint64_t rate) {
    Plan plan;
    plan.row_count = 1;
    plan.rows[0].window = window;
    plan.rows[0].rate = rate;
    plan.rows[0].rounds = rounds;
    return plan;
}

/// The load of node 0. The proposer of node 0 begins every slot that the load permits. The test
/// decides when a slot has a quorum.
class LoadTest : public testing::Test {
protected:
    void begin(const Plan& plan) { load_ = std::make_unique<Load>(plan, 0); }
    /// Begins the slots that are due at `now`. Returns their number.
    Slot propose(Tick now) {
        const Slot end = std::max(load_->proposals(next_, now).end, next_);
        const SlotRange opened{next_, end};
        load_->on_proposed(opened, now);
        next_ = end;
        return opened.size();
    }
    void decide(Slot first, Slot end, Tick now) { load_->on_quorum({first, end}, now, *row_); }

    std::unique_ptr<Load> load_;
    std::unique_ptr<RowBoard> row_ = std::make_unique<RowBoard>();
    Slot next_ = 0;
};

TEST_F(LoadTest, without_a_rate_a_batch_may_begin_at_once) {
    begin(plan_of(10'000, 3 * limits::slots_per_send, 0));
    EXPECT_EQ(propose(start), limits::slots_per_send);
    EXPECT_EQ(load_->due_at(), Load::never);
    decide(0, 10, start + 7 * microsecond);
    EXPECT_EQ(row_->latency.samples(), 10U);
    EXPECT_EQ(row_->latency.max(), 7 * microsecond);
    EXPECT_EQ(row_->uncorrected.samples(), 0U);
}

/// A restarted node continues in the current row of the other nodes. The latency of a round that
/// became due while the node was down counts from the round's due time.
TEST_F(LoadTest, a_restarted_node_continues_the_row) {
    Plan plan = plan_of(100, 64, 0);
    plan.warmup = 10;
    plan.row_count = 2;
    plan.rows[1] = {.window = 64, .rate = 1000, .rounds = 1000};
    begin(plan);
    load_->resume(310, [](std::size_t row) { return row == 1 ? start : Tick{0}; });
    EXPECT_EQ(load_->row(), 1U);
    EXPECT_EQ(load_->begin(), 110U);
    EXPECT_TRUE(load_->has_passed(0));
    EXPECT_FALSE(load_->has_passed(1));
    next_ = 310;
    EXPECT_EQ(propose(start + 250 * millisecond), 51U) << "slots 310 to 360 are due";
    EXPECT_EQ(load_->begun_at(310), start + 200 * millisecond);
    // A node that had learned everything is beyond the last row.
    begin(plan);
    load_->resume(1110, [](std::size_t) { return start; });
    EXPECT_TRUE(load_->is_over());
    EXPECT_TRUE(load_->has_passed(1));
}

TEST(KillSlot, each_kill_of_a_node_takes_effect_once_in_the_order_of_the_rounds) {
    Plan plan = plan_of(1000, 64, 0);
    plan.warmup = 10;
    plan.faults.kills = {{{.node = 2, .at = 0.5}, {.node = 1, .at = 0.1}, {.node = 2, .at = 0.2}}};
    plan.faults.kill_count = 3;
    EXPECT_EQ(kill_slot(plan, 2, 0), 210U);
    EXPECT_EQ(kill_slot(plan, 2, 1), 510U);
    EXPECT_EQ(kill_slot(plan, 2, 2), ~Slot{0});
    EXPECT_EQ(kill_slot(plan, 1, 0), 110U);
    EXPECT_EQ(kill_slot(plan, 0, 0), ~Slot{0});
}

/// The base is the first slot of the run. In slots below the base only no-ops may be proposed. The
/// values of the run do not depend on the base.
TEST_F(LoadTest, a_run_begins_at_the_base_of_its_log) {
    constexpr Slot base = 123'457;
    const Plan plan = plan_of(1000, 64, 0);
    Load load(plan, 0, base);
    const Proposals below = load.proposals(base - 10, start);
    EXPECT_EQ(below.end, base);
    for (Slot slot = base - 10; slot < base; ++slot) EXPECT_TRUE(below.of(slot).is_no_op());

    const Proposals first = load.proposals(base, start);
    EXPECT_EQ(first.end, base + 64);
    for (Slot slot = 0; slot < 64; ++slot)
        EXPECT_EQ(first.of(base + slot), load.values().value_of(0, slot));
    EXPECT_EQ(load.proposals(base + 990, start).end, base + 1000);
    EXPECT_FALSE(load.on_learned(base + 999, start, base + 1000));
    EXPECT_TRUE(load.on_learned(base + 1000, start, base + 1000));
    EXPECT_TRUE(load.is_over());
}

// A step that decides a batch begins the next batch before it records the latencies of the decided
// batch. Until then, the start times of both batches are needed.
TEST_F(LoadTest, in_the_widest_window_new_slots_do_not_overwrite_the_start_times_of_old_ones) {
    begin(plan_of(unbounded, limits::Standard::window_max, 0));
    while (next_ < limits::Standard::window_max) propose(start);
    propose(start + 9 * microsecond);
    decide(0, next_ - limits::Standard::window_max, start + 9 * microsecond);
    EXPECT_GE(row_->latency.samples(), limits::messages_per_send);
    EXPECT_EQ(row_->latency.min(), 9 * microsecond);
    EXPECT_EQ(row_->latency.max(), 9 * microsecond);
}

// The window is not divided into full batches and a small rest. In a steady load, each decided
// batch is replaced by one of equal size, so such a rest would keep circulating, with system calls
// of its own.
TEST_F(LoadTest, a_window_is_divided_into_equal_batches_of_at_most_one_send) {
    using Case = std::pair<bool, std::size_t>;
    for (const auto& [runs, size] :
         {Case{true, limits::datagram_size}, Case{false, limits::datagram_size},
          Case{true, limits::datagram_size_min}, Case{false, limits::datagram_size_min}}) {
        const Slot most = limits::datagrams_per_send *
                          (runs ? limits::values_in(size) : limits::cells_in(size));
        for (const Slot window : {Slot{1}, most - 1, most, most + 1, 2 * most, 2 * most + 1,
                                  3 * most, Slot{limits::Standard::window_max}}) {
            Plan plan = plan_of(unbounded, static_cast<std::uint32_t>(window), 0);
            plan.runs = runs;
            plan.datagram_size = size;
            begin(plan);
            next_ = 0;
            const Slot batch = propose(start);
            const Slot batches = (window + most - 1) / most;
            EXPECT_LE(batch, most);
            EXPECT_GE(batch * batches, window) << window;
            EXPECT_LT(batch * batches, window + batches)
                << window << ": the last batch is as large as the others";
        }
    }
}

TEST_F(LoadTest, at_a_rate_each_slot_has_its_scheduled_time) {
    begin(plan_of(10'000, 2772, 100'000));  // One slot every 10 us.
    EXPECT_EQ(propose(start), 1U) << "the first slot is due when the row begins";
    EXPECT_EQ(load_->due_at(), start + 10 * microsecond);
    EXPECT_EQ(propose(start + 10 * microsecond - 1), 0U);
    EXPECT_EQ(propose(start + 10 * microsecond), 1U);
    EXPECT_EQ(propose(start + 45 * microsecond), 3U);
    EXPECT_EQ(load_->due_at(), start + 50 * microsecond);
    EXPECT_EQ(propose(start + 100 * second), 2772U / 2);
    EXPECT_EQ(load_->due_at(), Load::never) << "all slots of the row are due";
}

TEST_F(LoadTest, at_a_rate_that_does_not_divide_a_second_no_slot_is_early_or_omitted) {
    constexpr std::uint64_t rate = 7'777'777;
    begin(plan_of(unbounded, 4096, rate));
    for (Tick now = start; now < start + 10 * millisecond; now += 977) {
        propose(now);
        const auto due = static_cast<Slot>(static_cast<double>(now - start) * rate / 1e9);
        ASSERT_EQ(next_, due + 1);
        ASSERT_GT(load_->due_at(), now);
        ASSERT_LE(load_->due_at(), now + second / rate + 1);
    }
}

// Gil Tene, "How NOT to Measure Latency": if a stall delays the sending of a request, the latency
// of the request includes this delay.
TEST_F(LoadTest, at_a_rate_latency_after_a_stall_counts_from_the_scheduled_time) {
    begin(plan_of(10'000, 2772, 100'000));
    ASSERT_EQ(propose(start), 1U);
    const Tick stalled_until = start + millisecond;
    ASSERT_EQ(propose(stalled_until), 100U);
    decide(0, 101, stalled_until + 10 * microsecond);
    EXPECT_EQ(row_->latency.samples(), 101U);
    EXPECT_EQ(row_->latency.max(), millisecond + 10 * microsecond);
    EXPECT_EQ(row_->latency.min(), 10 * microsecond) << "slot 100 was due when the stall ended";
    EXPECT_NEAR(row_->latency.mean(), 510.0 * microsecond, 1.0);
    EXPECT_EQ(row_->uncorrected.samples(), 101U);
    EXPECT_EQ(row_->uncorrected.max(), millisecond + 10 * microsecond)
        << "slot 0 was in flight during the stall";
    EXPECT_LT(row_->uncorrected.percentile(0.99), 11 * microsecond)
        << "the other slots do not show the stall";
    EXPECT_EQ(row_->decided.get(), 101U);
}

TEST_F(LoadTest, the_next_rate_has_its_own_schedule) {
    Plan plan = plan_of(10, 2772, 1000);
    plan.row_count = 2;
    plan.rows[1] = {.window = 2772, .rate = 1'000'000, .rounds = 10};
    begin(plan);
    ASSERT_EQ(propose(start + 0 * millisecond), 1U);
    ASSERT_EQ(propose(start + 50 * millisecond), 9U);
    EXPECT_EQ(propose(start + 60 * millisecond), 0U) << "the row has no more slots";
    ASSERT_TRUE(load_->on_learned(10, start + 61 * millisecond, next_));
    EXPECT_EQ(load_->row(), 1U);
    EXPECT_EQ(propose(start + 62 * millisecond), 1U);
    EXPECT_EQ(load_->due_at(), start + 62 * millisecond + microsecond);
}

TEST_F(LoadTest, slots_after_those_of_other_proposers_keep_their_scheduled_times) {
    begin(plan_of(10'000, 2772, 100'000));
    static_cast<void>(load_->proposals(0, start));  // Starts the row's clock.
    // Other nodes propose in the slots below 50.
    next_ = 50;
    EXPECT_EQ(propose(start + 100 * microsecond), 0U) << "slot 50 is due later";
    EXPECT_EQ(load_->due_at(), start + 500 * microsecond);
    EXPECT_EQ(propose(start + 500 * microsecond), 1U);
    decide(50, 51, start + 530 * microsecond);
    EXPECT_EQ(row_->latency.max(), 30 * microsecond);
}

/// At a rate, a node may sleep until the next round is due.
TEST(Sleep, ends_when_the_next_round_is_due_or_after_half_a_heartbeat) {
    constexpr Tick now = 1000 * millisecond;
    EXPECT_EQ(sleep_for(now, now + 300 * microsecond), 300 * microsecond);
    EXPECT_EQ(sleep_for(now, now), 0U);
    EXPECT_EQ(sleep_for(now, now - 1), 0U) << "the time has passed";
    EXPECT_EQ(sleep_for(now, now + sleep_max_ns), sleep_max_ns);
    EXPECT_EQ(sleep_for(now, now + sleep_max_ns + 1), sleep_max_ns);
    EXPECT_EQ(sleep_for(now, Load::never), sleep_max_ns);
}

}  // namespace
}  // namespace paxos::node::load_test
