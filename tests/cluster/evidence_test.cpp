// check_evidence() checks that each sampled decision had its quorum. It compares the acceptances
// that nodes recorded with the quorums that the decisions name.
#include "cluster/evidence.h"

#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "node/evidence_recorder.h"

namespace paxos::cluster::evidence_test {
namespace {

using node::Evidence;
using testing::HasSubstr;

constexpr Ballot none{};
const Ballot first{1, 0}, second{2, 1};

/// Three nodes. Each call of learn() records one slot at one node.
class EvidenceTest : public testing::Test {
protected:
    void learn(NodeId node, Slot slot, NodeMask by, Ballot decided, Ballot accepted,
               std::uint64_t value = 7) {
        const LogSlot place{slot, SlotState::learned(accepted, decided, by),
                            Value{.words = {value}}};
        // Each call uses a new recorder, so that a test may overwrite a slot.
        node::EvidenceRecorder recorder(*boards_[node]);
        recorder.add({slot, slot + 1}, [&](Slot) { return place; });
        recorder.complete(slot + 1);
    }
    EvidenceCheck check() {
        std::vector<EvidenceOf> all;
        for (NodeId node = 0; node < 3; ++node) all.push_back({node, boards_[node].get()});
        return check_evidence(all, Quorum{3});
    }

    static constexpr NodeMask by_01 = NodeMask{0b011}, by_12 = NodeMask{0b110};
    std::array<std::unique_ptr<Evidence>, 3> boards_{
        std::make_unique<Evidence>(), std::make_unique<Evidence>(), std::make_unique<Evidence>()};
};

TEST_F(EvidenceTest, S18_a_quorum_that_accepted_is_verified) {
    learn(0, 0, by_01, first, first);
    learn(1, 0, by_01, first, first);
    learn(2, 0, by_01, first, none);  // n2 learned without voting. No decision names n2.
    EXPECT_FALSE(check().is_broken) << check().reason;
    EXPECT_EQ(check().every, 1U);
    EXPECT_EQ(check().sampled, 1U);
    EXPECT_EQ(check().verified, 1U);
}

TEST_F(EvidenceTest, S18_a_later_acceptance_at_a_higher_ballot_does_not_contradict_the_decision) {
    learn(0, 0, by_01, first, second);
    learn(1, 0, by_01, first, first);
    EXPECT_FALSE(check().is_broken) << check().reason;
    EXPECT_EQ(check().verified, 1U);
}

TEST_F(EvidenceTest, S18_two_ballots_may_decide_the_same_value_by_different_quorums) {
    learn(0, 0, by_01, first, first);
    learn(1, 0, by_12, second, second);
    learn(2, 0, by_12, second, second);
    EXPECT_FALSE(check().is_broken) << check().reason;
    EXPECT_EQ(check().verified, 1U);
}

TEST_F(EvidenceTest, S18_a_named_node_without_a_record_leaves_the_slot_unverified) {
    learn(0, 0, by_01, first, first);
    learn(2, 0, by_01, first, none);
    EXPECT_FALSE(check().is_broken) << check().reason;
    EXPECT_EQ(check().sampled, 1U);
    EXPECT_EQ(check().verified, 0U);
}

TEST_F(EvidenceTest, S18_a_decision_by_less_than_a_quorum_is_found) {
    learn(0, 0, NodeMask::of(0), first, first);
    EXPECT_TRUE(check().is_broken);
    EXPECT_EQ(check().reason, "n0 learned a decision at 1.n0 by n0, which is not a quorum");
}

TEST_F(EvidenceTest, S18_a_named_node_that_did_not_accept_or_only_at_a_lower_ballot_is_found) {
    learn(0, 0, by_12, second, second);
    learn(2, 0, by_12, second, first);
    EXPECT_TRUE(check().is_broken);
    EXPECT_THAT(check().reason, HasSubstr("by n1 n2, but n2 accepted only at 1.n0"));
    learn(1, 3, by_12, second, none);
    EXPECT_EQ(check().slot, 0U) << "the message names the first violation";
    learn(2, 0, by_12, second, second);
    EXPECT_EQ(check().slot, 3U);
    EXPECT_THAT(check().reason, HasSubstr("but n1 accepted no value"));
}

TEST_F(EvidenceTest, S18_two_values_and_two_quorums_of_one_ballot_are_found) {
    learn(0, 0, by_01, first, first);
    learn(1, 0, by_01, first, first, 8);
    EXPECT_EQ(check().reason, "n0 and n1 learned different values");
    learn(1, 0, by_12, first, first);
    EXPECT_EQ(check().reason,
              "n0 learned a decision at 1.n0 by n0 n1, and n1 learned a decision at 1.n0 by n1 n2");
}

TEST_F(EvidenceTest, entries_are_not_used_before_they_are_published_or_while_they_are_moved) {
    learn(0, 0, by_01, first, first);
    learn(1, 0, by_01, first, none);
    EXPECT_TRUE(check().is_broken);
    boards_[1]->end.set(0);
    EXPECT_FALSE(check().is_broken);
    boards_[1]->end.set(1);
    boards_[1]->log2_step.set(Evidence::doubling);
    EXPECT_FALSE(check().is_broken);
    EXPECT_EQ(check().sampled, 1U);
}

TEST_F(EvidenceTest, the_sampling_step_doubles_and_nodes_with_different_steps_are_compared) {
    constexpr Slot far = 3 * Evidence::entries_max;  // The sampling step doubles twice.
    node::EvidenceRecorder recorder(*boards_[0]);
    for (Slot slot = 0; slot < far; ++slot) {
        const LogSlot place{slot, SlotState::learned(first, first, by_01), Value{.words = {slot}}};
        recorder.add({slot, slot + 1}, [&](Slot) { return place; });
        recorder.complete(slot + 1);
    }
    for (Slot slot = 0; slot < 10; ++slot) learn(1, slot, by_01, first, first, slot);
    EXPECT_FALSE(check().is_broken) << check().reason;
    EXPECT_EQ(check().every, 4U);
    EXPECT_EQ(check().sampled, far / 4);
    EXPECT_EQ(check().verified, 3U);  // Slots 0, 4 and 8.
    learn(1, 8, by_01, first, none, 8);
    EXPECT_TRUE(check().is_broken);
    EXPECT_EQ(check().slot, 8U);
}

TEST_F(EvidenceTest, a_known_end_of_the_run_fixes_the_sampling_step_from_the_start) {
    for (const auto& [slot_end, log2_step] : {std::pair<Slot, unsigned>{0, 0},
                                              {4096, 0},
                                              {4097, 1},
                                              {106544, 5},
                                              {std::uint64_t{1} << 40, 28}}) {
        Evidence evidence;
        const node::EvidenceRecorder recorder(evidence, slot_end);
        EXPECT_EQ(evidence.log2_step.get(), log2_step) << slot_end;
    }
}

}  // namespace
}  // namespace paxos::cluster::evidence_test
