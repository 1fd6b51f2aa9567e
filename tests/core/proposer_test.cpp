// Tests of the proposer of `classic`, on one node. There is a test for each sentence of "Paxos Made
// Simple" about the proposer, and for each rule of the proposer that applies to `classic`
// (docs/safety.md).
#include <gtest/gtest.h>

#include "support/proposer_node.h"

namespace paxos::test::proposer_test {
namespace {

using Node = ProposerNode;
const Ballot first{1, 0};
constexpr Slot window_max = limits::Tiny::window_max;

std::vector<Message> promises(std::initializer_list<NodeId> from, Slot slot = 0) {
    std::vector<Message> messages;
    for (const NodeId node : from) messages.push_back(promise(node, first, slot));
    return messages;
}

// 1a: "A proposer selects a proposal number n and sends a prepare request with number n to a
// majority of acceptors."
TEST(ProposerTest, phase_1a_sends_a_prepare_to_everyone) {
    Node node = proposer(5);
    ASSERT_EQ(node.sent().size(), 1U);
    EXPECT_EQ(node.sent().front().to, nodes({1, 2, 3, 4}));
    EXPECT_EQ(node.sent().front().message, prepare(first, 0));
}

TEST(ProposerTest, phase_1a_a_thrifty_proposer_sends_it_to_a_majority) {
    Options options;
    options.thrifty = true;
    Node node = proposer(5, 1, 1, options);
    ASSERT_EQ(node.sent().size(), 1U);
    EXPECT_EQ(node.sent().front().to.count(), 2U) << "its own acceptor completes the quorum";
}

// 2a: "If the proposer receives a response to its prepare requests (numbered n) from a majority of
// acceptors, then it sends an accept request to each of those acceptors for a proposal numbered n
// with a value v ... any value if the responses reported no proposals."
TEST(ProposerTest, phase_2a_needs_a_majority_and_then_takes_its_own_value) {
    Node node = proposer(5);
    EXPECT_TRUE(node.step(promises({1})).empty());
    node.step(promises({2}));
    ASSERT_EQ(node.sent().size(), 1U);
    EXPECT_EQ(node.answer(), accept(first, 0, Node::own_value(0)));
}

// "... v is the value of the highest-numbered proposal among the responses"
TEST(ProposerTest, S10_proposes_the_value_of_the_highest_reported_ballot_in_any_order_of_arrival) {
    const Ballot ballot{9, 0};
    const std::array<Message, 3> reports = {promise(1, ballot, 0, Ballot{1, 0}, value_of(1)),
                                            promise(2, ballot, 0, Ballot{3, 1}, value_of(3)),
                                            promise(3, ballot, 0, Ballot{2, 2}, value_of(2))};
    std::array<std::size_t, 3> order = {0, 1, 2};
    do {
        Options options;
        options.first_counter = 9;
        Node node = proposer(7, 1, 1, options);
        for (const std::size_t i : order) node.step({reports[i]});
        ASSERT_EQ(node.answer(), accept(ballot, 0, value_of(3)));
    } while (std::next_permutation(order.begin(), order.end()));
}

TEST(ProposerTest, S10_its_own_acceptor_is_one_of_the_majority) {
    Options options;
    options.self = 1;
    options.nodes = 3;
    options.proposers = 2;
    options.first_counter = 9;
    Node node(options);
    node.step({accept(Ballot{4, 0}, 0, value_of(4))});
    node.offer(1);
    node.step();
    node.step({promise(2, Ballot{9, 1}, 0, Ballot{2, 0}, value_of(2))});
    EXPECT_EQ(node.answer(), accept(Ballot{9, 1}, 0, value_of(4)));
}

// The "majority of acceptors" of phase 2a consists of distinct acceptors.
TEST(ProposerTest, S08_duplicates_count_once) {
    Node node = proposer(5);
    EXPECT_TRUE(node.step(promises({1, 1, 1, 1})).empty());
    EXPECT_EQ(node.step(promises({1, 2})).size(), 1U);
    const Message vote = accepted(1, first, 0, Node::own_value(0));
    EXPECT_TRUE(node.step({vote, vote, vote}).empty());
    EXPECT_EQ(node.node().learned(), 0U);
}

TEST(ProposerTest, S08_echo_does_not_count) {
    Node node = proposer(5);
    EXPECT_TRUE(node.step(promises({0, 1, 0})).empty());
    node.step(promises({2}));
    const Value value = Node::own_value(0);
    EXPECT_TRUE(node.step({accepted(0, first, 0, value), accepted(1, first, 0, value)}).empty())
        << "a message from itself is not a second vote";
    EXPECT_EQ(node.step({accepted(4, first, 0, value)}).size(), 1U);
}

TEST(ProposerTest, S09_a_promise_for_another_ballot_slot_or_phase_does_not_count) {
    Node node = proposer(3, 2, 1);
    node.step({promise(1, Ballot{1, 1}, 0), promise(1, Ballot{2, 0}, 0), promise(1, first, 1),
               promise(1, first, limits::slot_max - 1)});
    EXPECT_TRUE(node.sent().empty());
    EXPECT_TRUE(node.step({accepted(1, first, 0, Node::own_value(0))}).empty())
        << "no ACCEPT has been sent";
    EXPECT_TRUE(node.step({promise_rest(1, first, 0)}).empty())
        << "classic has no promise for all later slots";
    EXPECT_EQ(node.node().counters().late, 6U);
    EXPECT_EQ(node.step(promises({1})).size(), 1U);
}

// A bug of another implementation, MyPaxos (issue 18): a stale promise changed the value after the
// value was sent.
TEST(ProposerTest, S09_S11_a_late_promise_changes_nothing) {
    Options options;
    options.first_counter = 9;
    Node node = proposer(5, 1, 1, options);
    const Ballot ballot{9, 0};
    node.step({promise(1, ballot, 0), promise(2, ballot, 0)});
    ASSERT_EQ(node.answer(), accept(ballot, 0, Node::own_value(0)));
    EXPECT_TRUE(node.step({promise(3, ballot, 0, Ballot{8, 1}, value_of(8))}).empty());
    node.advance(Timing{}.retransmit_max_ns);
    for (const Sent& one : node.sent(MessageKind::accept))
        EXPECT_EQ(one.message.value, Node::own_value(0));
    EXPECT_EQ(node.sent(MessageKind::accept).size(), 1U);
}

TEST(ProposerTest, S13_acceptances_at_different_ballots_make_no_quorum) {
    Options options;
    options.proposers = 2;  // n1, which preempts n0, is also a designated proposer.
    Node node = proposer(5, 1, 1, options);
    node.step(promises({1, 2}));
    node.step({accepted(1, first, 0, Node::own_value(0))});
    node.step({nack(2, first, 0, Ballot{1, 1})});
    EXPECT_FALSE(node.node().is_proposing());
    for (int i = 0; i < 100 && !node.node().is_proposing(); ++i) node.advance(1'000'000);
    const Ballot second{2, 0};
    ASSERT_EQ(node.sent(MessageKind::prepare).size(), 1U);
    EXPECT_EQ(node.sent(MessageKind::prepare).front().message, prepare(second, 0))
        << "S12: a new ballot, above the one that the NACK names";
    node.step({promise(3, second, 0), promise(4, second, 0)});
    node.step({accepted(3, second, 0, Node::own_value(0))});
    node.step({accepted(2, first, 0, Node::own_value(0))});
    EXPECT_EQ(node.node().learned(), 0U)
        << "two nodes accepted at each of two ballots: neither pair is a quorum";
    node.step({accepted(4, second, 0, Node::own_value(0))});
    EXPECT_EQ(node.node().learned(), 1U);
}

// "a value is chosen when a single proposal with that value has been accepted by a majority of the
// acceptors."
TEST(ProposerTest, a_majority_of_accepted_decides_and_the_DECIDE_names_the_acceptors) {
    Node node = proposer(5);
    node.step(promises({1, 2}));
    node.step({accepted(4, first, 0, Node::own_value(0))});
    EXPECT_EQ(node.node().learned(), 0U);
    node.step({accepted(3, first, 0, Node::own_value(0))});
    ASSERT_EQ(node.sent().size(), 1U);
    EXPECT_EQ(node.sent().front().to, nodes({1, 2, 3, 4}));
    EXPECT_EQ(node.answer(), decide(0, first, 0, nodes({0, 3, 4}), Node::own_value(0)));
    EXPECT_EQ(node.output().decisions.end, 1U);
    ASSERT_EQ(node.output().quorum_count, 1U);
    EXPECT_EQ(node.node().counters().decided_first, 1U);
    EXPECT_TRUE(node.step({accepted(1, first, 0, Node::own_value(0))}).empty()) << "late";
}

// One answer about a run of slots completes the quorum of every slot of the run. These quorums do
// not all consist of the same nodes. Each slot is decided once, by its own quorum.
TEST(ProposerTest, S13_in_a_run_each_slot_counts_its_own_majority) {
    Node node = proposer(5, 4, 4);
    for (Slot slot = 0; slot < 4; ++slot) node.step(promises({1, 2}, slot));
    const auto vote = [](NodeId from, Slot slot) {
        return accepted(from, first, slot, Node::own_value(slot));
    };
    node.step({vote(4, 0), vote(3, 1), vote(4, 2), vote(4, 3)});
    EXPECT_EQ(node.node().learned(), 0U);
    const std::vector<Message> run{vote(1, 0), vote(1, 1), vote(1, 1), vote(1, 2), vote(1, 3)};
    node.step_with({{1, 0, 0, run, true}});
    const auto decides = node.sent(MessageKind::decide);
    ASSERT_EQ(decides.size(), 4U);
    for (Slot slot = 0; slot < 4; ++slot)
        EXPECT_EQ(decides[slot].message,
                  decide(0, first, slot, slot == 1 ? nodes({0, 1, 3}) : nodes({0, 1, 4}),
                         Node::own_value(slot)));
    EXPECT_EQ(node.node().learned(), 4U);
    EXPECT_EQ(node.node().counters().decided, 4U);
    EXPECT_EQ(node.node().counters().late, 1U) << "the repeat";
    ASSERT_EQ(node.output().quorum_count, 1U);
    EXPECT_EQ(node.output().quorums[0].end, 4U);
}

TEST(ProposerTest, S07_a_refusal_counts_toward_no_quorum_and_the_window_is_abandoned) {
    Node node = proposer(5, 3, 3);
    ASSERT_EQ(node.node().in_flight(), 3U);
    node.step({promise(1, first, 0), nack(2, first, 0, Ballot{5, 3})});
    EXPECT_TRUE(node.sent().empty());
    EXPECT_FALSE(node.node().is_proposing());
    EXPECT_EQ(node.node().in_flight(), 0U);
    EXPECT_EQ(node.node().counters().preemptions, 1U);
    EXPECT_TRUE(node.step(promises({2, 3})).empty()) << "S09: it gave its ballot up";
}

TEST(ProposerTest, S09_a_refusal_of_another_ballot_is_ignored) {
    Node node = proposer(3);
    node.step({nack(1, Ballot{1, 1}, 0, Ballot{7, 2})});
    EXPECT_TRUE(node.node().is_proposing());
}

TEST(ProposerTest, S02_S14_its_own_acceptor_refuses_like_any_other) {
    Node node = proposer(3);
    node.step({prepare(Ballot{4, 1}, 0)});  // The node's own acceptor promises a higher ballot.
    node.step(promises({2}));
    EXPECT_TRUE(node.sent(MessageKind::accept).empty());
    EXPECT_FALSE(node.node().is_proposing());
}

TEST(ProposerTest, S14_its_own_vote_counts_once) {
    Node two = proposer(2);
    EXPECT_TRUE(two.step({promise(0, first, 0)}).empty());
    two.step(promises({1}));
    EXPECT_EQ(two.node().learned(), 0U);
    two.step({accepted(1, first, 0, Node::own_value(0))});
    EXPECT_EQ(two.node().learned(), 1U);
}

TEST(ProposerTest, S15_a_lone_node_is_a_majority) {
    Node node = proposer(1, 10, 4);
    EXPECT_EQ(node.node().learned(), 4U) << "one window in each step";
    EXPECT_TRUE(node.sent().empty());
    node.step();
    node.step();
    EXPECT_EQ(node.node().learned(), 10U);
    EXPECT_EQ(node.node().value_of(9), Node::own_value(9));
}

TEST(ProposerTest, S12_every_new_ballot_is_above_all_it_has_seen) {
    Options options;
    options.proposers = 2;
    Node node = proposer(3, 1, 1, options);
    Ballot last = first;
    for (std::uint64_t counter = 3; counter < 40; counter += 7) {
        node.step({nack(1, last, 0, Ballot{counter, 1})});
        for (int i = 0; i < 1000 && !node.node().is_proposing(); ++i) node.advance(1'000'000);
        ASSERT_EQ(node.sent(MessageKind::prepare).size(), 1U);
        EXPECT_EQ(node.sent(MessageKind::prepare).front().message.ballot, (Ballot{counter + 1, 0}));
        last = Ballot{counter + 1, 0};
    }
}

TEST(ProposerTest, S36_after_the_last_counter_it_stops) {
    Options options;
    options.proposers = 2;
    options.first_counter = limits::ballot_counter_max;
    Node node = proposer(3, 1, 1, options);
    const Ballot last{limits::ballot_counter_max, 0};
    EXPECT_EQ(node.sent(MessageKind::prepare).front().message.ballot, last);
    node.step({nack(1, last, 0, Ballot{limits::ballot_counter_max, 1})});
    for (int i = 0; i < 200; ++i) node.advance(1'000'000);
    EXPECT_FALSE(node.node().is_proposing());
    EXPECT_GE(node.node().counters().ballots_exhausted, 1U);
    node.step({prepare(Ballot{limits::ballot_counter_max, 1}, 0)});
    EXPECT_EQ(node.sent(MessageKind::promise).size(), 1U) << "it goes on as an acceptor";
}

TEST(ProposerTest, the_window_bounds_what_is_in_flight) {
    Node node = proposer(3, 100, 3);
    EXPECT_EQ(node.sent(MessageKind::prepare).size(), 3U);
    EXPECT_EQ(node.output().proposed.end, 3U);
    const auto finish = [&](Slot slot) {
        node.step(promises({1}, slot));
        node.step({accepted(1, first, slot, Node::own_value(slot))});
    };
    for (Slot slot = 1; slot < window_max - 2; ++slot) {
        finish(slot);
        EXPECT_EQ(node.node().in_flight(), 3U) << "slot 0 does not keep later ones waiting";
        EXPECT_EQ(node.node().next_slot(), slot + 3);
    }
    finish(window_max - 2);
    EXPECT_EQ(node.node().in_flight(), 2U) << "the window has its largest size";
    finish(0);
    EXPECT_EQ(node.node().in_flight(), 3U);
}

// Fast retransmission detects a loss long before the timeout. A node has "overtaken" a request if
// the node has not answered this request, but has answered a request for a later slot. The
// overtaken request then counts as lost.
TEST(ProposerTest, an_overtaken_request_is_retransmitted_to_the_nodes_that_overtook_it) {
    Node node = proposer(5, 2, 2);
    node.step({promise(1, first, 0), promise(1, first, 1), promise(2, first, 1)});
    node.pass(4'000'000);
    ASSERT_EQ(node.sent().size(), 1U) << "only the request for slot 0 was overtaken";
    EXPECT_EQ(node.sent().front().to, nodes({2})) << "n3 and n4 may be late, and n1 has promised";
    EXPECT_EQ(node.answer(), prepare(first, 0));
    EXPECT_EQ(node.node().counters().resent, 1U);
}

TEST(ProposerTest, an_overtaken_request_that_is_lost_again_is_repeated_before_other_requests) {
    Node node = proposer(5, 2, 2);
    node.step({promise(1, first, 0), promise(1, first, 1), promise(2, first, 1)});
    node.pass(4'000'000);
    node.pass(4'000'000);
    ASSERT_EQ(node.sent().size(), 1U) << "the ACCEPT of slot 1 waits for its timeout";
    EXPECT_EQ(node.sent().front().to, nodes({2, 3, 4}));
    EXPECT_EQ(node.answer(), prepare(first, 0));
}

TEST(ProposerTest, a_request_that_is_not_overtaken_waits_for_its_timeout) {
    Node node = proposer(5, 2, 2);
    node.step({promise(1, first, 0), promise(2, first, 0)});
    node.pass(4'000'000);
    EXPECT_TRUE(node.sent().empty());
    EXPECT_EQ(node.node().counters().resent, 0U);
    node.pass(20'000'000);
    EXPECT_GT(node.node().counters().resent, 0U);
}

// Found by the simulator and by a real run: a proposer kept retransmitting its request only to the
// nodes that had answered for later slots, and never asked another node.
TEST(ProposerTest, a_node_that_overtook_a_request_and_died_is_not_the_only_one_asked) {
    Node node = proposer(5, 2, 2);
    node.step({promise(1, first, 1)});
    NodeMask asked;
    for (int i = 0; i < 50; ++i) {
        node.pass(4'000'000);
        for (const Sent& one : node.sent())
            if (one.message.slot == 0) asked = asked | one.to;
    }
    EXPECT_EQ(asked, nodes({1, 2, 3, 4}));
}

TEST(ProposerTest, a_node_that_has_ended_delays_no_proposer) {
    Node node = proposer(3, 100, 4);
    run_to_the_end(node);
    EXPECT_EQ(node.node().next_slot(), limits::Tiny::ring_slots);
    node.end(nodes({2}));
    node.header(1, node.node().learned());
    run_to_the_end(node);
    EXPECT_EQ(node.node().learned(), 8U + 60U);
}

// Found by the chaos tests: another process replayed messages of a dead proposer, and the followers
// kept waiting for the dead proposer.
TEST(ProposerTest, an_old_message_of_an_ended_proposer_does_not_delay_a_take_over) {
    Node follower(options_of(1, 3));
    follower.offer(10, 1);
    const auto hear_again = [&](Tick time) {
        for (Tick passed = 0; passed < time; passed += 1'000'000) {
            follower.pass(1'000'000);
            follower.step({prepare(first, 0), accept(first, 0, value_of(1))});
            follower.header(0, 0);
            follower.header(2, 0);
        }
    };
    const Tick timeout = Timing{}.takeover_ns + 2 * Timing{}.takeover_step_ns;
    hear_again(timeout);
    EXPECT_FALSE(follower.node().is_proposing()) << "it still counts the proposer as live";
    follower.end(nodes({0}));
    hear_again(timeout);
    EXPECT_TRUE(follower.node().is_proposing());
}

// Found by the chaos tests, with a core shared by all nodes: every answer came late, each
// retransmission made the next answer later, and nothing was decided.
TEST(ProposerTest, retransmissions_are_halved_without_answers_until_something_is_learned) {
    Subject<Classic, limits::Standard> node(options_of(0, 3));
    node.offer(1000, 1000);
    node.step();
    ASSERT_EQ(node.sent(MessageKind::prepare).size(), 1000U);
    const auto asked_again = [&] {
        node.advance(Timing{}.retransmit_max_ns);
        const std::vector<Sent> sent = node.sent(MessageKind::prepare);
        EXPECT_EQ(sent.front().message.slot, node.node().learned()) << "the lowest first";
        return sent.size();
    };
    for (const std::size_t slots : {1000U, 1000U, 1000U, 1000U, 512U, 256U, 128U, 64U, 63U, 63U})
        EXPECT_EQ(asked_again(), slots);
    for (Slot slot = 0; slot < 100; ++slot) {
        node.step({promise(1, first, slot)});
        node.step({accepted(1, first, slot, node.own_value(slot))});
    }
    ASSERT_EQ(node.node().learned(), 100U);
    EXPECT_EQ(asked_again(), 163U);
}

}  // namespace
}  // namespace paxos::test::proposer_test
