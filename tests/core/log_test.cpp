// The log's ring, compared with a map that keeps every slot.
#include "paxos/log.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "support/subject.h"

namespace paxos::test::log_test {
namespace {

using Sizes = limits::Tiny;
constexpr Slot ring = Sizes::ring_slots;

void learn(Log<Sizes>& log, Slot slot) {
    LogSlot* place = log.open(slot);
    ASSERT_NE(place, nullptr);
    log.learn(*place, Ballot{1, 0}, nodes({0, 1}), value_of(slot));
    log.advance();
}

TEST(LogTest, open_fails_one_ring_above_the_first_unlearned_slot) {
    Log<Sizes> log;
    EXPECT_NE(log.open(0), nullptr);
    EXPECT_NE(log.open(ring - 1), nullptr);
    EXPECT_EQ(log.open(ring), nullptr);
    EXPECT_EQ(log.end(), ring);
}

TEST(LogTest, S21_learned_advances_only_to_the_first_gap) {
    Log<Sizes> log;
    learn(log, 2);
    learn(log, 1);
    EXPECT_EQ(log.learned(), 0U);
    EXPECT_TRUE(log.has_learned(2));
    EXPECT_FALSE(log.has_learned(0));
    learn(log, 0);
    EXPECT_EQ(log.learned(), 3U);
}

TEST(LogTest, S20_a_place_is_reused_only_after_its_slot_is_learned_and_delivered) {
    Log<Sizes> log;
    learn(log, 0);
    EXPECT_EQ(log.open(ring), nullptr) << "slot 0 has not been given out";
    EXPECT_EQ(log.find(0)->value, value_of(0));
    log.begin_step();
    ASSERT_NE(log.open(ring), nullptr);
    EXPECT_EQ(log.find(0), nullptr);
    EXPECT_EQ(log.retained_from(), 1U);
    EXPECT_EQ(log.open(ring + 1), nullptr) << "slot 1 has not been learned";
}

TEST(LogTest, S20_a_place_is_matched_on_the_whole_slot_number) {
    Log<Sizes> log;
    for (Slot slot = 0; slot < 3; ++slot) learn(log, slot);
    log.begin_step();
    log.open(ring + 1)->value = value_of(77);
    EXPECT_EQ(log.open(1), nullptr);
    EXPECT_EQ(log.find(1), nullptr);
    EXPECT_EQ(log.open(1 + 2 * ring), nullptr);
    EXPECT_EQ(log.find(ring + 1)->value, value_of(77));
    EXPECT_FALSE(log.has_learned(ring + 1));
}

TEST(LogTest, retained_slots_are_contiguous) {
    Log<Sizes> log;
    for (Slot slot = 0; slot < 6; ++slot) learn(log, slot);
    log.begin_step();
    ASSERT_NE(log.open(ring + 3), nullptr);
    EXPECT_EQ(log.retained_from(), 4U);
    EXPECT_EQ(log.open(2), nullptr) << "still in its place, but not retained";
    EXPECT_EQ(log.open(ring + 2)->slot, ring + 2);
    EXPECT_EQ(log.retained_from(), 4U);
}

TEST(LogTest, S05_skip_to_keeps_overlapping_places_and_advances_over_learned_slots) {
    Log<Sizes> log;
    learn(log, 5);
    learn(log, 6);
    log.open(7)->promised = Ballot{9, 1};
    log.skip_to(5);
    EXPECT_EQ(log.learned(), 7U);
    EXPECT_EQ(log.retained_from(), 5U);
    EXPECT_EQ(log.find(7)->promised, (Ballot{9, 1}));
    EXPECT_EQ(log.open(4), nullptr);
    log.begin_step();
    EXPECT_NE(log.open(7 + ring - 1), nullptr);
}

TEST(LogTest, after_a_skip_beyond_the_ring_every_place_can_be_reused) {
    Log<Sizes> log;
    for (Slot slot = 0; slot < ring; ++slot) log.open(slot)->promised = Ballot{2, 0};
    log.skip_to(1000);
    for (Slot slot = 1000; slot < 1000 + ring; ++slot) {
        ASSERT_NE(log.open(slot), nullptr);
        EXPECT_TRUE(log.open(slot)->promised.is_none());
        EXPECT_EQ(log.retained_from(), 1000U);
    }
}

RC_GTEST_PROP(LogTest, equals_a_map_limited_to_the_last_ring, ()) {
    Log<Sizes> log;
    std::map<Slot, Value> expected;  // What was learned.
    const auto steps = *rc::gen::container<std::vector<std::pair<bool, Slot>>>(
        300, rc::gen::pair(rc::gen::weightedElement<bool>({{1, true}, {5, false}}),
                           rc::gen::inRange<Slot>(0, 3 * ring)));
    for (const auto& [gives_out, ahead] : steps) {
        if (gives_out) log.begin_step();
        const Slot slot = log.learned() + ahead > ring ? log.learned() + ahead - ring : ahead;
        LogSlot* place = log.open(slot);
        RC_ASSERT((place != nullptr) == (slot >= log.retained_from() && slot < log.end()));
        if (place) {
            RC_ASSERT(place->slot == slot);
            RC_ASSERT(place->is_learned() == (expected.count(slot) == 1));
            if (!place->is_learned()) {
                log.learn(*place, Ballot{1, 0}, nodes({0, 1}), value_of(slot));
                log.advance();
                expected[slot] = value_of(slot);
            }
        }
        Slot learned = 0;
        while (expected.count(learned)) ++learned;
        RC_ASSERT(log.learned() == learned);
        RC_ASSERT(log.retained_from() + ring >= learned && log.retained_from() <= learned);
        for (Slot kept = log.retained_from(); kept < learned; ++kept) {
            RC_ASSERT(log.find(kept) != nullptr);
            RC_ASSERT(log.find(kept)->value == expected[kept]);
        }
        for (Slot any = 0; any < log.end(); ++any)
            RC_ASSERT(log.has_learned(any) == (expected.count(any) == 1));
    }
}

TEST(LogDeathTest, S18_learning_a_slot_twice_aborts) {
    Log<Sizes> log;
    learn(log, 0);
    EXPECT_DEATH(log.learn(*log.open(0), Ballot{2, 0}, nodes({0, 1}), value_of(9)),
                 "assert failed");
}

}  // namespace
}  // namespace paxos::test::log_test
