// The source of proposed values, and its check that a value was proposed (S22).
#include "paxos/value_source.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

namespace paxos::value_source_test {
namespace {

TEST(ValueSourceTest, is_a_constant_expression) {
    static constexpr ValueSource source{42, 5};
    static_assert(source.is_proposed(source.value_of(3, 17), 17));
    static_assert(!source.is_proposed(source.value_of(3, 17), 18));
    static_assert(ValueSource::proposer_bits(source.value_of(3, 17)) == 3);
    static_assert(ValueSource::slot_of(source.value_of(3, 17)) == 17);
    SUCCEED();
}

RC_GTEST_PROP(ValueSourceTest, S22_a_value_depends_on_proposer_slot_and_seed, ()) {
    const auto seed = *rc::gen::arbitrary<std::uint64_t>();
    const auto slot = *rc::gen::inRange<Slot>(0, limits::slot_max);
    const auto count = *rc::gen::inRange<std::size_t>(1, limits::nodes_max + 1);
    const auto proposer = *rc::gen::inRange<NodeId>(0, limits::nodes_max);
    const ValueSource source{seed, count};
    const Value value = source.value_of(proposer, slot);
    RC_ASSERT(source.is_proposed(value, slot) == (proposer < count));
    RC_ASSERT(!source.is_proposed(value, slot + 1));
    RC_ASSERT((!ValueSource{seed + 1, count}.is_proposed(value, slot)));
    RC_ASSERT(value == (ValueSource{seed, limits::nodes_max}.value_of(proposer, slot)));
    RC_ASSERT(!value.is_no_op());
}

RC_GTEST_PROP(ValueSourceTest, S22_a_value_with_one_bit_flipped_was_not_proposed, ()) {
    const ValueSource source{7, 5};
    const auto slot = *rc::gen::inRange<Slot>(0, 1'000'000);
    Value value = source.value_of(*rc::gen::inRange<NodeId>(0, 5), slot);
    value.words[*rc::gen::inRange<std::size_t>(0, value.words.size())] ^= std::uint64_t{1}
                                                                          << *rc::gen::inRange(0,
                                                                                               64);
    RC_ASSERT(!source.is_proposed(value, slot));
}

TEST(ValueSourceTest, S22_no_node_proposes_a_no_op) {
    const ValueSource source{7, 5};
    for (Slot slot = 0; slot < 100; ++slot) EXPECT_FALSE(source.is_proposed(Value{}, slot));
}

TEST(ValueSourceTest, no_two_proposers_or_slots_share_a_value) {
    const ValueSource source{7, 5};
    std::set<decltype(Value::words)> seen;
    for (NodeId node = 0; node < 5; ++node)
        for (Slot slot = 0; slot < 2000; ++slot)
            EXPECT_TRUE(seen.insert(source.value_of(node, slot).words).second);
}

TEST(ValueSourceTest, texts_rotate_from_proposer_to_proposer_and_from_slot_to_slot) {
    const Value red{.words = {'r'}};
    const Value blue{.words = {'b'}};
    const Value texts[] = {red, blue};
    const ValueSource source{std::span{texts}, 3};
    EXPECT_EQ(source.value_of(0, 0), red);
    EXPECT_EQ(source.value_of(1, 0), blue);
    EXPECT_EQ(source.value_of(0, 1), blue);
    EXPECT_FALSE(source.is_generated());
    EXPECT_TRUE(source.is_proposed(red, 5));
    EXPECT_FALSE(source.is_proposed(Value{.words = {'g'}}, 5));
    EXPECT_FALSE(source.is_proposed(Value{}, 5));
}

TEST(ValueSourceTest, S22_a_single_node_proposes_only_its_own_text_in_a_slot) {
    const Value red{.words = {'r'}};
    const Value blue{.words = {'b'}};
    const Value texts[] = {red, blue};
    const ValueSource source{std::span{texts}, 1};
    EXPECT_TRUE(source.is_proposed(red, 0));
    EXPECT_FALSE(source.is_proposed(blue, 0));
}

}  // namespace
}  // namespace paxos::value_source_test
