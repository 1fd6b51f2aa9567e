// The comparison of the digests of nodes' logs (src/cluster/agreement.h), on logs that the tests
// make. The comparison must find that equal logs agree, and must find every difference.
#include <gtest/gtest.h>

#include "support/digested_log.h"
#include "trace/words.h"

namespace paxos::cluster::digest_agreement_test {
namespace {

Agreement compare_all(std::initializer_list<DigestedLog*> learners, NodeMask died = NodeMask{}) {
    std::vector<LogOf> logs;
    for (DigestedLog* learner : learners) {
        const auto node = static_cast<NodeId>(logs.size());
        logs.push_back(learner->log(node, !died.has(node)));
    }
    return compare(logs);
}

TEST(DigestAgreement, equal_logs_agree_on_every_slot) {
    DigestedLog a, b, c;
    for (DigestedLog* learner : {&a, &b, &c}) learner->learn(0, 1000);
    const Agreement result = compare_all({&a, &b, &c});
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared_total, 1000U);
    EXPECT_EQ(result.compared[0], 1000U);
    EXPECT_EQ(result.compared[2], 1000U);
    EXPECT_EQ(digest_of_log(a.digests()), digest_of_log(b.digests()));
    EXPECT_EQ(slots_of_log(a.digests()), 1000U);
}

TEST(DigestAgreement, three_slots_are_compared_although_no_interval_is_full) {
    DigestedLog a, b;
    a.learn(0, 3);
    b.learn(0, 3);
    EXPECT_EQ(compare_all({&a, &b}).compared_total, 3U);
}

TEST(DigestAgreement, one_flipped_bit_is_found_and_its_node_named) {
    for (const Slot flipped : {Slot{0}, Slot{500}, Slot{999}}) {
        DigestedLog a, b, c;
        a.learn(0, 1000);
        b.learn(0, 1000, [&](Slot slot) {
            Value value = DigestedLog::proposed(slot);
            if (slot == flipped) value.words.back() ^= 1;
            return value;
        });
        c.learn(0, 1000);
        const Agreement result = compare_all({&a, &b, &c});
        EXPECT_TRUE(result.differs);
        EXPECT_EQ(result.dissenters, NodeMask::of(1));
        EXPECT_LE(result.differs_first, flipped);
        EXPECT_GT(result.differs_end, flipped);
        ASSERT_EQ(result.groups.size(), 2U);
        EXPECT_EQ(trace::names_of(result.groups[0]), "n0 n2");
        EXPECT_EQ(trace::names_of(result.groups[1]), "n1");
    }
}

TEST(DigestAgreement, two_swapped_slots_are_found_within_one_interval) {
    DigestedLog a, b;
    a.learn(0, 64);
    b.learn(0, 64,
            [](Slot slot) { return DigestedLog::proposed(slot / 2 == 5 ? slot ^ 1 : slot); });
    EXPECT_TRUE(compare_all({&a, &b}).differs);
}

TEST(DigestAgreement, a_slot_with_its_neighbours_value_is_found_although_the_counts_are_equal) {
    // Slot 9 has the value of slot 8. The interval's count is right, but its sum is wrong.
    DigestedLog a, b;
    a.learn(0, 64);
    b.learn(0, 64, [](Slot slot) { return DigestedLog::proposed(slot == 9 ? 8 : slot); });
    EXPECT_TRUE(compare_all({&a, &b}).differs);
}

TEST(DigestAgreement, digests_with_intervals_of_different_sizes_are_compared) {
    // The digests have 4096 intervals. With 64 slots each, the intervals cover only 262144 slots,
    // so their size must double four times to cover `many` slots.
    constexpr Slot many = 3'000'000;
    DigestedLog far, near;
    far.learn(0, many);
    near.learn(0, 200'000);
    ASSERT_GT(far.digests().log2_size.get(), near.digests().log2_size.get());
    const Agreement result = compare_all({&far, &near}, NodeMask::of(1));
    EXPECT_FALSE(result.differs);
    const Slot interval = Slot{1} << far.digests().log2_size.get();
    EXPECT_EQ(result.compared_total, 200'000 / interval * interval);
}

TEST(DigestAgreement, a_difference_is_found_across_interval_sizes) {
    DigestedLog far, near;
    far.learn(0, 1'000'000);
    near.learn(0, 100'000, [](Slot slot) { return DigestedLog::proposed(slot == 77 ? 78 : slot); });
    EXPECT_TRUE(compare_all({&far, &near}, NodeMask::of(1)).differs);
}

TEST(DigestAgreement, unpublished_entries_of_a_dead_node_are_ignored) {
    DigestedLog a, b, dead;
    a.learn(0, 1000);
    b.learn(0, 1000);
    dead.learn(0, 130).write_unpublished(130);
    const Agreement result = compare_all({&a, &b, &dead}, NodeMask::of(2));
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared[2], 128U);  // Two whole intervals of 64 slots.
    EXPECT_EQ(result.compared[0], 1000U);
}

TEST(DigestAgreement, the_unfinished_interval_of_a_dead_node_is_compared_by_the_sum_of_its_log) {
    // The node died after it had added a slot to the sum of the interval and before it counted the
    // slot. So the sum of this interval cannot be used, but the sum over its whole log can.
    DigestedLog a, b, dead;
    for (DigestedLog* learner : {&a, &b, &dead}) learner->learn(0, 130);
    dead.digests().entry[2].add(node::digest_of(130, DigestedLog::proposed(130)));
    const Agreement result = compare_all({&a, &b, &dead}, NodeMask::of(2));
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared[2], 130U);
}

TEST(DigestAgreement, a_dead_nodes_whole_log_is_compared_with_survivors_ahead_and_behind) {
    for (const bool is_odd : {false, true}) {
        DigestedLog ahead, behind, dead;
        ahead.learn(0, 1000).survive(2, 150).learn(1000, 2000);
        behind.learn(0, 140).survive(2, 150).learn(140, 2000);
        dead.learn(0, 150, [&](Slot slot) {
            return DigestedLog::proposed(is_odd && slot == 149 ? 7 : slot);
        });
        const Agreement result = compare_all({&ahead, &behind, &dead}, NodeMask::of(2));
        EXPECT_EQ(result.differs, is_odd);
        if (!is_odd) {
            EXPECT_EQ(result.compared[2], 150U);
            continue;
        }
        EXPECT_EQ(result.dissenters, NodeMask::of(2));
        EXPECT_EQ(result.differs_first, 128U);
        EXPECT_EQ(result.differs_end, 150U);
    }
}

TEST(DigestAgreement, one_survivor_is_enough_to_compare_the_whole_log_of_a_dead_node) {
    DigestedLog a, first, second;
    first.learn(0, 150);
    second.learn(0, 100).survive(1, 150).learn(100, 300);
    a.learn(0, 200).survive(1, 150).learn(200, 290).survive(2, 300).learn(290, 1000);
    const Agreement result = compare_all({&a, &first, &second}, NodeMask::of(1) | NodeMask::of(2));
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared[1], 150U);
    EXPECT_EQ(result.compared[2], 300U);
}

TEST(DigestAgreement,
     the_last_slots_of_a_dead_node_are_not_compared_if_survivors_forgot_or_skipped_them) {
    DigestedLog forgot, skipped, dead;
    dead.learn(0, 150);
    forgot.learn(0, 1000).survive(2, 150, 151);
    skipped.learn(0, 140).survive(2, 150).skip_to(960).learn(960, 1000);
    const Agreement result = compare_all({&forgot, &skipped, &dead}, NodeMask::of(2));
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared[2], 128U);
    EXPECT_EQ(result.learned_total, 1000U);
    EXPECT_EQ(result.learned_by_one, 960U - 150U);
}

TEST(DigestAgreement, nodes_stopped_at_different_slots_are_compared_slot_by_slot) {
    for (const Slot odd : {Slot{150}, Slot{141}, Slot{999}}) {
        DigestedLog a, b, c;
        a.learn(0, 155).stop(100);
        b.learn(0, 151, [&](Slot slot) {
             return DigestedLog::proposed(slot == odd ? 7 : slot);
         }).stop(90);
        c.learn(0, 149).stop(148);
        const Agreement result = compare_all({&a, &b, &c});
        EXPECT_EQ(result.differs, odd < 151);
        EXPECT_EQ(result.compared_total, 151U);
        EXPECT_EQ(result.learned_by_one, 4U);
        if (odd >= 151) {
            EXPECT_EQ(result.compared[2], 149U);
            continue;
        }
        EXPECT_EQ(result.differs_first, odd);
        EXPECT_EQ(result.differs_end, odd + 1);
        EXPECT_EQ(result.dissenters, NodeMask::of(1));
    }
}

TEST(DigestAgreement, a_dead_nodes_log_that_is_not_a_prefix_is_found) {
    DigestedLog a, b, dead;
    a.learn(0, 1000);
    b.learn(0, 1000);
    dead.learn(0, 130, [](Slot slot) { return DigestedLog::proposed(slot + 1); });
    const Agreement result = compare_all({&a, &b, &dead}, NodeMask::of(2));
    EXPECT_TRUE(result.differs);
    EXPECT_EQ(result.dissenters, NodeMask::of(2));
}

TEST(DigestAgreement, an_interval_with_skipped_slots_is_not_compared) {
    DigestedLog a, b, behind;
    a.learn(0, 640);
    b.learn(0, 640);
    behind.learn(0, 100).skip_to(200).learn(200, 640);
    const Agreement result = compare_all({&a, &b, &behind});
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared[2], 64U + (640U - 256U));  // Slots 64 to 255 are not compared.
    EXPECT_EQ(result.compared[0], 640U);
}

TEST(DigestAgreement, a_node_that_died_while_doubling_its_intervals_is_not_compared) {
    DigestedLog a, b, dead;
    a.learn(0, 1000);
    b.learn(0, 1000);
    dead.learn(0, 900);
    dead.digests().log2_size.set(node::Digests::doubling);
    const Agreement result = compare_all({&a, &b, &dead}, NodeMask::of(2));
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared[2], 0U)
        << "no survivor published the sum of its own slots below the end of the dead node's log";
    EXPECT_EQ(result.compared_total, 1000U);
}

TEST(DigestAgreement, a_node_that_learned_nothing_is_not_compared) {
    DigestedLog a, b, empty;
    a.learn(0, 100);
    b.learn(0, 100);
    const Agreement result = compare_all({&a, &b, &empty}, NodeMask::of(2));
    EXPECT_EQ(result.compared[2], 0U);
    EXPECT_EQ(result.compared_total, 100U);
}

TEST(DigestAgreement, a_difference_of_two_against_two_names_both_groups) {
    DigestedLog a, b, c, d;
    a.learn(0, 64);
    b.learn(0, 64);
    for (DigestedLog* learner : {&c, &d})
        learner->learn(0, 64, [](Slot slot) { return DigestedLog::proposed(slot + 5); });
    const Agreement result = compare_all({&a, &b, &c, &d});
    ASSERT_EQ(result.groups.size(), 2U);
    EXPECT_EQ(trace::names_of(result.groups[0]), "n0 n1");
    EXPECT_EQ(trace::names_of(result.groups[1]), "n2 n3");
}

TEST(DigestAgreement, unfinished_intervals_that_end_at_different_slots_do_not_differ) {
    DigestedLog a, b, c, d;
    a.learn(0, 70);
    b.learn(0, 70);
    c.learn(0, 75);
    d.learn(0, 75);
    const Agreement result = compare_all({&a, &b, &c, &d});
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared_total, 75U);
    EXPECT_EQ(result.compared[0], 70U);
}

}  // namespace
}  // namespace paxos::cluster::digest_agreement_test
