// Tests of the acceptor, by itself and in a node. There is a test for each sentence of "Paxos Made
// Simple" about the acceptor, and for each rule of the acceptor (docs/safety.md).
#include "paxos/acceptor.h"

#include <gtest/gtest.h>

#include "support/subject.h"

namespace paxos::test::acceptor_test {
namespace {

using Sizes = limits::Tiny;

/// An acceptor with a log of its own. `classic` uses PromiseScope::slot, and `multi` uses
/// PromiseScope::whole_log.
template <PromiseScope scope>
struct Alone {
    Log<Sizes> log;
    Acceptor<Sizes, scope> acceptor{1};
    Records<Sizes> records;  // Keeps nothing, as in memory-only mode.
    LogSlot known{};         // The first slot of the last answer, read after that answer.

    Answer prepare(Slot slot, Ballot ballot) {
        return keep(acceptor.prepare(log, {slot, slot + 1}, ballot, records));
    }
    Answer accept(Slot slot, Ballot ballot, std::uint64_t number) {
        const Value value = value_of(number);
        return keep(
            acceptor.accept(log, {slot, slot + 1}, ballot, Values::at(value, slot), records));
    }
    Answer keep(Answered answered) {
        known = log.at(answered.slots.first);
        return answered.answer;
    }
    Ballot promised(Slot slot) { return acceptor.promised(log.at(slot).state); }
    void learn_up_to(Slot end) {
        log.begin_step();
        for (Slot slot = log.learned(); slot < end; ++slot) {
            log.learn(log.open({slot, slot + 1}), Ballot{1, 0}, nodes({0, 1}));
            log.advance();
            log.begin_step();
        }
    }
};
using AcceptorOfSlots = Alone<PromiseScope::slot>;
using AcceptorOfLog = Alone<PromiseScope::whole_log>;

// "If an acceptor receives a prepare request with number n greater than that of any prepare request
// to which it has already responded, then it responds to the request with a promise not to accept
// any more proposals numbered less than n and with the highest-numbered proposal (if any) that it
// has accepted."
TEST(AcceptorTest, S01_promises_a_ballot_above_every_promised_one) {
    AcceptorOfSlots it;
    EXPECT_EQ(it.prepare(0, Ballot{1, 2}), Answer::yes);
    EXPECT_EQ(it.prepare(0, Ballot{2, 0}), Answer::yes);
    EXPECT_EQ(it.promised(0), (Ballot{2, 0}));
}

TEST(AcceptorTest, S01_an_equal_ballot_is_a_repeat_and_is_answered_again) {
    AcceptorOfSlots it;
    EXPECT_EQ(it.prepare(0, Ballot{3, 1}), Answer::yes);
    EXPECT_EQ(it.prepare(0, Ballot{3, 1}), Answer::yes);
    EXPECT_EQ(it.prepare(0, Ballot{3, 0}), Answer::refused);
}

TEST(AcceptorTest, S01_a_repeat_is_answered_with_what_is_accepted_now) {
    Subject<Classic> node(options_of(2, 3));
    EXPECT_TRUE(node.step({prepare(Ballot{3, 1}, 0)}).front().message.accepted().is_none());
    node.step({accept(Ballot{3, 1}, 0, value_of(7))});
    node.step({prepare(Ballot{3, 1}, 0)});
    EXPECT_EQ(node.answer(), promise(2, Ballot{3, 1}, 0, Ballot{3, 1}, value_of(7)));
}

TEST(AcceptorTest, S01_a_promise_names_the_highest_accepted_proposal) {
    Subject<Classic> node(options_of(2, 3));
    node.step({accept(Ballot{1, 0}, 0, value_of(1))});
    node.step({accept(Ballot{2, 1}, 0, value_of(2))});
    node.step({prepare(Ballot{5, 0}, 0)});
    EXPECT_EQ(node.answer(), promise(2, Ballot{5, 0}, 0, Ballot{2, 1}, value_of(2)));
}

// "an acceptor can ignore any request without compromising safety". Our acceptor answers a lower
// ballot with a refusal. It must not promise the lower ballot.
TEST(AcceptorTest, S01_a_lower_ballot_is_not_promised) {
    AcceptorOfSlots it;
    ASSERT_EQ(it.prepare(0, Ballot{2, 0}), Answer::yes);
    EXPECT_EQ(it.prepare(0, Ballot{1, 2}), Answer::refused);
    EXPECT_EQ(it.promised(0), (Ballot{2, 0}));
}

// "If an acceptor receives an accept request for a proposal numbered n, it accepts the proposal
// unless it has already responded to a prepare request having a number greater than n."
TEST(AcceptorTest, S02_accepts_the_promised_ballot_and_no_lower_one) {
    AcceptorOfSlots it;
    ASSERT_EQ(it.prepare(0, Ballot{2, 1}), Answer::yes);
    EXPECT_EQ(it.accept(0, Ballot{2, 0}, 5), Answer::refused);
    EXPECT_EQ(it.accept(0, Ballot{1, 2}, 5), Answer::refused);
    EXPECT_TRUE(it.known.state.accepted.is_none());
    EXPECT_EQ(it.accept(0, Ballot{2, 1}, 6), Answer::yes);
    EXPECT_EQ(it.known.value, value_of(6));
}

TEST(AcceptorTest, S02_accepting_raises_the_promise_in_the_same_step) {
    AcceptorOfSlots it;
    ASSERT_EQ(it.accept(0, Ballot{5, 0}, 1), Answer::yes);
    EXPECT_EQ(it.promised(0), (Ballot{5, 0}));
    EXPECT_EQ(it.prepare(0, Ballot{4, 2}), Answer::refused);
    EXPECT_EQ(it.accept(0, Ballot{4, 2}, 2), Answer::refused);
    AcceptorOfLog log;
    ASSERT_EQ(log.accept(0, Ballot{5, 0}, 1), Answer::yes);
    EXPECT_FALSE(log.acceptor.prepare_log(Ballot{4, 2}, log.records));
    EXPECT_EQ(log.accept(3, Ballot{4, 2}, 2), Answer::refused);
}

TEST(AcceptorTest, S03_accepts_a_ballot_above_the_promised_one) {
    AcceptorOfSlots it;
    ASSERT_EQ(it.prepare(0, Ballot{2, 0}), Answer::yes);
    EXPECT_EQ(it.accept(0, Ballot{2, 1}, 1), Answer::yes);
    EXPECT_EQ(it.accept(0, Ballot{9, 0}, 2), Answer::yes);
    EXPECT_EQ(it.known.state.accepted, (Ballot{9, 0}));
}

TEST(AcceptorTest, S04_equal_counters_of_two_nodes_are_two_ballots) {
    AcceptorOfSlots it;
    ASSERT_EQ(it.prepare(0, Ballot{1, 1}), Answer::yes);
    EXPECT_EQ(it.prepare(0, Ballot{1, 0}), Answer::refused);
    EXPECT_EQ(it.prepare(0, Ballot{1, 2}), Answer::yes);
    EXPECT_EQ(it.accept(0, Ballot{1, 1}, 1), Answer::refused);
}

TEST(AcceptorTest, S04_the_last_counter_is_above_all_others) {
    AcceptorOfSlots it;
    ASSERT_EQ(it.prepare(0, Ballot{limits::ballot_counter_max, 0}), Answer::yes);
    EXPECT_EQ(it.prepare(0, Ballot{1, 2}), Answer::refused);
    EXPECT_EQ(it.prepare(0, Ballot{limits::ballot_counter_max, 1}), Answer::yes);
}

TEST(AcceptorTest, S05_a_slots_promise_stands_until_the_slot_is_learned) {
    AcceptorOfSlots it;
    ASSERT_EQ(it.prepare(5, Ballot{7, 0}), Answer::yes);
    it.learn_up_to(5);
    EXPECT_EQ(it.promised(5), (Ballot{7, 0}));
    EXPECT_EQ(it.accept(5, Ballot{6, 1}, 1), Answer::refused);
}

TEST(AcceptorTest, S05_skipping_slots_keeps_the_promises_and_votes_for_higher_slots) {
    AcceptorOfSlots it;
    ASSERT_EQ(it.prepare(6, Ballot{7, 0}), Answer::yes);
    ASSERT_EQ(it.accept(7, Ballot{8, 0}, 3), Answer::yes);
    it.log.skip_to(6);
    EXPECT_EQ(it.prepare(6, Ballot{6, 2}), Answer::refused);
    EXPECT_EQ(it.prepare(7, Ballot{9, 0}), Answer::yes);
    EXPECT_EQ(it.known.state.accepted, (Ballot{8, 0}));
    EXPECT_EQ(it.prepare(5, Ballot{9, 0}), Answer::outside)
        << "S20: no vote in a slot that it no longer retains";
}

TEST(AcceptorTest, S05_a_promise_for_the_log_holds_after_every_place_in_the_ring_is_reused) {
    AcceptorOfLog it;
    ASSERT_TRUE(it.acceptor.prepare_log(Ballot{5, 1}, it.records));
    it.learn_up_to(3 * Sizes::ring_slots);
    // The promise was never written to the ring entry of this slot.
    const Slot fresh = it.log.learned() + 2;
    EXPECT_EQ(it.accept(fresh, Ballot{4, 0}, 1), Answer::refused);
    EXPECT_FALSE(it.acceptor.prepare_log(Ballot{4, 2}, it.records));
    EXPECT_EQ(it.accept(fresh, Ballot{5, 1}, 1), Answer::yes);
}

TEST(AcceptorTest, S05_no_change_of_role_resets_a_promise) {
    Subject<Multi> node(options_of(0, 3));
    node.offer(10);
    node.step();  // The node proposes at 1.n0.
    node.step({prepare_log(Ballot{4, 1}, 0)});
    EXPECT_FALSE(node.node().is_proposing());
    node.step({accept(Ballot{3, 2}, 0, value_of(1))});
    ASSERT_EQ(node.sent(MessageKind::nack).size(), 1U);
    EXPECT_EQ(node.sent(MessageKind::nack).front().message.promised(), (Ballot{4, 1}));
}

TEST(AcceptorTest, S06_a_vote_is_recorded_before_its_answer_is_sent) {
    Subject<Classic> node(options_of(1, 3));
    node.step({accept(Ballot{1, 0}, 0, value_of(1)), prepare(Ballot{2, 2}, 0)});
    ASSERT_EQ(node.sent(MessageKind::promise).size(), 1U);
    EXPECT_EQ(node.sent(MessageKind::promise).front().message.accepted(), (Ballot{1, 0}));
}

TEST(AcceptorTest, S07_a_refusal_is_a_NACK_that_names_the_higher_ballot) {
    Subject<Classic> node(options_of(2, 3));
    node.step({prepare(Ballot{5, 1}, 3)});
    node.step({prepare(Ballot{4, 0}, 3)});
    EXPECT_EQ(node.answer(), nack(2, Ballot{4, 0}, 3, Ballot{5, 1}));
    node.step({accept(Ballot{4, 0}, 3, value_of(1))});
    EXPECT_EQ(node.answer(), nack(2, Ballot{4, 0}, 3, Ballot{5, 1}));
    Subject<Multi> other(options_of(2, 3));
    other.step({prepare_log(Ballot{5, 1}, 0)});
    other.step({prepare_log(Ballot{4, 0}, 0)});
    ASSERT_EQ(other.answer().kind, MessageKind::nack);
    EXPECT_EQ(other.answer().promised(), (Ballot{5, 1}));
}

TEST(AcceptorTest, S11_a_second_value_at_one_ballot_is_not_accepted) {
    AcceptorOfSlots it;
    ASSERT_EQ(it.accept(0, Ballot{1, 0}, 1), Answer::yes);
    EXPECT_EQ(it.accept(0, Ballot{1, 0}, 1), Answer::yes) << "a repeat";
    EXPECT_EQ(it.accept(0, Ballot{1, 0}, 2), Answer::two_values);
    EXPECT_EQ(it.known.value, value_of(1));
    Subject<Classic> node(options_of(1, 3));
    node.step({accept(Ballot{1, 0}, 0, value_of(1))});
    node.step({accept(Ballot{1, 0}, 0, value_of(2))});
    EXPECT_EQ(node.violation(), ViolationKind::two_values_at_a_ballot);
    EXPECT_TRUE(node.sent(MessageKind::accepted).empty());
}

TEST(AcceptorTest, a_learned_slot_is_answered_with_its_decision) {
    Subject<Classic> node(options_of(2, 3));
    node.step({decide(0, Ballot{1, 0}, 0, nodes({0, 1}), value_of(4))});
    for (const Message& request :
         {prepare(Ballot{9, 1}, 0), accept(Ballot{9, 1}, 0, value_of(5))}) {
        node.step({request});
        EXPECT_EQ(node.answer(), decide(2, Ballot{1, 0}, 0, nodes({0, 1}), value_of(4)));
    }
}

TEST(AcceptorTest, S20_no_vote_below_retained_slots_or_above_the_ring) {
    AcceptorOfSlots it;
    EXPECT_EQ(it.prepare(Sizes::ring_slots, Ballot{1, 0}), Answer::outside);
    EXPECT_EQ(it.accept(Sizes::ring_slots, Ballot{1, 0}, 1), Answer::outside);
    EXPECT_EQ(it.accept(limits::slot_max - 1, Ballot{1, 0}, 1), Answer::outside);
    it.learn_up_to(3);
    // This slot reuses the ring entry of slot 1.
    ASSERT_EQ(it.prepare(Sizes::ring_slots + 1, Ballot{1, 0}), Answer::yes);
    EXPECT_EQ(it.prepare(0, Ballot{9, 0}), Answer::outside)
        << "retained slots are contiguous, so slot 0 is no longer retained either";
    EXPECT_EQ(it.accept(1, Ballot{9, 0}, 1), Answer::outside);
    EXPECT_EQ(it.accept(2, Ballot{9, 0}, 1), Answer::decided);
}

TEST(AcceptorTest, S20_a_late_request_for_the_previous_slot_of_a_place_does_nothing) {
    Subject<Classic> node(options_of(1, 3));
    for (Slot slot = 0; slot < 3; ++slot)
        node.step({decide(0, Ballot{1, 0}, slot, nodes({0, 2}), value_of(slot))});
    const Slot next = Sizes::ring_slots + 1;
    node.step({accept(Ballot{2, 0}, next, value_of(next))});
    for (const Message& late : {prepare(Ballot{9, 2}, 1), accept(Ballot{9, 2}, 1, value_of(5))}) {
        node.step({late});
        EXPECT_TRUE(node.sent().empty());
    }
    node.step({prepare(Ballot{10, 2}, next)});
    EXPECT_EQ(node.answer(), promise(1, Ballot{10, 2}, next, Ballot{2, 0}, value_of(next)));
    EXPECT_EQ(node.node().counters().outside_ring, 2U);
}

TEST(AcceptorTest, S44_adjacent_slots_share_an_answer_only_if_they_are_in_the_same_state) {
    AcceptorOfSlots it;
    ASSERT_EQ(it.prepare(2, Ballot{5, 0}), Answer::yes);
    ASSERT_EQ(it.accept(4, Ballot{1, 0}, 7), Answer::yes);
    it.learn_up_to(1);
    const auto next = [&](Slot first) {
        return it.acceptor.prepare(it.log, {first, Sizes::ring_slots + 3}, Ballot{3, 1},
                                   it.records);
    };
    EXPECT_EQ(next(0).answer, Answer::decided);
    EXPECT_EQ(next(0).slots, (SlotRange{0, 1}));
    EXPECT_EQ(next(1).answer, Answer::yes);
    EXPECT_EQ(next(1).slots, (SlotRange{1, 2}));
    EXPECT_EQ(next(2).answer, Answer::refused);
    EXPECT_EQ(next(2).state.promised, (Ballot{5, 0}));
    EXPECT_EQ(next(3).slots, (SlotRange{3, 4}));
    EXPECT_EQ(next(4).state.accepted, (Ballot{1, 0}));
    EXPECT_EQ(next(5).slots, (SlotRange{5, Sizes::ring_slots + 1})) << "up to the end of the ring";
    EXPECT_EQ(next(Sizes::ring_slots + 1).answer, Answer::outside);
    EXPECT_EQ(it.promised(2), (Ballot{5, 0}));
    EXPECT_EQ(it.promised(3), (Ballot{3, 1}));
}

TEST(AcceptorTest, S44_each_slot_of_a_run_accepts_its_own_value) {
    AcceptorOfSlots it;
    std::array<Value, 3> values{value_of(1), value_of(2), value_of(3)};
    const Values row = Values::at(values.front(), 4);
    ASSERT_EQ(it.acceptor.accept(it.log, {4, 7}, Ballot{1, 0}, row, it.records).slots,
              (SlotRange{4, 7}));
    for (Slot slot = 4; slot < 7; ++slot) EXPECT_EQ(it.log.value_of(slot), value_of(slot - 3));
    EXPECT_EQ(it.acceptor.accepted_end(), 7U);
    values[1] = value_of(9);
    const Answered again = it.acceptor.accept(it.log, {4, 7}, Ballot{1, 0}, row, it.records);
    EXPECT_EQ(again.answer, Answer::two_values);
    EXPECT_EQ(again.slots, (SlotRange{5, 6}));
}

TEST(AcceptorTest, S16_accepted_end_is_one_above_the_highest_accepted_slot) {
    AcceptorOfLog it;
    EXPECT_EQ(it.acceptor.accepted_end(), 0U);
    ASSERT_EQ(it.accept(4, Ballot{1, 0}, 1), Answer::yes);
    ASSERT_EQ(it.accept(2, Ballot{1, 0}, 1), Answer::yes);
    EXPECT_EQ(it.acceptor.accepted_end(), 5U);
}

}  // namespace
}  // namespace paxos::test::acceptor_test
