// The comparison of digests, on boards built by hand: it finds agreement and every planted
// difference.
#include "cluster/agreement.h"

#include <functional>
#include <map>
#include <memory>

#include <gtest/gtest.h>

#include "node/checkpointer.h"
#include "node/digest.h"
#include "node/digester.h"
#include "paxos/value_source.h"
#include "trace/words.h"

namespace paxos::cluster::digest_agreement_test {
namespace {

using node::Checkpoints;
using node::Digester;
using node::Digests;

/// The digests of a node that learns given slots.
class Learner {
public:
    Learner() : Learner(0) {}
    /// A later life of a node, which begins with slot `begin`.
    explicit Learner(Slot begin)
        : digests_(std::make_unique<Digests>()),
          checkpoints_(std::make_unique<Checkpoints>()),
          digester_(std::make_unique<Digester>(*digests_, checkpoints_->own)),
          checkpointer_(*checkpoints_),
          begin_(begin) {
        digester_->begin(begin);
    }

    Learner& learn(Slot first, Slot end, const std::function<Value(Slot)>& value_of) {
        for (Slot slot = first; slot < end; ++slot) {
            values_[slot] = value_of(slot);
            digester_->add(slot, node::digest_of(slot, values_[slot]), 1);
            if (slot + 1 == checkpointer_.next()) checkpointer_.reach(digester_->total());
        }
        digester_->complete(end);
        return *this;
    }
    Learner& learn(Slot first, Slot end) {
        return learn(first, end, [](Slot slot) { return proposed(slot); });
    }
    /// As a node that was left behind: its log continues at `end`; it never learns the slots below.
    Learner& skip_to(Slot end) {
        skipped_ = {digester_->total().end, end};
        digester_->complete(end);
        if (end >= checkpointer_.next()) checkpointer_.reach(digester_->total());
        return *this;
    }
    /// Is notified that `node` has died, with its log ending at `end`. This learner retains its own
    /// slots from `retained_from` on.
    Learner& survive(NodeId node, Slot end, Slot retained_from = 0) {
        ended_.add(node);
        checkpointer_.note_ended(
            ended_, [&](NodeId) { return end; }, digester_->total(), retained_from, values_in());
        return *this;
    }
    /// Is notified that `node`, which had died, runs again. It had learned the slots below
    /// `recovered`.
    Learner& welcome(NodeId node, Slot recovered, Slot retained_from = 0) {
        ended_.remove(node);
        checkpointer_.note_ended(
            ended_, [&](NodeId) { return recovered; }, digester_->total(), retained_from,
            values_in());
        return *this;
    }
    /// Publishes its own sum at `slot`, which it has not reached.
    Learner& want(Slot slot) {
        checkpointer_.want(slot);
        return *this;
    }
    /// Stops cleanly, and publishes a hash of each slot from `retained_from` on.
    Learner& stop(Slot retained_from = 0) {
        checkpointer_.publish_retained(retained_from, digester_->total().end, values_in());
        return *this;
    }
    /// As if killed between writing entries and publishing their count.
    Learner& write_unpublished(Slot slot) {
        digester_->add(slot, node::digest_of(slot, proposed(slot)), 1);
        return *this;
    }
    Digests& digests() { return *digests_; }
    Checkpoints& checkpoints() { return *checkpoints_; }
    [[nodiscard]] SlotRange skipped() const { return skipped_; }
    [[nodiscard]] LogOf log(NodeId node, bool stopped_cleanly) const {
        return {node, digests_.get(), checkpoints_.get(), stopped_cleanly, skipped_, begin_};
    }

    static Value proposed(Slot slot) { return ValueSource{7, 5}.value_of(0, slot); }

private:
    /// The value of the first requested slot.
    std::function<std::span<const Value>(Slot, Slot)> values_in() {
        return [this](Slot first, Slot) { return std::span<const Value>{&values_.at(first), 1}; };
    }

    std::unique_ptr<Digests> digests_;
    std::unique_ptr<Checkpoints> checkpoints_;
    std::unique_ptr<Digester> digester_;
    node::Checkpointer checkpointer_;
    std::map<Slot, Value> values_;
    NodeMask ended_;
    SlotRange skipped_;
    Slot begin_;
};

Agreement compare_all(std::initializer_list<Learner*> learners, NodeMask died = NodeMask{}) {
    std::vector<LogOf> logs;
    for (Learner* learner : learners) {
        const auto node = static_cast<NodeId>(logs.size());
        logs.push_back(learner->log(node, !died.has(node)));
    }
    return compare(logs);
}

TEST(DigestAgreement, equal_logs_agree_on_every_slot) {
    Learner a, b, c;
    for (Learner* learner : {&a, &b, &c}) learner->learn(0, 1000);
    const Agreement result = compare_all({&a, &b, &c});
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared_total, 1000U);
    EXPECT_EQ(result.compared[0], 1000U);
    EXPECT_EQ(result.compared[2], 1000U);
    EXPECT_EQ(digest_of_log(a.digests()), digest_of_log(b.digests()));
    EXPECT_EQ(slots_of_log(a.digests()), 1000U);
}

TEST(DigestAgreement, three_slots_are_compared_although_no_interval_is_full) {
    Learner a, b;
    a.learn(0, 3);
    b.learn(0, 3);
    EXPECT_EQ(compare_all({&a, &b}).compared_total, 3U);
}

TEST(DigestAgreement, one_flipped_bit_is_found_and_its_node_named) {
    for (const Slot flipped : {Slot{0}, Slot{500}, Slot{999}}) {
        Learner a, b, c;
        a.learn(0, 1000);
        b.learn(0, 1000, [&](Slot slot) {
            Value value = Learner::proposed(slot);
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
    Learner a, b;
    a.learn(0, 64);
    b.learn(0, 64, [](Slot slot) { return Learner::proposed(slot / 2 == 5 ? slot ^ 1 : slot); });
    EXPECT_TRUE(compare_all({&a, &b}).differs);
}

TEST(DigestAgreement, a_slot_with_its_neighbours_value_is_found_although_the_counts_are_equal) {
    // Slot 9 has the value of slot 8: the count fits, the sum does not.
    Learner a, b;
    a.learn(0, 64);
    b.learn(0, 64, [](Slot slot) { return Learner::proposed(slot == 9 ? 8 : slot); });
    EXPECT_TRUE(compare_all({&a, &b}).differs);
}

TEST(DigestAgreement, digests_with_intervals_of_different_sizes_are_compared) {
    // 4096 intervals of 64 slots hold 262144 slots, so the intervals double four times.
    constexpr Slot many = 3'000'000;
    Learner far, near;
    far.learn(0, many);
    near.learn(0, 200'000);
    ASSERT_GT(far.digests().log2_size.get(), near.digests().log2_size.get());
    const Agreement result = compare_all({&far, &near}, NodeMask::of(1));
    EXPECT_FALSE(result.differs);
    const Slot interval = Slot{1} << far.digests().log2_size.get();
    EXPECT_EQ(result.compared_total, 200'000 / interval * interval);
}

TEST(DigestAgreement, a_difference_is_found_across_interval_sizes) {
    Learner far, near;
    far.learn(0, 1'000'000);
    near.learn(0, 100'000, [](Slot slot) { return Learner::proposed(slot == 77 ? 78 : slot); });
    EXPECT_TRUE(compare_all({&far, &near}, NodeMask::of(1)).differs);
}

TEST(DigestAgreement, unpublished_entries_of_a_dead_node_are_ignored) {
    Learner a, b, dead;
    a.learn(0, 1000);
    b.learn(0, 1000);
    dead.learn(0, 130).write_unpublished(130);
    const Agreement result = compare_all({&a, &b, &dead}, NodeMask::of(2));
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared[2], 128U);  // Two whole intervals of 64.
    EXPECT_EQ(result.compared[0], 1000U);
}

TEST(DigestAgreement, the_unfinished_interval_of_a_dead_node_is_compared_by_its_prefix) {
    // The node added a slot to the interval's sum and died before it counted the slot.
    Learner a, b, dead;
    for (Learner* learner : {&a, &b, &dead}) learner->learn(0, 130);
    dead.digests().entry[2].add(node::digest_of(130, Learner::proposed(130)));
    const Agreement result = compare_all({&a, &b, &dead}, NodeMask::of(2));
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared[2], 130U);
}

TEST(DigestAgreement, a_dead_nodes_whole_log_is_compared_with_survivors_ahead_and_behind) {
    for (const bool is_odd : {false, true}) {
        Learner ahead, behind, dead;
        ahead.learn(0, 1000).survive(2, 150).learn(1000, 2000);
        behind.learn(0, 140).survive(2, 150).learn(140, 2000);
        dead.learn(0, 150,
                   [&](Slot slot) { return Learner::proposed(is_odd && slot == 149 ? 7 : slot); });
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

TEST(DigestAgreement, one_survivor_at_the_end_of_each_dead_nodes_log_is_enough) {
    Learner a, first, second;
    first.learn(0, 150);
    second.learn(0, 100).survive(1, 150).learn(100, 300);
    a.learn(0, 200).survive(1, 150).learn(200, 290).survive(2, 300).learn(290, 1000);
    const Agreement result = compare_all({&a, &first, &second}, NodeMask::of(1) | NodeMask::of(2));
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared[1], 150U);
    EXPECT_EQ(result.compared[2], 300U);
}

TEST(DigestAgreement, a_survivor_that_retains_too_little_or_skips_the_slot_is_not_compared_there) {
    Learner forgot, skipped, dead;
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
        Learner a, b, c;
        a.learn(0, 155).stop(100);
        b.learn(0, 151, [&](Slot slot) {
             return Learner::proposed(slot == odd ? 7 : slot);
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
    Learner a, b, dead;
    a.learn(0, 1000);
    b.learn(0, 1000);
    dead.learn(0, 130, [](Slot slot) { return Learner::proposed(slot + 1); });
    const Agreement result = compare_all({&a, &b, &dead}, NodeMask::of(2));
    EXPECT_TRUE(result.differs);
    EXPECT_EQ(result.dissenters, NodeMask::of(2));
}

TEST(DigestAgreement, an_interval_with_skipped_slots_is_not_compared) {
    Learner a, b, behind;
    a.learn(0, 640);
    b.learn(0, 640);
    behind.learn(0, 100).skip_to(200).learn(200, 640);
    const Agreement result = compare_all({&a, &b, &behind});
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared[2], 64U + (640U - 256U));  // Not [64, 128), [128, 192), [192, 256).
    EXPECT_EQ(result.compared[0], 640U);
}

TEST(DigestAgreement, a_node_that_died_while_doubling_its_intervals_is_not_compared) {
    Learner a, b, dead;
    a.learn(0, 1000);
    b.learn(0, 1000);
    dead.learn(0, 900);
    dead.digests().log2_size.set(Digests::folding);
    const Agreement result = compare_all({&a, &b, &dead}, NodeMask::of(2));
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared[2], 0U)
        << "no node noticed its death, so its prefix cannot be compared either";
    EXPECT_EQ(result.compared_total, 1000U);
}

TEST(DigestAgreement, a_node_that_learned_nothing_is_not_compared) {
    Learner a, b, empty;
    a.learn(0, 100);
    b.learn(0, 100);
    const Agreement result = compare_all({&a, &b, &empty}, NodeMask::of(2));
    EXPECT_EQ(result.compared[2], 0U);
    EXPECT_EQ(result.compared_total, 100U);
}

TEST(DigestAgreement, a_difference_of_two_against_two_names_both_groups) {
    Learner a, b, c, d;
    a.learn(0, 64);
    b.learn(0, 64);
    for (Learner* learner : {&c, &d})
        learner->learn(0, 64, [](Slot slot) { return Learner::proposed(slot + 5); });
    const Agreement result = compare_all({&a, &b, &c, &d});
    ASSERT_EQ(result.groups.size(), 2U);
    EXPECT_EQ(trace::names_of(result.groups[0]), "n0 n1");
    EXPECT_EQ(trace::names_of(result.groups[1]), "n2 n3");
}

TEST(DigestAgreement, unfinished_intervals_that_end_at_different_slots_do_not_differ) {
    Learner a, b, c, d;
    a.learn(0, 70);
    b.learn(0, 70);
    c.learn(0, 75);
    d.learn(0, 75);
    const Agreement result = compare_all({&a, &b, &c, &d});
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared_total, 75U);
    EXPECT_EQ(result.compared[0], 70U);
}

// ---- restarted nodes ----

/// Nodes 0 and 1 survive; node 2 is killed at slot 150 and recovers the slots below 140. In slot
/// `odd` its second life has another value.
struct RestartedNode {
    Learner a, b, first, second{140};

    explicit RestartedNode(Slot odd = ~Slot{0}, Slot retained_from = 0) {
        for (Learner* learner : {&a, &b}) {
            learner->learn(0, 155).survive(2, 150);
            learner->learn(155, 170).welcome(2, 140, retained_from).learn(170, 1000).stop(900);
        }
        first.learn(0, 150);
        const auto value_of = [&](Slot slot) { return Learner::proposed(slot == odd ? 7 : slot); };
        second.want(150).learn(140, 1000, value_of).stop(900);
    }
    [[nodiscard]] Agreement result() const {
        const std::vector<LogOf> logs{a.log(0, true), b.log(1, true), first.log(2, false),
                                      second.log(2, true)};
        return compare(logs);
    }
};

TEST(DigestAgreement, all_lives_of_a_restarted_node_are_compared) {
    const Agreement result = RestartedNode().result();
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared[2], 1000U);
    EXPECT_EQ(result.learned[2], 1000U);
    EXPECT_EQ(result.learned_total, 1000U);
    EXPECT_EQ(result.learned_by_one, 0U);
}

TEST(DigestAgreement, a_difference_in_any_slot_of_a_second_life_is_found) {
    // Slots that it learned again, the first ones that it learned first, and later ones.
    for (const Slot odd : {140, 149, 150, 191, 192, 500, 999}) {
        const Agreement result = RestartedNode(odd).result();
        EXPECT_TRUE(result.differs) << odd;
        EXPECT_EQ(result.dissenters, NodeMask::of(2)) << odd;
        EXPECT_LE(result.differs_first, odd) << odd;
        EXPECT_GT(result.differs_end, odd) << odd;
    }
}

/// Nobody retains the slot from which the second life learned, but the survivors know their sums at
/// the end of the first life.
TEST(DigestAgreement, a_second_life_is_compared_from_the_end_of_the_first_one) {
    const Agreement result = RestartedNode(~Slot{0}, 160).result();
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.compared[2], 1000U) << "the first life was compared up to 150";
    for (const Slot odd : {150, 191}) EXPECT_TRUE(RestartedNode(odd, 160).result().differs) << odd;
    // Nobody has a sum for the slots that only the second life learned again.
    EXPECT_FALSE(RestartedNode(149, 160).result().differs);
}

/// Slots that a node's second life recorded otherwise than its first one, and no other node at all.
TEST(DigestAgreement, lives_of_one_node_may_not_differ) {
    Learner first, second{64};
    first.learn(0, 128);
    second.learn(64, 200, [](Slot slot) { return Learner::proposed(slot == 100 ? 7 : slot); });
    const std::vector<LogOf> logs{first.log(2, false), second.log(2, true)};
    const Agreement result = compare(logs);
    EXPECT_TRUE(result.differs);
    EXPECT_EQ(result.dissenters, NodeMask::of(2));
    EXPECT_EQ(result.compared[2], 0U);
}

TEST(DigestAgreement, a_gap_between_two_lives_is_not_learned) {
    Learner a, first, second{200};
    a.learn(0, 155).survive(1, 150).learn(155, 1000).stop(900);
    first.learn(0, 150);
    second.learn(200, 1000).stop(900);
    const std::vector<LogOf> logs{a.log(0, true), first.log(1, false), second.log(1, true)};
    const Agreement result = compare(logs);
    EXPECT_FALSE(result.differs);
    EXPECT_EQ(result.learned[1], 950U);
    EXPECT_EQ(result.learned_by_one, 50U);
    EXPECT_EQ(result.compared[1], 150U + (1000U - 256U));  // Not [200, 256).
}

}  // namespace
}  // namespace paxos::cluster::digest_agreement_test
