// Tests of the learner: what counts as decided, in which order decisions are delivered, and how
// missing decisions are requested.
#include "paxos/learner.h"

#include <gtest/gtest.h>

#include "support/subject.h"

namespace paxos::test::learner_test {
namespace {

constexpr Slot ring = limits::Tiny::ring_slots;
constexpr Tick period = Timing{}.catch_up_ns;
constexpr int give_up_periods = Timing{}.give_up_ns / period;

/// Node 2 of three, which proposes nothing.
template <template <class> class Variant = Classic>
Subject<Variant> learner() {
    return Subject<Variant>(options_of(2, 3));
}
Message decided(Slot slot, std::uint64_t value, NodeId from = 0) {
    return decide(from, Ballot{1, 0}, slot, nodes({0, 1}), value_of(value));
}

// "To learn that a value has been chosen, a learner must find out that a proposal has been accepted
// by a majority of acceptors." A DECIDE names these acceptors.
TEST(LearnerTest, S08_a_DECIDE_without_a_quorum_is_a_violation_and_nothing_is_learned) {
    auto node = learner();
    node.step({decide(0, Ballot{1, 0}, 0, nodes({0}), value_of(1))});
    EXPECT_EQ(node.violation(), ViolationKind::decided_without_quorum);
    EXPECT_EQ(node.node().learned(), 0U);
    auto multi = learner<Multi>();
    multi.step({accept(Ballot{1, 0}, 0, value_of(1)), accept(Ballot{1, 0}, 1, value_of(2))});
    multi.step({decide(0, Ballot{1, 0}, 0, nodes({0}), {}, 2)});
    EXPECT_EQ(multi.violation(), ViolationKind::decided_without_quorum);
    EXPECT_EQ(multi.node().learned(), 0U);
}

TEST(LearnerTest, S18_a_second_decision_with_another_value_is_a_violation_never_an_overwrite) {
    auto node = learner();
    node.step({decided(0, 1)});
    node.step({decide(1, Ballot{4, 1}, 0, nodes({0, 1}), value_of(2))});
    EXPECT_EQ(node.violation(), ViolationKind::two_values_decided);
    EXPECT_EQ(node.output().violation.ballot_here, (Ballot{1, 0}));
    EXPECT_EQ(node.output().violation.ballot_there, (Ballot{4, 1}));
    EXPECT_EQ(node.output().violation.value_here, value_of(1));
    EXPECT_EQ(node.output().violation.value_there, value_of(2));
    EXPECT_EQ(node.node().value_of(0), value_of(1));
}

TEST(LearnerTest, S18_a_repeated_decision_changes_nothing) {
    auto node = learner();
    node.step({decided(0, 1)});
    node.step({decide(1, Ballot{4, 1}, 0, nodes({0, 1}), value_of(1))});
    EXPECT_EQ(node.violation(), ViolationKind::none);
    EXPECT_EQ(node.output().decisions.size(), 0U);
}

TEST(LearnerTest, S18_a_node_named_without_having_accepted_reports_a_violation) {
    auto node = learner();
    node.step({decide(0, Ballot{2, 0}, 0, nodes({0, 2}), value_of(1))});
    EXPECT_EQ(node.violation(), ViolationKind::named_without_vote) << "nothing accepted";
    node = learner();
    node.step({accept(Ballot{1, 1}, 0, value_of(1))});
    node.step({decide(0, Ballot{2, 0}, 0, nodes({0, 2}), value_of(1))});
    EXPECT_EQ(node.violation(), ViolationKind::named_without_vote)
        << "it accepted the value only at a lower ballot";
    node = learner();
    node.step({accept(Ballot{2, 0}, 0, value_of(1))});
    node.step({decide(0, Ballot{2, 0}, 0, nodes({0, 2}), value_of(9))});
    EXPECT_EQ(node.violation(), ViolationKind::named_without_vote) << "another value";
    node = learner();
    node.step({accept(Ballot{3, 1}, 0, value_of(1))});
    node.step({decide(0, Ballot{2, 0}, 0, nodes({0, 2}), value_of(1))});
    EXPECT_EQ(node.violation(), ViolationKind::none)
        << "a later vote at a higher ballot replaces the vote that is named";
}

TEST(LearnerTest, S18_a_DECIDE_without_values_teaches_only_the_slots_accepted_at_its_ballot) {
    auto node = learner<Multi>();
    node.step({accept(Ballot{1, 1}, 1, value_of(9))});  // From an older leader.
    node.step({accept(Ballot{2, 0}, 0, value_of(10)), accept(Ballot{2, 0}, 2, value_of(12))});
    node.step({accept(Ballot{3, 1}, 3, value_of(13))});  // From a newer leader.
    node.step({decide(0, Ballot{2, 0}, 0, nodes({0, 1}), {}, 5)});
    EXPECT_EQ(node.violation(), ViolationKind::none);
    EXPECT_EQ(node.node().learned(), 1U);
    node.step({decide(0, Ballot{2, 0}, 1, nodes({0, 1}), value_of(11))});
    EXPECT_EQ(node.node().learned(), 3U) << "slot 2 was learned from the range, slot 3 was not";
    EXPECT_EQ(node.node().value_of(1), value_of(11));
    EXPECT_EQ(node.node().value_of(2), value_of(12));
}

TEST(LearnerTest, S18_a_range_that_names_a_node_without_its_vote_is_a_violation) {
    auto node = learner<Multi>();
    node.step({accept(Ballot{2, 0}, 0, value_of(10))});
    node.step({decide(0, Ballot{2, 0}, 0, nodes({0, 2}), {}, 2)});
    EXPECT_EQ(node.violation(), ViolationKind::named_without_vote);
    EXPECT_EQ(node.output().violation.slot, 1U);
}

TEST(LearnerTest, S18_a_range_beyond_both_ends_of_the_ring_affects_only_slots_in_the_ring) {
    auto node = learner<Multi>();
    for (Slot slot = 0; slot < 3; ++slot) node.step({decided(slot, slot)});
    // This slot reuses the ring entry of slot 2.
    node.step({accept(Ballot{1, 0}, ring + 2, value_of(1))});
    ASSERT_EQ(node.node().retained_from(), 3U);
    node.step({decide(0, Ballot{1, 0}, 0, nodes({0, 1}), {}, 8192)});
    EXPECT_EQ(node.violation(), ViolationKind::none);
    EXPECT_EQ(node.node().learned(), 3U);
}

TEST(LearnerTest, S19_accepted_is_not_decided) {
    auto node = learner();
    node.step({accept(Ballot{1, 0}, 0, value_of(1))});
    EXPECT_EQ(node.node().learned(), 0U);
    EXPECT_EQ(node.output().decisions.size(), 0U);
    node.step({learn(1, 0, 1)});
    EXPECT_TRUE(node.sent().empty())
        << "a value that this node has accepted is not announced before it is known to be decided";
}

TEST(LearnerTest, S20_a_late_DECIDE_for_the_slot_that_had_the_ring_entry_before_does_nothing) {
    auto node = learner();
    for (Slot slot = 0; slot < 3; ++slot) node.step({decided(slot, slot)});
    node.step({accept(Ballot{1, 0}, ring, value_of(8))});
    node.step({decided(0, 77)});
    EXPECT_EQ(node.violation(), ViolationKind::none);
    node.step({prepare(Ballot{9, 1}, ring)});
    EXPECT_EQ(node.answer(), promise(2, Ballot{9, 1}, ring, Ballot{1, 0}, value_of(8)));
}

TEST(LearnerTest, S21_each_decision_is_delivered_once_in_order_without_gaps) {
    auto node = learner();
    node.step({decided(2, 2), decided(1, 1)});
    EXPECT_EQ(node.output().decisions.size(), 0U);
    node.step({decided(0, 0), decided(4, 4)});
    EXPECT_EQ(node.output().decisions.first, 0U);
    EXPECT_EQ(node.output().decisions.end, 3U);
    node.step({decided(0, 0), decided(3, 3)});
    EXPECT_EQ(node.output().decisions.first, 3U);
    EXPECT_EQ(node.output().decisions.end, 5U);
    node.step();
    EXPECT_EQ(node.output().decisions.size(), 0U);
}

TEST(LearnerTest, S20_what_a_step_learned_is_retained_until_it_is_delivered) {
    auto node = learner();
    std::vector<Message> batch;
    for (Slot slot = 0; slot < ring; ++slot) batch.push_back(decided(slot, slot));
    // This slot would reuse the ring entry of slot 0.
    batch.push_back(accept(Ballot{1, 0}, ring, value_of(ring)));
    node.step(batch);
    ASSERT_EQ(node.output().decisions.end, ring);
    for (Slot slot = 0; slot < ring; ++slot) EXPECT_EQ(node.node().value_of(slot), value_of(slot));
    EXPECT_TRUE(node.sent(MessageKind::accepted).empty());
    node.step({accept(Ballot{1, 0}, ring, value_of(ring))});
    EXPECT_EQ(node.sent(MessageKind::accepted).size(), 1U);
}

// ---- requests for missing decisions ----

TEST(LearnerTest, slots_that_a_peer_had_learned_a_period_ago_are_requested_in_runs) {
    auto node = learner();
    node.step({decided(1, 1)});
    node.header(0, 4);
    node.advance(period);
    EXPECT_TRUE(node.sent(MessageKind::learn).empty()) << "its DECIDEs may be in flight";
    node.header(0, 4);
    node.advance(period);
    const auto asked = node.sent(MessageKind::learn);
    ASSERT_EQ(asked.size(), 2U);
    EXPECT_EQ(asked[0].to, nodes({0}));
    EXPECT_EQ(asked[0].message, learn(2, 0, 1));
    EXPECT_EQ(asked[1].message, learn(2, 2, 2));
    node.step({decided(0, 0), decided(2, 2), decided(3, 3)});
    node.advance(period);
    EXPECT_TRUE(node.sent(MessageKind::learn).empty());
}

TEST(LearnerTest, holders_of_missing_decisions_are_asked_round_robin) {
    auto node = learner();
    node.header(0, 4);
    node.header(1, 4);
    node.advance(period);
    std::vector<NodeMask> asked;
    for (int i = 0; i < 6; ++i) {
        node.advance(period);
        const auto sent = node.sent(MessageKind::learn);
        asked.push_back(sent.empty() ? NodeMask{} : sent.front().to);
    }
    // No request is sent while the answer to the previous request may be in flight.
    EXPECT_EQ(asked, (std::vector{nodes({0}), NodeMask{}, nodes({1}), NodeMask{}, nodes({0}),
                                  NodeMask{}}));
}

TEST(LearnerTest, after_an_answer_the_next_missing_decisions_are_requested_at_the_next_check) {
    auto node = learner();
    node.header(0, 4);
    node.advance(period);
    node.advance(period);
    ASSERT_EQ(node.sent(MessageKind::learn).size(), 1U);
    node.step({decided(0, 1)});
    node.advance(period);
    ASSERT_EQ(node.sent(MessageKind::learn).size(), 1U);
    EXPECT_EQ(node.sent(MessageKind::learn).front().message.slot, 1U);
}

TEST(LearnerTest, far_behind_a_request_is_repeated_only_if_the_log_does_not_advance) {
    auto node = learner();
    for (int i = 0; i < 2; ++i) {
        node.header(0, 1000);
        node.header(1, 1000);
        node.advance(period);
    }
    using Slots = std::vector<SlotRange>;
    const auto asked = [&] {
        Slots slots;
        for (const Sent& one : node.sent(MessageKind::learn))
            slots.push_back(Run::of(one.message).slots);
        return slots;
    };
    EXPECT_EQ(asked(), (Slots{{0, 4}, {4, 8}}));
    node.step({decided(0, 0), decided(1, 1)});
    node.advance(period);
    EXPECT_EQ(asked(), (Slots{{8, 10}})) << "the answers for 2 to 7 may be in flight";
    node.advance(period);
    EXPECT_EQ(asked(), Slots{});
    node.advance(period);
    EXPECT_EQ(asked(), (Slots{{2, 6}, {6, 10}})) << "no answer came for two periods";
}

TEST(LearnerTest, LEARN_is_answered_with_a_bounded_number_of_decisions) {
    auto node = learner();
    for (Slot slot = 0; slot < 7; ++slot)
        if (slot != 5) node.step({decided(slot, slot)});
    node.step({learn(0, 3, 100)});
    const auto decides = node.sent(MessageKind::decide);
    ASSERT_EQ(decides.size(), 3U) << "3, 4 and 6";
    EXPECT_EQ(decides[2].message, decide(2, Ballot{1, 0}, 6, nodes({0, 1}), value_of(6)));
    node.step({learn(0, 0, 7), learn(1, 0, 7), learn(0, 0, 7)});
    EXPECT_EQ(node.sent(MessageKind::decide).size(), limits::Tiny::decisions_per_step);
    EXPECT_EQ(node.node().counters().unanswered, 3U);
    node.step({learn(1, limits::slot_max - 1, 1)});
    EXPECT_TRUE(node.sent().empty());
}

TEST(LearnerTest, slots_are_skipped_only_after_a_time_without_progress) {
    auto node = learner();
    node.step({decided(0, 0)});
    int periods = 0;
    for (; node.node().counters().skipped == 0 && periods < 2 * give_up_periods; ++periods) {
        node.header(0, 50, 43);
        node.advance(period);
        EXPECT_TRUE(node.sent(MessageKind::learn).empty()) << "there is no peer to ask";
    }
    EXPECT_GE(periods, give_up_periods + 1);
    EXPECT_LE(periods, give_up_periods + 3);
    EXPECT_EQ(node.output().skipped.first, 1U);
    EXPECT_EQ(node.output().skipped.end, 43U);
    EXPECT_EQ(node.output().decisions.first, 43U);
    EXPECT_EQ(node.node().learned(), 43U);
    EXPECT_EQ(node.node().retained_from(), 43U);
    node.step({accept(Ballot{1, 0}, 43, value_of(43))});
    EXPECT_EQ(node.sent(MessageKind::accepted).size(), 1U) << "it votes from slot 43 on";
    node.step({accept(Ballot{1, 0}, 42, value_of(42))});
    EXPECT_TRUE(node.sent().empty());
}

TEST(LearnerTest, a_pause_of_this_node_does_not_count_towards_the_wait_before_a_skip) {
    auto node = learner();
    node.step({decided(0, 0)});
    for (const Tick pause : {period, period, Tick{10'000'000'000}, period, period}) {
        node.header(0, 50, 43);
        node.advance(pause);
    }
    EXPECT_EQ(node.node().counters().skipped, 0U);
}

TEST(LearnerTest, S21_slots_are_not_skipped_in_a_step_that_delivers_decisions_below_them) {
    // A late DECIDE arrives in step `straggler_at`. The test is repeated for many values of
    // `straggler_at`, including the step in which the node would otherwise skip slots.
    for (const Tick give_up_ns : {Timing{}.give_up_ns, Tick{0}})
        for (int straggler_at = 0; straggler_at < give_up_periods + 10; ++straggler_at) {
            Options options = options_of(2, 3);
            options.timing.give_up_ns = give_up_ns;
            Subject<Classic> node(options);
            Slot delivered = 0;
            for (int i = 0; i < 3 * give_up_periods && delivered < 43; ++i) {
                node.header(0, 50, 43);
                if (i == straggler_at) {
                    node.move_clock(period);
                    node.step({decided(0, 1)});
                } else {
                    node.advance(period);
                }
                for (const auto& range : {node.output().skipped, node.output().decisions}) {
                    if (range.size() == 0) continue;
                    ASSERT_EQ(range.first, delivered) << give_up_ns << ' ' << straggler_at;
                    delivered = range.end;
                }
            }
            ASSERT_EQ(node.node().learned(), 43U);
            ASSERT_EQ(node.node().learned(), delivered);
        }
}

TEST(LearnerTest, nothing_is_skipped_while_a_peer_retains_it) {
    auto node = learner();
    NodeMask asked;
    for (int i = 0; i < 100; ++i) {
        node.header(0, 50, 43);
        node.header(1, 2, 0);
        node.advance(period);
        for (const Sent& one : node.sent(MessageKind::learn)) asked = asked | one.to;
    }
    EXPECT_EQ(node.node().counters().skipped, 0U);
    EXPECT_EQ(asked, nodes({1}));
    // From here on n1, which retains the slots, sends nothing.
    for (int i = 0; i < 4 * give_up_periods; ++i) {
        node.header(0, 50, 43);
        node.advance(period);
    }
    EXPECT_EQ(node.node().counters().skipped, 43U);
}

TEST(LearnerTest, S42_decisions_are_pushed_to_every_unheard_peer_even_if_several_peers_are_due) {
    constexpr std::size_t node_count = 11;
    Subject<Classic> node(options_of(2, node_count));
    node.step({decide(0, Ballot{1, 0}, 0, nodes({0, 1, 3, 4, 5, 6}), value_of(1))});
    NodeMask sent_to;
    // In each millisecond one more peer is due for a push. A step takes two milliseconds, so two
    // peers are due in each step.
    for (int step = 0; step < 300; ++step) {
        node.advance(2 * Timing{}.contact_ns / (node_count - 1));
        for (const Sent& one : node.sent(MessageKind::decide)) sent_to = sent_to | one.to;
    }
    EXPECT_EQ(sent_to, NodeMask::first(node_count) - NodeMask::of(2));
}

}  // namespace
}  // namespace paxos::test::learner_test
