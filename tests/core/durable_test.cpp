// Tests of a node that keeps records: what waits for a durable record, and what a restarted node
// remembers.
#include <gtest/gtest.h>

#include "paxos/variants.h"
#include "support/subject.h"

namespace paxos::test::durable_test {
namespace {

template <template <class> class Variant>
Subject<Variant> recorded(NodeId self, std::size_t nodes, Incarnation incarnation = 0) {
    Options options = options_of(self, nodes);
    options.incarnation = incarnation;
    Subject<Variant> node(options);
    node.keep_records();
    return node;
}

TEST(DurableTest, S06_an_acceptance_is_answered_when_its_record_is_durable) {
    auto node = recorded<Classic>(1, 3);
    node.step({accept(Ballot{1, 0}, 0, value_of(7))});
    EXPECT_TRUE(node.sent(MessageKind::accepted).empty());
    ASSERT_EQ(node.records().size(), 1U);
    EXPECT_EQ(node.records()[0].kind, MessageKind::accept);
    EXPECT_EQ(node.records()[0].value, value_of(7));
    node.step();
    EXPECT_TRUE(node.sent(MessageKind::accepted).empty());
    node.make_durable();
    node.step();
    EXPECT_EQ(node.sent(MessageKind::accepted).size(), 1U);
    node.step();
    EXPECT_TRUE(node.sent(MessageKind::accepted).empty());
}

TEST(DurableTest, released_answers_fill_half_of_the_space_for_events_but_one_is_always_sent) {
    const auto answers_per_step = [](std::size_t events_max) {
        Subject<Classic> node(options_of(1, 3), events_max);
        node.keep_records();
        const Ballot ballot{1, 0};
        node.step({accept(ballot, 0, value_of(7)), accept(ballot, 1, value_of(8)),
                   accept(ballot, 2, value_of(9))});
        node.make_durable();
        std::vector<std::size_t> counts;
        for (int i = 0; i < 4; ++i) {
            node.step();
            counts.push_back(node.sent(MessageKind::accepted).size());
            EXPECT_EQ(node.output().events_lost, 0U);
        }
        return counts;
    };
    EXPECT_EQ(answers_per_step(6), (std::vector<std::size_t>{3, 0, 0, 0}));
    EXPECT_EQ(answers_per_step(4), (std::vector<std::size_t>{2, 1, 0, 0}));
    EXPECT_EQ(answers_per_step(1), (std::vector<std::size_t>{1, 1, 1, 0}));
}

TEST(DurableTest, a_released_answer_about_a_run_needs_space_for_an_event_per_slot) {
    Options options = options_of(1, 3);
    options.runs = true;
    Subject<Classic> node(options, 6);
    node.keep_records();
    const auto accept_two = [](Slot slot) {
        Message message = accept(Ballot{1, 0}, slot, value_of(7));
        message.slot_count = 2;
        Message values{};
        return std::vector{message, values};
    };
    for (const Slot slot : {0U, 3U, 6U}) {  // Not adjacent, so the answers are not joined.
        const std::vector<Message> cells = accept_two(slot);
        node.step_with({{.from = 0, .learned = 0, .retained_from = 0, .messages = cells}});
    }
    node.make_durable();
    for (int i = 0; i < 3; ++i) {
        node.step();
        EXPECT_EQ(node.sent(MessageKind::accepted).size(), 1U)
            << "two need 4 events; half of the space is 3";
    }
}

TEST(DurableTest, S06_a_promise_is_answered_when_its_record_is_durable) {
    const auto expect_held = [](auto& node, const Message& prepare) {
        node.step({prepare});
        EXPECT_TRUE(node.sent(MessageKind::promise).empty());
        EXPECT_EQ(node.records().size(), 1U);
        node.make_durable();
        node.step();
        EXPECT_EQ(node.sent(MessageKind::promise).size(), 1U);
    };
    auto classic = recorded<Classic>(1, 3);
    expect_held(classic, prepare(Ballot{1, 0}, 0));
    auto multi = recorded<Multi>(1, 3);
    expect_held(multi, prepare_log(Ballot{1, 0}, 0));
}

TEST(DurableTest, a_repeated_accept_is_not_recorded_again_and_not_answered_early) {
    auto node = recorded<Classic>(1, 3);
    node.step({accept(Ballot{1, 0}, 0, value_of(7)), accept(Ballot{1, 0}, 0, value_of(7))});
    EXPECT_EQ(node.records().size(), 1U);
    node.make_durable();
    node.step({accept(Ballot{1, 0}, 0, value_of(7))});
    // One ACCEPTED was held until now. It answers the ACCEPTs of the first step. The other ACCEPTED
    // answers the ACCEPT of this step.
    EXPECT_EQ(node.sent(MessageKind::accepted).size(), 2U);
    EXPECT_EQ(node.records().size(), 1U);
}

TEST(DurableTest, a_refusal_does_not_wait_for_a_record) {
    auto node = recorded<Classic>(1, 3);
    node.step({prepare(Ballot{5, 0}, 0), prepare(Ballot{4, 2}, 0)});
    EXPECT_EQ(node.sent(MessageKind::nack).size(), 1U);
}

TEST(DurableTest, S14_a_proposers_own_vote_counts_when_its_record_is_durable) {
    auto node = recorded<Multi>(0, 3);
    node.offer(1);
    node.step();
    node.step({promise_rest(1, Ballot{1, 0}, 0)});
    EXPECT_NE(node.node().lead(), Lead::leading);  // Its own promise is not durable yet.
    node.make_durable();
    node.step();
    EXPECT_EQ(node.sent(MessageKind::accept).size(), 1U);
    node.step({accepted(1, Ballot{1, 0}, 0, Subject<Multi>::own_value(0))});
    EXPECT_EQ(node.node().learned(), 0U);
    node.make_durable();
    node.step();
    EXPECT_EQ(node.node().learned(), 1U);
}

// n0's own acceptor promises ballot 5.n1 before its promise of ballot 1.n0 is durable. The promise
// of 1.n0 will therefore never count. The peers have promised 5.n1 too and refuse 1.n0, but the
// network may lose their refusals. So a proposer that did not stop by itself could wait forever.
TEST(DurableTest, S42_a_proposer_stops_if_its_own_acceptor_promises_a_higher_ballot) {
    auto node = recorded<Classic>(0, 3);
    node.offer(1);
    node.step();
    ASSERT_EQ(node.sent(MessageKind::prepare).size(), 1U);
    node.step({prepare(Ballot{5, 1}, 0)});  // Arrives before the promise of 1.n0 is durable.
    node.make_durable();
    node.step();
    EXPECT_FALSE(node.node().is_proposing());
    EXPECT_EQ(node.node().counters().preemptions, 1U);
}

// A peer reports a log and then restarts with a shorter one (a case that the simulator found). The
// peer receives from the other nodes, but they do not receive from it, so they do not learn of the
// restart. If they relied on its old report, they would not send it the missing decisions.
TEST(DurableTest, S42_an_unheard_peer_may_have_forgotten_what_it_reported) {
    const auto pushed = [](auto node) {
        for (Slot slot = 0; slot < 3; ++slot)
            node.step({decide(0, Ballot{1, 0}, slot, nodes({0, 1}), value_of(slot))});
        node.header(1, 3);
        Slot first = limits::slot_max;
        for (int ms = 0; ms < 400; ++ms) {
            node.advance(1'000'000);
            for (const Sent& one : node.sent(MessageKind::decide))
                if (one.to.has(1)) first = std::min(first, one.message.slot);
        }
        return first;
    };
    EXPECT_EQ(pushed(recorded<Classic>(2, 3)), 0U);
    EXPECT_EQ(pushed(Subject<Classic>(options_of(2, 3))), limits::slot_max)
        << "without storage a peer cannot restart";
}

TEST(DurableTest, S23_a_restored_acceptor_keeps_its_promises) {
    const auto expect_kept = [](const std::vector<Message>& records) {
        auto node = recorded<Classic>(1, 3, 1);
        node.restore(records);
        node.step({prepare(Ballot{4, 0}, 0), accept(Ballot{4, 0}, 1, value_of(1))});
        EXPECT_EQ(node.sent(MessageKind::nack).size(), 2U);
        node.step({prepare(Ballot{6, 2}, 1)});
        node.make_durable();
        node.step();
        ASSERT_EQ(node.sent(MessageKind::promise).size(), 1U);
        EXPECT_EQ(node.answer().accepted(), (Ballot{5, 0}));
        EXPECT_EQ(node.answer().value, value_of(9));
    };
    auto node = recorded<Classic>(1, 3);
    node.step({prepare(Ballot{5, 0}, 0), accept(Ballot{5, 0}, 1, value_of(9))});
    expect_kept(node.records());
    expect_kept(node.checkpoint());
}

TEST(DurableTest, S23_a_restored_promise_for_the_log_is_kept) {
    const auto expect_kept = [](const std::vector<Message>& records) {
        auto node = recorded<Multi>(1, 3, 1);
        node.restore(records);
        node.step({accept(Ballot{4, 0}, 6, value_of(1)), prepare_log(Ballot{4, 0}, 0)});
        EXPECT_EQ(node.sent(MessageKind::nack).size(), 2U);
    };
    auto node = recorded<Multi>(1, 3);
    node.step({accept(Ballot{2, 0}, 0, value_of(3)), accept(Ballot{1, 0}, 1, value_of(3)),
               prepare_log(Ballot{5, 2}, 0)});
    expect_kept(node.records());
    expect_kept(node.checkpoint());
}

TEST(DurableTest, S23_what_was_learned_is_restored_with_its_value) {
    auto node = recorded<Classic>(1, 3);
    const NodeMask others = nodes({0, 2});
    node.step({accept(Ballot{1, 0}, 0, value_of(5)),
               decide(0, Ballot{1, 0}, 0, others, value_of(5)),  // The value that n1 accepted.
               decide(0, Ballot{1, 0}, 1, others, value_of(6)),  // A value that n1 never accepted.
               decide(0, Ballot{1, 0}, 3, others, value_of(8))});
    auto restored = recorded<Classic>(1, 3, 1);
    restored.restore(node.records());
    EXPECT_EQ(restored.node().learned(), 2U);
    EXPECT_EQ(restored.node().value_of(0), value_of(5));
    EXPECT_EQ(restored.node().value_of(1), value_of(6));
    restored.step({learn(2, 3, 1)});
    ASSERT_EQ(restored.sent(MessageKind::decide).size(), 1U);
    EXPECT_EQ(restored.answer().value, value_of(8));
    EXPECT_EQ(restored.answer().quorum(), others);
    // A checkpoint has no slots below learned().
    auto other = recorded<Classic>(1, 3, 1);
    other.restore(node.checkpoint());
    EXPECT_EQ(other.node().learned(), 2U);
    EXPECT_EQ(other.node().retained_from(), 2U);
    EXPECT_EQ(other.checkpoint(), node.checkpoint());
}

TEST(DurableTest, S12_a_restarted_proposer_uses_no_ballot_again) {
    auto node = recorded<Classic>(0, 3);
    node.offer(1);
    node.step();
    ASSERT_EQ(node.sent(MessageKind::prepare).size(), 1U);
    const Ballot before = node.answer().ballot;
    auto restarted = recorded<Classic>(0, 3, 1);  // The records of `node` are lost.
    restarted.offer(1);
    restarted.step();
    ASSERT_EQ(restarted.sent(MessageKind::prepare).size(), 1U);
    EXPECT_NE(restarted.answer().ballot, before);
}

TEST(DurableTest, after_a_peer_restarts_only_its_new_headers_count) {
    Subject<Classic> node(options_of(1, 3));
    node.header(0, 6);
    EXPECT_FALSE(node.node().contacts().heard.empty());
    Peers peers(options_of(1, 3));
    peers.begin(1);
    const auto header = [](Slot learned, Incarnation incarnation) {
        Arrival arrival{.from = 0, .learned = learned, .retained_from = 0, .messages = {}};
        arrival.incarnation = incarnation;
        return arrival;
    };
    EXPECT_TRUE(peers.hear(header(6, 0), 2));
    EXPECT_TRUE(peers.hear(header(4, 1), 3));
    EXPECT_EQ(peers.learned_of(0), 4U);
    EXPECT_EQ(peers.learned_max(), 4U);
    EXPECT_FALSE(peers.hear(header(9, 0), 4));
    EXPECT_EQ(peers.learned_of(0), 4U);
}

TEST(DurableTest, without_space_for_records_no_slot_is_opened_but_held_answers_are_sent) {
    auto node = recorded<Classic>(0, 3);
    node.step({accept(Ballot{9, 1}, 3, value_of(1))});
    node.make_durable();
    node.fill_disk();
    node.offer(4);
    node.step();
    EXPECT_EQ(node.sent(MessageKind::accepted).size(), 1U);
    EXPECT_TRUE(node.sent(MessageKind::prepare).empty());
    node.keep_records();
    node.make_durable();
    node.step();
    EXPECT_EQ(node.sent(MessageKind::prepare).size(), 1U);
}

}  // namespace
}  // namespace paxos::test::durable_test
