// What --explain records: the longest turns, and the slowest decisions. Each of these decisions has
// counts of what happened between proposal and decision: retransmitted requests, sends that the
// full socket of the proposer dropped, datagrams that the kernel refused to send, and take-overs
// and preemptions.
#include "node/moments.h"

#include <ctime>
#include <memory>
#include <random>
#include <vector>

#include "gtest/gtest.h"
#include "io/clock.h"
#include "node/moment_recorder.h"

namespace paxos::node::moments_test {
namespace {

TEST(Longest, keeps_the_longest_items) {
    std::mt19937 random(1);
    for (unsigned count = 0; count < 100; ++count) {
        Longest<TurnSpan, 16> longest;
        std::vector<Tick> all;
        for (unsigned i = 0; i < count; ++i) {
            const Tick length = random() % 50;  // Some lengths are equal.
            all.push_back(length);
            if (longest.wants(length))
                longest.add(
                    {.begin = 7, .end = 7 + length, .cpu_ns = 0, .switches = 0, .page_faults = 0});
        }
        std::vector<Tick> kept;
        for (const TurnSpan& turn : longest.items()) kept.push_back(turn.length_ns());
        std::ranges::sort(kept, std::ranges::greater{});
        std::ranges::sort(all, std::ranges::greater{});
        all.resize(std::min<std::size_t>(all.size(), 16));
        EXPECT_EQ(kept, all);
    }
}

TEST(Sample, keeps_every_nth_item_and_doubles_n_when_full) {
    Sample<TurnSpan, 8> sample;
    for (Tick i = 0; i < 1000; ++i) {
        sample.add({.begin = i, .end = i, .cpu_ns = 0, .switches = 0, .page_faults = 0});
        const auto items = sample.items();
        ASSERT_LE(items.size(), 8U);
        const Tick step = items.size() > 1 ? items[1].begin : 1;
        for (std::size_t k = 0; k < items.size(); ++k) ASSERT_EQ(items[k].begin, k * step);
        ASSERT_LT(i, (items.size() + 1) * step) << "the latest items must be kept too";
        ASSERT_TRUE(i < 8 || items.size() >= 4U);
    }
}

/// A MomentRecorder. The tests change the counters that it reads, and report proposals and
/// decisions.
class MomentRecorderTest : public testing::Test {
protected:
    MomentRecorderTest() {
        plan_.row_count = 1;
        plan_.rows[0] = {.window = 8, .rounds = 1'000'000};
        load_ = std::make_unique<Load>(plan_, NodeId{0});
    }
    void turn() {
        recorder_.note_turn(
            {.protocol = protocol_, .io = io_, .rejected = rejected_, .injected = {}, .turns = 0});
    }
    void propose(Slot slot, Tick now) { load_->on_proposed({slot, slot + 1}, now); }
    void decide(Slot slot, Tick now) { recorder_.note_quorum({slot, slot + 1}, now, *load_); }

    Plan plan_;
    Counters protocol_;
    io::Counters io_;
    std::array<std::uint64_t, wire::rejections> rejected_{};
    std::unique_ptr<Moments> moments_ = std::make_unique<Moments>();
    MomentRecorder recorder_{*moments_};
    std::unique_ptr<Load> load_;
};

TEST_F(MomentRecorderTest, counts_what_happened_between_proposal_and_decision) {
    protocol_.resent = 5;
    turn();
    propose(0, io::now());
    protocol_.resent = 7;
    turn();
    propose(1, io::now());
    io_.kernel_dropped = 1;
    turn();
    io_.send_errors = 2;
    protocol_.preemptions = 3;
    protocol_.takeovers = 1;
    turn();
    propose(2, io::now());
    for (Slot slot = 0; slot < 3; ++slot) decide(slot, io::now() + slot);
    const auto decisions = moments_->decisions[0].items();
    ASSERT_EQ(decisions.size(), 3U);
    for (const SlowDecision& one : decisions) {
        EXPECT_EQ(one.resent, one.slots.first == 0 ? 2U : 0U);
        EXPECT_EQ(one.dropped, one.slots.first < 2 ? 1U : 0U);
        EXPECT_EQ(one.refused, one.slots.first < 2 ? 2U : 0U);
        EXPECT_EQ(one.took_over, one.slots.first < 2 ? 4U : 0U);
        EXPECT_EQ(one.begun_at, load_->proposed_at(one.slots.first));
        EXPECT_EQ(one.proposed_at, one.begun_at);
    }
}

TEST(MomentRecorder, counts_slots_from_the_base_of_the_run) {
    constexpr Slot base = 123'457;
    Plan plan;
    plan.row_count = 1;
    plan.rows[0] = {.window = 8, .rounds = 1'000'000};
    Load load(plan, NodeId{0}, base);
    const auto moments = std::make_unique<Moments>();
    MomentRecorder recorder(*moments, base);
    load.on_proposed({base + 3, base + 5}, 1000);
    recorder.note_quorum({base + 3, base + 5}, 3000, load);
    ASSERT_EQ(moments->decisions[0].items().size(), 1U);
    const SlowDecision& decision = moments->decisions[0].items().front();
    EXPECT_EQ(decision.slots.first, 3U);
    EXPECT_EQ(decision.slots.end, 5U);
    EXPECT_EQ(decision.length_ns(), 2000U);
}

TEST_F(MomentRecorderTest, keeps_at_least_the_latest_changes) {
    turn();
    propose(0, io::now());
    for (unsigned i = 0; i < 1000; ++i) {
        ++protocol_.resent;
        turn();
    }
    decide(0, io::now());
    const std::uint64_t resent = moments_->decisions[0].items().front().resent;
    EXPECT_GE(resent, 255U);
    EXPECT_LE(resent, 1000U);
}

TEST_F(MomentRecorderTest, keeps_turns_in_which_the_node_did_not_sleep) {
    turn();
    EXPECT_TRUE(moments_->long_turns.items().empty()) << "no turn has begun yet";
    const timespec short_time{.tv_sec = 0, .tv_nsec = 1000};
    ::nanosleep(&short_time, nullptr);
    turn();
    EXPECT_TRUE(moments_->long_turns.items().empty()) << "the node slept";
    for (unsigned i = 0; i < 100; ++i) turn();
    ASSERT_FALSE(moments_->long_turns.items().empty());
    for (const TurnSpan& one : moments_->long_turns.items()) {
        EXPECT_GT(one.end, one.begin);
        EXPECT_LE(one.end, io::now());
    }
}

}  // namespace
}  // namespace paxos::node::moments_test
