// Tests of `multi` on one node: one phase 1 for the whole log, the take-over of a log with gaps,
// and DECIDEs of ranges. Quoted sentences are from "Paxos Made Simple", section 3.
#include <gtest/gtest.h>

#include <algorithm>

#include "support/subject.h"

namespace paxos::test::multi_test {
namespace {

using Node = Subject<Multi>;
constexpr Slot ring = limits::Tiny::ring_slots;
constexpr Tick millisecond = 1'000'000;

/// Node 0 of `nodes`. As the designated proposer it begins phase 1 in its first step, at the ballot
/// `counter`.n0. It may propose in slots below `end`, at most `window` slots at a time.
Node candidate(std::size_t nodes, std::uint64_t counter, Slot end, std::uint32_t window = 4) {
    Options options = options_of(0, nodes);
    options.first_counter = counter;
    Node node(options);
    node.offer(end, window);
    return node;
}
Value own(Slot slot) { return Node::own_value(slot); }

// "A newly chosen leader executes phase 1 for infinitely many instances of the consensus algorithm
// ... Using the same proposal number for all instances, it can do this by sending a single
// reasonably short message to the other servers."
TEST(MultiTest, phase_1_is_a_single_prepare_for_all_slots) {
    Node node = candidate(3, 1, 10);
    node.step();
    ASSERT_EQ(node.sent().size(), 1U);
    EXPECT_EQ(node.sent().front().to, nodes({1, 2}));
    EXPECT_EQ(node.answer(), prepare_log(Ballot{1, 0}, 0));
}

// "Thus, a server (acting as acceptor) can respond for all instances with a single reasonably short
// message."
TEST(MultiTest, an_acceptor_that_accepted_nothing_reports_it_in_one_message) {
    Node node(options_of(1, 3));
    node.step({prepare_log(Ballot{1, 0}, 0)});
    EXPECT_EQ(node.answer(), promise_rest(1, Ballot{1, 0}, 0));
}

TEST(MultiTest, S16_a_promise_reports_every_slot_from_the_requested_one_on_including_empty_ones) {
    Node node(options_of(1, 3));
    node.step({accept(Ballot{1, 2}, 1, value_of(1)), accept(Ballot{1, 2}, 3, value_of(3))});
    node.step({prepare_log(Ballot{2, 0}, 1)});
    ASSERT_EQ(node.sent().size(), 4U);
    EXPECT_EQ(node.sent()[0].message, promise(1, Ballot{2, 0}, 1, Ballot{1, 2}, value_of(1)));
    EXPECT_EQ(node.sent()[1].message, promise(1, Ballot{2, 0}, 2));
    EXPECT_EQ(node.sent()[2].message, promise(1, Ballot{2, 0}, 3, Ballot{1, 2}, value_of(3)));
    EXPECT_EQ(node.sent()[3].message, promise_rest(1, Ballot{2, 0}, 4));
}

TEST(MultiTest, S16_a_learned_slot_is_reported_as_its_decision) {
    Node node(options_of(1, 3));
    node.step({accept(Ballot{1, 2}, 0, value_of(1)),
               decide(2, Ballot{1, 2}, 0, nodes({1, 2}), value_of(1))});
    node.step({prepare_log(Ballot{2, 0}, 0)});
    ASSERT_EQ(node.sent().size(), 2U);
    EXPECT_EQ(node.sent()[0].message, decide(1, Ballot{1, 2}, 0, nodes({1, 2}), value_of(1)));
    EXPECT_EQ(node.sent()[1].message, promise_rest(1, Ballot{2, 0}, 1));
}

TEST(MultiTest, S16_reports_beyond_the_limit_of_a_step_and_the_final_promise_are_left_out) {
    Node node(options_of(1, 3));
    std::vector<Message> requests;
    for (Slot slot = 0; slot < 6; ++slot)
        requests.push_back(accept(Ballot{1, 2}, slot, value_of(slot)));
    node.step(requests);
    node.step({prepare_log(Ballot{2, 0}, 0)});
    ASSERT_EQ(node.sent().size(), limits::Tiny::reports_per_step);
    for (const Sent& one : node.sent())
        EXPECT_EQ(one.message.slot_count, 1U)
            << "a final promise would hide the slots that are not reported yet";
    node.step({prepare_log(Ballot{2, 0}, 4)});
    EXPECT_EQ(node.sent().back().message, promise_rest(1, Ballot{2, 0}, 6))
        << "the candidate has asked for the rest";
}

TEST(MultiTest, S16_a_candidate_leads_once_a_majority_has_accepted_nothing_in_the_log) {
    Node node = candidate(5, 1, 2);
    node.step();
    node.step({promise_rest(1, Ballot{1, 0}, 0)});
    EXPECT_NE(node.node().lead(), Lead::leading);
    node.step({promise_rest(1, Ballot{1, 0}, 0)});
    EXPECT_NE(node.node().lead(), Lead::leading) << "S08: the same promise again";
    node.step({promise_rest(2, Ballot{9, 0}, 0)});
    EXPECT_NE(node.node().lead(), Lead::leading) << "S09: a promise of another ballot";
    node.step({promise_rest(2, Ballot{1, 0}, 0)});
    EXPECT_EQ(node.node().lead(), Lead::leading);
    ASSERT_EQ(node.sent(MessageKind::accept).size(), 2U);
    EXPECT_EQ(node.sent(MessageKind::accept)[1].message, accept(Ballot{1, 0}, 1, own(1)));
}

TEST(MultiTest, S16_a_promise_from_a_later_slot_on_does_not_cover_lower_slots) {
    Node node = candidate(3, 1, 2);
    node.step();
    node.step({promise_rest(1, Ballot{1, 0}, 2)});
    EXPECT_NE(node.node().lead(), Lead::leading);
    EXPECT_TRUE(node.sent(MessageKind::accept).empty());
}

// The new leader is to "fill the gap immediately by proposing ... a special 'no-op' command". In
// each slot for which a value was reported, it proposes this value again.
TEST(MultiTest, S10_S16_takes_over_a_log_with_gaps_in_every_order_of_the_reports) {
    const Ballot mine{9, 0};
    std::vector<Message> parts = {promise(1, mine, 0, Ballot{3, 1}, value_of(30)),
                                  promise(2, mine, 0, Ballot{4, 2}, value_of(40)),
                                  promise(1, mine, 1),
                                  promise(2, mine, 1),
                                  promise(1, mine, 2, Ballot{3, 1}, value_of(32)),
                                  promise(2, mine, 2),
                                  promise_rest(1, mine, 3),
                                  promise_rest(2, mine, 3)};
    Random random(7);
    for (int run = 0; run < 200; ++run) {
        for (std::size_t i = parts.size(); i > 1; --i)
            std::swap(parts[i - 1], parts[random.below(i)]);
        Node node = candidate(5, 9, 5);
        node.step();
        std::vector<Value> proposed(4);
        std::uint64_t seen = 0;
        for (const Message& part : parts) {
            node.step({part});
            for (const Sent& one : node.sent(MessageKind::accept)) {
                ASSERT_LT(one.message.slot, 4U);
                ASSERT_EQ(seen >> one.message.slot & 1, 0U) << "S11: proposed only once";
                seen |= 1U << one.message.slot;
                proposed[one.message.slot] = one.message.value;
            }
        }
        EXPECT_EQ(node.node().lead(), Lead::leading);
        EXPECT_EQ(seen, 0b1111U) << "the window of four";
        EXPECT_EQ(proposed[0], value_of(40)) << "the value of the highest accepted ballot";
        EXPECT_TRUE(proposed[1].is_no_op());
        EXPECT_EQ(proposed[2], value_of(32));
        EXPECT_EQ(proposed[3], own(3));
    }
}

TEST(MultiTest, S16_each_slot_counts_its_own_majority) {
    const Ballot mine{9, 0};
    Node node = candidate(5, 9, 5);
    node.step();
    node.step({promise(1, mine, 0), promise(2, mine, 1), promise(1, mine, 2), promise(3, mine, 2)});
    EXPECT_TRUE(node.sent(MessageKind::accept).empty())
        << "three peers have answered, but only n1 about slot 0";
    node.step({promise(4, mine, 0, Ballot{1, 4}, value_of(1))});
    EXPECT_EQ(node.sent(MessageKind::accept).size(), 1U);
}

TEST(MultiTest, S16_lost_promises_are_requested_again_from_the_first_slot_without_a_quorum) {
    const Ballot mine{9, 0};
    Node node = candidate(3, 9, 5);
    node.step();
    node.step({promise(1, mine, 0, Ballot{1, 1}, value_of(1)),
               promise(1, mine, 2, Ballot{1, 1}, value_of(3))});
    ASSERT_EQ(node.sent(MessageKind::prepare).size(), 1U);
    EXPECT_EQ(node.sent(MessageKind::prepare).front().message, prepare_log(mine, 1));
    node.pass(Timing{}.retransmit_max_ns + millisecond);
    Node silent = candidate(3, 9, 5);
    silent.step();
    int asked = 0;
    for (int i = 0; i < 50; ++i) {
        silent.header(1, 0);
        silent.header(2, 0);
        silent.advance(millisecond);
        asked += !silent.sent(MessageKind::prepare).empty();
    }
    EXPECT_GE(asked, 2);
    EXPECT_LE(asked, 5);
}

TEST(MultiTest, S14_its_own_acceptor_is_one_of_the_majority) {
    Options options = options_of(1, 3, 2);
    options.first_counter = 9;
    Node node(options);
    // This ACCEPT arrives before the node begins phase 1 at 21.n1.
    node.step({accept(Ballot{20, 2}, 1, value_of(5))});
    for (int i = 0; i < 200 && !node.node().is_proposing(); ++i) node.advance(millisecond);
    ASSERT_TRUE(node.node().is_proposing());
    const Ballot mine{21, 1};
    node.step({promise(0, mine, 0), promise(0, mine, 1), promise_rest(0, mine, 2)});
    const auto requests = node.sent(MessageKind::accept);
    ASSERT_EQ(requests.size(), 2U);
    EXPECT_TRUE(requests[0].message.value.is_no_op());
    EXPECT_EQ(requests[1].message, accept(mine, 1, value_of(5)));
    EXPECT_EQ(node.node().counters().no_ops, 0U);
    node.step({accepted(2, mine, 0, Value{})});
    EXPECT_EQ(node.node().counters().no_ops, 1U) << "a no-op is counted when it is decided";
}

TEST(MultiTest, S16_a_candidate_below_a_live_peers_retained_from_steps_down) {
    Node node = candidate(3, 9, 20);
    node.step();
    ASSERT_TRUE(node.node().is_proposing());
    node.header(1, 12, 5);
    EXPECT_FALSE(node.node().is_proposing());
    node.step({promise_rest(1, Ballot{9, 0}, 0), promise_rest(2, Ballot{9, 0}, 0)});
    EXPECT_NE(node.node().lead(), Lead::leading);
    EXPECT_TRUE(node.sent(MessageKind::accept).empty());
}

TEST(MultiTest, S16_the_retained_from_of_a_dead_peer_stops_no_candidate) {
    Node node(options_of(1, 3));
    node.step();
    node.header(0, 12, 5);
    for (int i = 0; i < 60; ++i) {
        node.advance(millisecond);
        node.header(2, 3, 0);
    }
    ASSERT_TRUE(node.node().is_proposing());
    const Ballot mine{1, 1};
    node.offer(20, 1);
    node.step({promise(2, mine, 0, Ballot{1, 0}, value_of(1)), promise_rest(2, mine, 1)});
    EXPECT_EQ(node.node().lead(), Lead::leading);
    EXPECT_EQ(node.sent(MessageKind::accept).front().message, accept(mine, 0, value_of(1)));
}

/// Node 0 of 3 as the leader, with an ACCEPT in flight for each of slots 0 to 2.
Node leader() {
    Node node = candidate(3, 1, 3, 3);
    node.step();
    node.step({promise_rest(1, Ballot{1, 0}, 0)});
    EXPECT_EQ(node.sent(MessageKind::accept).size(), 3U);
    return node;
}

TEST(MultiTest, adjacent_slots_decided_by_one_quorum_share_one_decide) {
    Node node = leader();
    node.step({accepted(1, Ballot{1, 0}, 0, own(0)), accepted(1, Ballot{1, 0}, 1, own(1)),
               accepted(2, Ballot{1, 0}, 2, own(2))});
    const auto decides = node.sent(MessageKind::decide);
    ASSERT_EQ(decides.size(), 2U);
    EXPECT_EQ(decides[0].message, decide(0, Ballot{1, 0}, 0, nodes({0, 1}), {}, 2));
    EXPECT_EQ(decides[1].message, decide(0, Ballot{1, 0}, 2, nodes({0, 2}), own(2)));
    EXPECT_EQ(node.node().learned(), 3U);
}

// A thrifty leader asks two teams of nodes in turn (targets.h). Here the same nodes accept both
// slots, as if both ACCEPTs had been retransmitted to all nodes. A single DECIDE of both slots
// would carry no values. A node that received only one of the two ACCEPTs could not learn the other
// slot from such a DECIDE.
TEST(MultiTest, adjacent_slots_of_two_teams_get_a_decide_each) {
    Options options = options_of(0, 5);
    options.thrifty = true;
    Node node(options);
    node.step();
    node.step({promise_rest(1, Ballot{1, 0}, 0), promise_rest(2, Ballot{1, 0}, 0)});
    std::array<NodeMask, 2> team;
    for (Slot slot = 0; slot < 2; ++slot) {
        node.offer(slot + 1, 2);
        node.step();
        ASSERT_EQ(node.sent(MessageKind::accept).size(), 1U);
        team[slot] = node.sent(MessageKind::accept).front().to;
    }
    ASSERT_NE(team[0], team[1]);
    node.step({accepted(1, Ballot{1, 0}, 0, own(0)), accepted(1, Ballot{1, 0}, 1, own(1))});
    const std::vector<Message> run{accepted(2, Ballot{1, 0}, 0, own(0)),
                                   accepted(2, Ballot{1, 0}, 1, own(1))};
    node.step_with({{2, 0, 0, run, true}});
    EXPECT_EQ(node.node().learned(), 2U);
    const auto decides = node.sent(MessageKind::decide);
    EXPECT_EQ(decides.size(), 4U)
        << "each DECIDE goes once to its team and once to the other nodes";
    for (const Sent& one : decides) {
        const Slot slot = one.message.slot;
        EXPECT_EQ(one.message, decide(0, Ballot{1, 0}, slot, nodes({0, 1, 2}), own(slot)));
        EXPECT_TRUE(one.to == team[slot] || one.to == nodes({1, 2, 3, 4}) - team[slot]);
    }
}

TEST(MultiTest, slots_decided_out_of_order_get_a_decide_each) {
    Node node = leader();
    node.step({accepted(1, Ballot{1, 0}, 2, own(2)), accepted(1, Ballot{1, 0}, 0, own(0))});
    const auto decides = node.sent(MessageKind::decide);
    ASSERT_EQ(decides.size(), 2U);
    EXPECT_EQ(decides[0].message.slot, 2U);
    EXPECT_EQ(decides[1].message.slot_count, 1U);
    EXPECT_EQ(node.node().learned(), 1U);
}

TEST(MultiTest, nodes_that_were_not_asked_get_each_decision_with_its_value) {
    Options options = options_of(0, 3);
    options.thrifty = true;
    Node node(options);
    node.offer(2, 2);
    node.step();
    node.step({promise_rest(1, Ballot{1, 0}, 0)});
    ASSERT_EQ(node.sent(MessageKind::accept).front().to.count(), 1U);
    const NodeMask asked = node.sent(MessageKind::accept).front().to;
    const NodeId who = asked.lowest();
    node.step({accepted(who, Ballot{1, 0}, 0, own(0)), accepted(who, Ballot{1, 0}, 1, own(1))});
    int ranges = 0;
    int values = 0;
    for (const Sent& one : node.sent(MessageKind::decide)) {
        const bool to_asked = one.to == asked;
        ranges += to_asked && one.message.slot_count == 2;
        values += !to_asked && one.message.slot_count == 1 &&
                  one.message.value == own(one.message.slot);
    }
    EXPECT_EQ(ranges, 1);
    EXPECT_EQ(values, 2);
}

TEST(MultiTest,
     S17_a_deposed_leader_that_wakes_declares_only_what_its_quorum_accepted_and_proposes_no_more) {
    Node node = leader();
    node.offer(50, 4);
    node.move_clock(10'000 * millisecond);
    // The node's socket holds, in this order: an answer for slot 1, a new leader's PREPARE, and an
    // answer for slot 0.
    node.step({accepted(1, Ballot{1, 0}, 1, own(1)), prepare_log(Ballot{2, 2}, 0),
               accepted(1, Ballot{1, 0}, 0, own(0))});
    std::uint64_t declared = 0;
    for (const Sent& one : node.sent(MessageKind::decide))
        declared += one.message.slot_count * (one.to == nodes({1, 2}));
    EXPECT_EQ(declared, 2U) << "a quorum accepted slots 0 and 1 at its ballot";
    EXPECT_TRUE(node.sent(MessageKind::accept).empty());
    EXPECT_TRUE(node.sent(MessageKind::prepare).empty());
    EXPECT_FALSE(node.node().is_proposing());
    node.step({accepted(1, Ballot{1, 0}, 2, own(2))});
    EXPECT_TRUE(node.sent().empty()) << "slot 2 is left to the new leader";
    EXPECT_EQ(node.node().learned(), 2U);
}

TEST(MultiTest, S17_a_refusal_deposes_the_leader) {
    Node node = leader();
    node.offer(50, 4);
    node.step({nack(2, Ballot{1, 0}, 1, Ballot{4, 1}), accepted(1, Ballot{1, 0}, 1, own(1)),
               accepted(1, Ballot{1, 0}, 0, own(0))});
    EXPECT_TRUE(node.sent().empty());
    EXPECT_EQ(node.node().learned(), 0U);
}

TEST(MultiTest, S13_answers_are_counted_for_the_ballot_they_name) {
    Options options = options_of(0, 5);
    Node node(options);
    node.offer(1);
    node.step();
    node.step({promise_rest(1, Ballot{1, 0}, 0), promise_rest(2, Ballot{1, 0}, 0)});
    node.step({accepted(1, Ballot{1, 0}, 0, own(0)), accepted(2, Ballot{7, 2}, 0, own(0)),
               accepted(3, Ballot{2, 0}, 0, own(0))});
    EXPECT_EQ(node.node().learned(), 0U);
    node.step({accepted(3, Ballot{1, 0}, 0, own(0))});
    EXPECT_EQ(node.node().learned(), 1U);
}

TEST(MultiTest, a_late_message_of_a_lower_ballot_does_not_change_the_leader) {
    // If a late message changed the leader, two deposed nodes that hear each other could each take
    // the other for the leader, and would wait for each other forever.
    Node node(options_of(2, 3));
    node.step({prepare_log(Ballot{5, 1}, 0)});  // The node follows n1, which then dies.
    // n0 decided slot 0 at a lower ballot, and sends this decision again.
    node.step({decide(0, Ballot{2, 0}, 0, nodes({0, 1}), value_of(1))});
    for (int i = 0; i < 100 && !node.node().is_proposing(); ++i) {
        node.header(0, 1);
        node.advance(millisecond);
    }
    EXPECT_TRUE(node.node().is_proposing());
    EXPECT_EQ(node.node().counters().takeovers, 1U);
}

TEST(MultiTest, a_lone_node_leads_at_once) {
    Node node(options_of(0, 1));
    node.offer(3 * ring, 4);
    for (int i = 0; i < 10; ++i) node.step();
    EXPECT_EQ(node.node().learned(), 3 * ring);
    EXPECT_TRUE(node.sent().empty());
}

}  // namespace
}  // namespace paxos::test::multi_test
