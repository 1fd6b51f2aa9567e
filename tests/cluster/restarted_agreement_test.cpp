// The comparison of the digests of nodes that were killed and restarted covers all incarnations.
#include <gtest/gtest.h>

#include "support/digested_log.h"

namespace paxos::cluster::restarted_agreement_test {
namespace {

/// Nodes 0 and 1 survive. Node 2 is killed at slot 150, and its second incarnation recovers the
/// slots below 140. In slot `odd` the second incarnation has another value. When that incarnation
/// starts, the survivors retain the slots from `retained_from` on.
struct RestartedNode {
    DigestedLog a, b, first, second{140};

    explicit RestartedNode(Slot odd = ~Slot{0}, Slot retained_from = 0) {
        for (DigestedLog* learner : {&a, &b}) {
            learner->learn(0, 155).survive(2, 150);
            learner->learn(155, 170).welcome(2, 140, retained_from).learn(170, 1000).stop(900);
        }
        first.learn(0, 150);
        const auto value_of = [&](Slot slot) {
            return DigestedLog::proposed(slot == odd ? 7 : slot);
        };
        second.want(150).learn(140, 1000, value_of).stop(900);
    }
    [[nodiscard]] Agreement result() const {
        const std::vector<LogOf> logs{a.log(0, true), b.log(1, true), first.log(2, false),
                                      second.log(2, true)};
        return compare(logs);
    }
};

TEST(RestartedAgreement, all_incarnations_of_a_restarted_node_are_compared) {
    const Agreement result = RestartedNode().result();
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared[2], 1000U);
    EXPECT_EQ(result.learned[2], 1000U);
    EXPECT_EQ(result.learned_total, 1000U);
    EXPECT_EQ(result.learned_by_one, 0U);
}

TEST(RestartedAgreement, a_difference_in_any_slot_of_a_second_incarnation_is_found) {
    // Both incarnations learned slots 140 to 149. Only the second one learned the later slots.
    for (const Slot odd : std::initializer_list<Slot>{140, 149, 150, 191, 192, 500, 999}) {
        const Agreement result = RestartedNode(odd).result();
        EXPECT_TRUE(result.differs) << odd;
        EXPECT_EQ(result.dissenters, NodeMask::of(2)) << odd;
        EXPECT_LE(result.differs_first, odd) << odd;
        EXPECT_GT(result.differs_end, odd) << odd;
    }
}

/// The second incarnation begins at slot 140, which no survivor retains any more. But each survivor
/// has published the sum of its digests below slot 150, where the first incarnation ended.
TEST(RestartedAgreement, a_second_incarnation_is_compared_from_the_end_of_the_first_one) {
    const Agreement result = RestartedNode(~Slot{0}, 160).result();
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared[2], 1000U) << "the first incarnation was compared up to 150";
    for (const Slot odd : std::initializer_list<Slot>{150, 191})
        EXPECT_TRUE(RestartedNode(odd, 160).result().differs) << odd;
    // Slots 140 to 149 of the second incarnation are not compared, because no survivor knows the
    // sum of its digests below slot 140.
    EXPECT_FALSE(RestartedNode(149, 160).result().differs);
}

/// Two incarnations of a node learned different values in slot 100, which no other node learned.
TEST(RestartedAgreement, incarnations_of_one_node_may_not_differ) {
    DigestedLog first, second{64};
    first.learn(0, 128);
    second.learn(64, 200, [](Slot slot) { return DigestedLog::proposed(slot == 100 ? 7 : slot); });
    const std::vector<LogOf> logs{first.log(2, false), second.log(2, true)};
    const Agreement result = compare(logs);
    EXPECT_TRUE(result.differs);
    EXPECT_EQ(result.dissenters, NodeMask::of(2));
    EXPECT_EQ(result.compared[2], 0U);
}

TEST(RestartedAgreement, a_gap_between_two_incarnations_is_not_learned) {
    DigestedLog a, first, second{200};
    a.learn(0, 155).survive(1, 150).learn(155, 1000).stop(900);
    first.learn(0, 150);
    second.learn(200, 1000).stop(900);
    const std::vector<LogOf> logs{a.log(0, true), first.log(1, false), second.log(1, true)};
    const Agreement result = compare(logs);
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.learned[1], 950U);
    EXPECT_EQ(result.learned_by_one, 50U);
    // Slots 200 to 255 are not compared: they are only a part of their interval (192 to 255), and
    // node 0 has not published the sum of its digests below slot 200.
    EXPECT_EQ(result.compared[1], 150U + (1000U - 256U));
}

}  // namespace
}  // namespace paxos::cluster::restarted_agreement_test
