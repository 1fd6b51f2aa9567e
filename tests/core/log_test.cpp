// Tests of the log's ring. A map that keeps every slot is the reference for the random test.
#include "paxos/log.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <map>

#include "support/subject.h"

namespace paxos::test::log_test {
namespace {

using Sizes = limits::Tiny;
constexpr Slot ring = Sizes::ring_slots;

bool has_place(const Log<Sizes>& log, Slot slot) {
    return slot >= log.retained_from() && slot < log.end();
}
void promise(Log<Sizes>& log, Slot slot, Ballot ballot) {
    ASSERT_TRUE(has_place(log, slot));
    SlotState state = log.open({slot, slot + 1}).state;
    state.promised = ballot;
    log.set({slot, slot + 1}, state);
}
void learn(Log<Sizes>& log, SlotRange slots) {
    while (!slots.empty()) {
        const auto alike = log.open(slots);
        for (Slot slot = alike.slots.first; slot < alike.slots.end; ++slot)
            log.store({slot, slot + 1}, Values::at(value_of(slot), slot));
        log.learn(alike, Ballot{1, 0}, nodes({0, 1}));
        slots.first = alike.slots.end;
    }
    log.advance();
}
void learn(Log<Sizes>& log, Slot slot) { learn(log, SlotRange{slot, slot + 1}); }

TEST(LogTest, a_whole_ring_can_be_opened_from_the_first_unlearned_slot_on) {
    Log<Sizes> log;
    EXPECT_EQ(log.end(), ring);
    EXPECT_EQ(log.open({0, ring}).slots, (SlotRange{0, ring}));
    EXPECT_EQ(log.retained_from(), 0U);
}

TEST(LogTest, a_slot_without_a_place_has_an_empty_state) {
    Log<Sizes> log;
    promise(log, 0, Ballot{1, 0});
    EXPECT_EQ(log.at(1).state, SlotState{});
    EXPECT_EQ(log.piece({1, ring}).slots, (SlotRange{1, ring}));
    EXPECT_EQ(log.piece({1, ring}).state, SlotState{});
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
    EXPECT_FALSE(has_place(log, ring)) << "slot 0 has not been delivered";
    EXPECT_EQ(log.at(0).value, value_of(0));
    log.begin_step();
    promise(log, ring, Ballot{2, 0});
    EXPECT_EQ(log.retained_from(), 1U);
    EXPECT_EQ(log.at(0).state, SlotState{});
    EXPECT_FALSE(has_place(log, ring + 1)) << "slot 1 has not been learned";
}

TEST(LogTest, S20_a_place_is_matched_on_the_whole_slot_number) {
    Log<Sizes> log;
    learn(log, SlotRange{0, 3});
    log.begin_step();
    promise(log, ring + 1, Ballot{7, 0});
    EXPECT_FALSE(has_place(log, 1));
    EXPECT_EQ(log.at(1).state, SlotState{});
    EXPECT_FALSE(has_place(log, 1 + 2 * ring));
    EXPECT_EQ(log.at(1 + 2 * ring).state, SlotState{});
    EXPECT_EQ(log.at(ring + 1).state.promised, (Ballot{7, 0}));
    EXPECT_FALSE(log.has_learned(ring + 1));
}

TEST(LogTest, retained_slots_are_contiguous) {
    Log<Sizes> log;
    learn(log, SlotRange{0, 6});
    log.begin_step();
    promise(log, ring + 3, Ballot{2, 0});
    EXPECT_EQ(log.retained_from(), 4U);
    promise(log, ring + 2, Ballot{2, 0});
    EXPECT_EQ(log.retained_from(), 4U);
    EXPECT_EQ(log.at(ring + 1).state, SlotState{});
}

TEST(LogTest, S05_skip_to_keeps_overlapping_places_and_advances_over_learned_slots) {
    Log<Sizes> log;
    learn(log, SlotRange{5, 7});
    promise(log, 7, Ballot{9, 1});
    log.skip_to(5);
    EXPECT_EQ(log.learned(), 7U);
    EXPECT_EQ(log.retained_from(), 5U);
    EXPECT_EQ(log.at(7).state.promised, (Ballot{9, 1}));
    EXPECT_FALSE(has_place(log, 4));
    log.begin_step();
    promise(log, 7 + ring - 1, Ballot{9, 1});
    EXPECT_EQ(log.retained_from(), 7U);
}

TEST(LogTest, after_a_skip_beyond_the_ring_every_place_can_be_reused) {
    Log<Sizes> log;
    for (Slot slot = 0; slot < ring; ++slot) promise(log, slot, Ballot{2, 0});
    log.skip_to(1000);
    EXPECT_EQ(log.retained_from(), 1000U);
    EXPECT_EQ(log.open({1000, 1000 + ring}).slots.end, 1000 + ring);
    EXPECT_EQ(log.at(1000 + ring - 1).state, SlotState{});
}

TEST(LogTest, values_wrap_around_the_end_of_the_ring) {
    Log<Sizes> log;
    learn(log, SlotRange{0, ring});
    log.begin_step();
    std::vector<Value> values;
    const SlotRange slots{ring - 2, ring + 3};
    for (Slot slot = slots.first; slot < slots.end; ++slot) values.push_back(value_of(100 + slot));
    static_cast<void>(log.open({ring, ring + 3}));
    log.store(slots, Values::at(values.front(), slots.first));
    for (Slot slot = slots.first; slot < slots.end; ++slot)
        EXPECT_EQ(log.value_of(slot), value_of(100 + slot));
    EXPECT_EQ(log.values_of(ring - 2, ring + 3).size(), 2U);
    EXPECT_EQ(log.values_of(ring, ring + 3).size(), 3U);
}

RC_GTEST_PROP(LogTest, equals_a_map_limited_to_the_last_ring, ()) {
    Log<Sizes> log;
    std::map<Slot, Value> expected;  // The value of every learned slot.
    const auto steps = *rc::gen::container<std::vector<std::pair<bool, Slot>>>(
        300, rc::gen::pair(rc::gen::weightedElement<bool>({{1, true}, {5, false}}),
                           rc::gen::inRange<Slot>(0, 3 * ring)));
    for (const auto& [delivers, ahead] : steps) {
        if (delivers) log.begin_step();
        const Slot slot = log.learned() + ahead > ring ? log.learned() + ahead - ring : ahead;
        if (has_place(log, slot)) {
            RC_ASSERT(log.has_learned(slot) == (expected.count(slot) == 1));
            if (!log.has_learned(slot)) {
                learn(log, slot);
                expected[slot] = value_of(slot);
            }
        }
        Slot learned = 0;
        while (expected.count(learned)) ++learned;
        RC_ASSERT(log.learned() == learned);
        RC_ASSERT(log.retained_from() + ring >= learned && log.retained_from() <= learned);
        for (Slot kept = log.retained_from(); kept < learned; ++kept)
            RC_ASSERT(log.at(kept).value == expected[kept]);
        for (Slot any = 0; any < log.end(); ++any)
            RC_ASSERT(log.has_learned(any) == (expected.count(any) == 1));
    }
}

TEST(LogDeathTest, S18_learning_a_slot_twice_aborts) {
    Log<Sizes> log;
    learn(log, 0);
    EXPECT_DEATH(learn(log, 0), "assert failed");
}

}  // namespace
}  // namespace paxos::test::log_test
