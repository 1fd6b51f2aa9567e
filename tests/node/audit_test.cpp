// audit() finds each value that was not proposed for its slot, and returns the sum of the slots'
// digests. Also tests digest_of().
#include "node/audit.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <array>
#include <vector>

#include "node/digest.h"

namespace paxos::node::audit_test {
namespace {

constexpr std::size_t nodes = 5;

std::vector<Value> learned(const ValueSource& source, Slot first, std::size_t count) {
    std::vector<Value> values(count);
    for (std::size_t i = 0; i < count; ++i)
        values[i] = source.value_of(static_cast<NodeId>(i % nodes), first + i);
    return values;
}

class AuditTest : public testing::TestWithParam<ValueSource> {};

INSTANTIATE_TEST_SUITE_P(
    , AuditTest,
    testing::Values(ValueSource{42, nodes},
                    ValueSource{std::array{Value{.words = {'a'}}, Value{.words = {'b'}}}, nodes}),
    [](const auto& source) { return source.param.is_generated() ? "generated" : "texts"; });

TEST_P(AuditTest, digests_of_parts_add_up_to_the_digest_of_the_whole) {
    for (const Slot first : {Slot{0}, Slot{1'000'003}})
        for (std::size_t count = 0; count < 40; ++count) {
            const std::vector<Value> values = learned(GetParam(), first, count);
            std::uint64_t sum = 0;
            for (std::size_t i = 0; i < count; ++i) sum += digest_of(first + i, values[i]);
            const Audit audited = audit(values, first, GetParam());
            EXPECT_TRUE(audited.is_proposed);
            EXPECT_EQ(audited.digest, sum) << count;
        }
}

TEST_P(AuditTest, S22_a_flipped_bit_is_found_wherever_it_is) {
    const std::vector<Value> sound = learned(GetParam(), 7, 19);
    const std::uint64_t digest = audit(sound, 7, GetParam()).digest;
    for (std::size_t place = 0; place < sound.size(); ++place)
        for (std::size_t bit = 0; bit < 8 * sizeof(Value); ++bit) {
            std::vector<Value> values = sound;
            values[place].words[bit / 64] ^= std::uint64_t{1} << bit % 64;
            const Audit audited = audit(values, 7, GetParam());
            // 'a' and 'b' differ in two bits, so one flip does not turn one text into the other.
            ASSERT_FALSE(audited.is_proposed) << place << ", bit " << bit;
            ASSERT_NE(audited.digest, digest) << place << ", bit " << bit;
        }
}

TEST_P(AuditTest, S22_a_value_of_another_slot_or_of_no_proposer_is_found) {
    const std::vector<Value> sound = learned(GetParam(), 7, 19);
    EXPECT_EQ(audit(sound, 8, GetParam()).is_proposed, !GetParam().is_generated());
    for (std::size_t place = 0; place < sound.size(); ++place) {
        std::vector<Value> values = sound;
        values[place] = ValueSource{43, limits::nodes_max}.value_of(nodes, 7 + place);
        EXPECT_FALSE(audit(values, 7, GetParam()).is_proposed);
    }
}

TEST_P(AuditTest, no_ops_pass_and_count_in_the_digest) {
    std::vector<Value> values = learned(GetParam(), 0, 19);
    const std::uint64_t digest = audit(values, 0, GetParam()).digest;
    for (const std::size_t place : {0U, 8U, 18U}) values[place] = Value{};
    EXPECT_TRUE(audit(values, 0, GetParam()).is_proposed);
    EXPECT_EQ(audit(values, 0, GetParam()).no_ops, 3U);
    EXPECT_NE(audit(values, 0, GetParam()).digest, digest);
    EXPECT_NE(digest_of(0, Value{}), 0U);
}

TEST(DigestTest, flipping_any_two_bits_changes_the_digest) {
    const Value value{.words = {1, 2, 3, 4}};
    constexpr std::size_t bits = 8 * sizeof(Value);
    for (std::size_t one = 0; one < bits; ++one)
        for (std::size_t other = one + 1; other < bits; ++other) {
            Value flipped = value;
            for (const std::size_t bit : {one, other})
                flipped.words[bit / 64] ^= std::uint64_t{1} << bit % 64;
            ASSERT_NE(digest_of(7, flipped), digest_of(7, value)) << one << ' ' << other;
        }
}

RC_GTEST_PROP(DigestTest, exchanging_the_values_of_two_slots_changes_the_digest, ()) {
    const auto a = *rc::gen::arbitrary<std::uint64_t>(), b = *rc::gen::arbitrary<std::uint64_t>();
    const auto slot = *rc::gen::inRange<Slot>(0, limits::slot_max);
    RC_PRE(a != b);
    const Value one{.words = {a}}, other{.words = {b}};
    RC_ASSERT(digest_of(slot, one) != digest_of(slot + 1, one));
    RC_ASSERT(digest_of(slot, one) + digest_of(slot + 1, other) !=
              digest_of(slot, other) + digest_of(slot + 1, one));
}

}  // namespace
}  // namespace paxos::node::audit_test
