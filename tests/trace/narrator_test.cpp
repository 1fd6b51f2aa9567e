// The output of --log for records built by hand: which sentences it contains, in which order, and
// what it omits.
#include "trace/narrator.h"

#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "support/narrated_scenario.h"
#include "trace/words.h"

namespace paxos::trace::narrator_test {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

class Scenario : public NarratedScenario {};

TEST_F(Scenario, one_round_has_a_line_for_each_event) {
    begin(3);
    // The records are added node by node. The narrator merges the records by time.
    add(0, 0, EventKind::resumed, message(MessageKind::none, 0, first_, 0));
    send(0, 0, MessageKind::prepare, n12, first_, 0);
    add(0, 16, EventKind::quorum_promised, message(MessageKind::accept, 0, first_, 0, 5), n01);
    send(0, 16, MessageKind::accept, n12, first_, 0, 5);
    add(0, 25, EventKind::late, message(MessageKind::promise, 2, first_, 0));
    add(0, 32, EventKind::quorum_accepted, message(MessageKind::decide, 0, first_, 0, 5), n01);
    send(0, 32, MessageKind::decide, n12, first_, 0, 5);
    add(0, 32, EventKind::learned, message(MessageKind::decide, 0, first_, 0, 5), n01);
    send(1, 9, MessageKind::promise, n0, first_, 0);
    send(1, 24, MessageKind::accepted, n0, first_, 0, 5);
    add(1, 41, EventKind::learned, message(MessageKind::decide, 0, first_, 0, 5), n01);
    send(2, 18, MessageKind::promise, n0, first_, 0);
    EXPECT_THAT(
        narrated(),
        ElementsAre(
            "     0.0 n0   0  PREPARE  ballot 1.n0 -> all",
            "     9.0 n1   0  PROMISE  1.n0 -> n0   nothing accepted before",
            "    16.0 n0   0  majority promised: n0 n1; no earlier value, so n0 proposes its own",
            "    16.0 n0   0  ACCEPT   1.n0 value v5 -> all",
            "    18.0 n2   0  PROMISE  1.n0 -> n0   nothing accepted before",
            "    24.0 n1   0  ACCEPTED 1.n0 value v5 -> n0",
            "    25.0 n0   0  PROMISE from n2 arrived late and is not needed",
            "    32.0 n0   0  majority accepted: n0 n1; decided v5",
            "    32.0 n0   0  DECIDE   v5 -> all", "    41.0 n1   0  learned v5"));
}

// The clock of n1 is 20 us behind, and the clock of n2 is 20 us ahead. A message takes less than
// 20 us, so the recorded time of its receipt may be earlier than that of its send.
TEST_F(Scenario, no_receipt_is_before_its_send_if_clocks_differ) {
    for (const bool phase_1_for_all : {false, true}) {
        lines_.clear();
        begin(3, phase_1_for_all);
        const auto phase_1 = [&](MessageKind kind, NodeId from) {
            Message made = message(kind, from, first_, 0);
            made.slot_count = phase_1_for_all ? 0 : 1;
            return made;
        };
        add(0, 30, EventKind::sent, phase_1(MessageKind::prepare, 0), n12);
        add(1, 15, EventKind::sent, phase_1(MessageKind::promise, 1), n0);
        add(0, 40, EventKind::quorum_promised, phase_1(MessageKind::accept, 0), n01);
        send(0, 40, MessageKind::accept, n12, first_, 0, 5);
        add(2, 55, EventKind::sent, phase_1(MessageKind::promise, 2), n0);
        add(0, 46, EventKind::late, phase_1(MessageKind::promise, 2));
        send(1, 25, MessageKind::accepted, n0, first_, 0, 5);
        add(0, 50, EventKind::quorum_accepted, message(MessageKind::decide, 0, first_, 0, 5), n01);
        send(0, 50, MessageKind::decide, n12, first_, 0, 5);
        add(0, 50, EventKind::learned, message(MessageKind::decide, 0, first_, 0, 5), n01);
        add(1, 35, EventKind::learned, message(MessageKind::decide, 1, first_, 0, 5), n01);
        send(1, 35, MessageKind::decide, n2, first_, 0, 5);
        // n2 prepares another ballot.
        send(2, 95, MessageKind::prepare, n01, Ballot{2, 2}, 1);
        Message nack = message(MessageKind::nack, 1, Ballot{2, 2}, 1);
        nack.detail = Ballot{3, 0}.bits();
        add(1, 60, EventKind::sent, nack, n2);
        Message preempted = message(MessageKind::none, 0, first_, 1);
        preempted.detail = Ballot{2, 2}.bits();
        add(0, 80, EventKind::preempted, preempted);

        std::vector<std::string> order;
        double before_us = 0;
        for (const std::string& line : narrated()) {
            const double us = std::stod(line.substr(0, 8));
            EXPECT_GE(us, before_us) << line;
            before_us = us;
            order.push_back(line.substr(9, 2) + line.substr(16, 9));
        }
        EXPECT_THAT(order, ElementsAre("n0 PREPARE ", "n1 PROMISE ", "n0 majority", "n0 ACCEPT  ",
                                       "n1 ACCEPTED", "n2 PROMISE ", "n0 PROMISE ", "n0 majority",
                                       "n0 DECIDE  ", "n1 learned ", "n1 DECIDE  ", "n2 PREPARE ",
                                       "n1 NACK    ", "n0 preempte"));
    }
}

/// If the record of a send was lost, the receipt is printed without waiting for that record.
TEST_F(Scenario, a_receipt_without_its_send_is_printed) {
    begin(3);
    send(1, 9, MessageKind::promise, n0, first_, 0);
    narrator_->advance(1'000'000 + 10'000);
    EXPECT_THAT(lines_.back(), HasSubstr("PROMISE"));
    // n1 and n2 each learn from a DECIDE of the other, and each sends its DECIDE only after it has
    // learned. So each receipt waits for the other receipt. Such a cycle is possible only if
    // records were lost or forged.
    send(0, 20, MessageKind::prepare, n12, first_, 0);
    send(1, 21, MessageKind::promise, n0, first_, 0);
    add(1, 30, EventKind::learned, message(MessageKind::decide, 1, first_, 0, 5), n01);
    send(1, 31, MessageKind::decide, n2, first_, 0, 5);
    add(2, 30, EventKind::learned, message(MessageKind::decide, 2, first_, 0, 5), n01);
    send(2, 31, MessageKind::decide, n1, first_, 0, 5);
    EXPECT_EQ(narrated().size(), 7U);
}

TEST_F(Scenario, an_earlier_value_must_be_proposed_again) {
    begin(3);
    const Ballot second{2, 1};
    Message promise = message(MessageKind::promise, 2, second, 3, 4);
    promise.detail = first_.bits();
    add(2, 1, EventKind::sent, promise, n1);
    Message quorum = message(MessageKind::accept, 1, second, 3, 4);
    quorum.detail = first_.bits();
    add(1, 2, EventKind::quorum_promised, quorum, n12);
    EXPECT_THAT(words(),
                ElementsAre("PROMISE  2.n1 -> n1   accepted v4 at 1.n0 before",
                            "majority promised: n1 n2; n1 must propose v4, accepted at 1.n0"));
}

TEST_F(Scenario, a_nack_preempts_a_proposer_which_then_proposes_with_a_higher_ballot) {
    begin(3);
    Message nack = message(MessageKind::nack, 2, first_, 3);
    nack.detail = Ballot(2, 1).bits();
    add(2, 1, EventKind::sent, nack, n0);
    Message preempted = message(MessageKind::none, 0, first_, 3);
    preempted.detail = Ballot(2, 1).bits();
    add(0, 2, EventKind::preempted, preempted);
    add(0, 3, EventKind::resumed, message(MessageKind::none, 0, Ballot(3, 0), 3));
    EXPECT_THAT(words(), ElementsAre("NACK     1.n0 -> n0   refused: has promised 2.n1",
                                     "preempted: ballot 2.n1 is higher; abandons ballot 1.n0",
                                     "proposes again, with ballot 3.n0"));
}

TEST_F(Scenario, an_answer_that_arrives_after_the_majority_is_late_at_its_receiver) {
    begin(3);
    send(2, 1, MessageKind::promise, n0, first_, 0);
    add(0, 2, EventKind::quorum_promised, message(MessageKind::accept, 0, first_, 0), n01);
    add(0, 3, EventKind::late, message(MessageKind::promise, 2, first_, 0));
    EXPECT_THAT(words(),
                ElementsAre("PROMISE  1.n0 -> n0   nothing accepted before",
                            "majority promised: n0 n1; no earlier value, so n0 proposes its own",
                            "PROMISE from n2 arrived late and is not needed"));
}

/// An answer is late only for its receiver. The line for its sender is the same as for other
/// answers.
TEST_F(Scenario, a_late_answer_changes_no_line_of_its_sender) {
    begin(3);
    add(0, 1, EventKind::quorum_accepted, message(MessageKind::decide, 0, first_, 0, 5), n01);
    send(2, 2, MessageKind::accepted, n0, first_, 1, 6);
    send(2, 3, MessageKind::accepted, n0, first_, 0, 5);
    EXPECT_THAT(words(),
                ElementsAre("majority accepted: n0 n1; decided v5", "ACCEPTED 1.n0 value v6 -> n0",
                            "ACCEPTED 1.n0 value v5 -> n0"));
}

TEST_F(Scenario, a_repeated_request_is_printed_with_the_reason) {
    begin(3);
    send(0, 1, MessageKind::prepare, n12, first_, 0);
    send(0, 2, MessageKind::prepare, n2, first_, 0);
    send(0, 3, MessageKind::accept, n12, first_, 0, 5);
    send(0, 4, MessageKind::accept, n2, first_, 0, 5);
    EXPECT_THAT(words(), ElementsAre("PREPARE  ballot 1.n0 -> all",
                                     "PREPARE  ballot 1.n0 -> n2   again: answers are missing",
                                     "ACCEPT   1.n0 value v5 -> all",
                                     "ACCEPT   1.n0 value v5 -> n2   again: answers are missing"));
}

TEST_F(Scenario, phase_1_for_the_whole_log_is_described) {
    begin(3, true);
    Message prepare = message(MessageKind::prepare, 0, first_, 0);
    prepare.slot_count = 0;
    add(0, 1, EventKind::sent, prepare, n12);
    Message promise = message(MessageKind::promise, 1, first_, 0);
    promise.slot_count = 0;
    add(1, 2, EventKind::sent, promise, n0);
    Message leads = message(MessageKind::none, 0, first_, 0);
    leads.slot_count = 0;
    add(0, 3, EventKind::quorum_promised, leads, n01);
    add(0, 3, EventKind::quorum_promised, message(MessageKind::accept, 0, first_, 0), n01);
    Message decide = message(MessageKind::decide, 0, first_, 0);
    decide.slot_count = 4;
    add(0, 4, EventKind::sent, decide, n12);
    EXPECT_THAT(
        words(),
        ElementsAre(
            "PREPARE  ballot 1.n0 -> all   for this round and all after it",
            "PROMISE  1.n0 -> n0   nothing accepted in this round or any later one",
            "majority promised: n0 n1; n0 leads, for this round and all after it",
            "majority promised: n0 n1; no node accepted anything: a gap, which a no-op fills",
            "DECIDE   rounds 0 to 3 -> all   the values accepted in these rounds at ballot 1.n0"));
}

TEST_F(Scenario, rare_events_have_sentences) {
    begin(3);
    add(1, 1, EventKind::took_over, message(MessageKind::none, 0, Ballot(2, 1), 3));
    Message learn = message(MessageKind::learn, 2, Ballot{}, 3);
    learn.slot_count = 2;
    add(2, 2, EventKind::sent, learn, n1);
    add(2, 3, EventKind::stale, message(MessageKind::prepare, 0, first_, 9));
    add(2, 4, EventKind::left_behind, message(MessageKind::none, 0, Ballot{}, 9));
    add(2, 5, EventKind::stepped_down, message(MessageKind::none, 0, Ballot(3, 2), 9));
    EXPECT_THAT(
        words(),
        ElementsAre("hears no proposer; takes over with ballot 2.n1",
                    "LEARN    rounds 3 to 4 -> n1   asks what was decided",
                    "PREPARE from n0 ignored: its round is outside this node's log ring",
                    "left behind: the others no longer hold the earlier rounds; skips them",
                    "steps down: another node no longer holds rounds that this node must recover "
                    "first"));
}

TEST_F(Scenario, events_of_the_same_nanosecond_are_printed_in_the_order_of_the_protocol) {
    begin(3);
    add(2, 7, EventKind::learned, message(MessageKind::decide, 0, first_, 0, 5), n01);
    send(1, 7, MessageKind::promise, n0, first_, 0);
    send(0, 7, MessageKind::prepare, n12, first_, 0);
    send(0, 7, MessageKind::decide, n12, first_, 0, 5);
    EXPECT_THAT(words(), ElementsAre("PREPARE  ballot 1.n0 -> all",
                                     "PROMISE  1.n0 -> n0   nothing accepted before",
                                     "DECIDE   v5 -> all", "learned v5"));
}

TEST_F(Scenario, nothing_is_printed_early_or_twice) {
    begin(2);
    send(0, 10, MessageKind::prepare, n1, first_, 0);
    send(0, 20, MessageKind::accept, n1, first_, 0, 5);
    const std::size_t heading = lines_.size();
    narrator_->advance(1'000'000 + 15'000);
    EXPECT_EQ(lines_.size(), heading + 1);
    send(1, 16, MessageKind::promise, n0, first_, 0);
    EXPECT_EQ(narrated().size(), 3U);
    EXPECT_THAT(lines_[heading + 1], HasSubstr("PROMISE"));
}

TEST_F(Scenario, rounds_from_round_end_on_and_the_warm_up_are_omitted) {
    begin(2, false, 100);
    for (const Slot slot : {50U, 100U, 109U, 110U})
        send(0, slot, MessageKind::prepare, n1, first_, slot);
    EXPECT_THAT(narrated(), ElementsAre("     0.0 n0   0  PREPARE  ballot 1.n0 -> n1",
                                        "     9.0 n0   9  PREPARE  ballot 1.n0 -> n1"));
}

TEST_F(Scenario, lost_records_are_reported) {
    begin(2);
    EXPECT_THAT(narrated(17),
                ElementsAre("17 events are missing: they came faster than they could be printed"));
}

TEST_F(Scenario, the_introduction_names_the_majority_and_fits_80_columns) {
    begin(5);
    EXPECT_THAT(lines_[0], HasSubstr("3 of 5 nodes are a majority"));
    for (const std::string& line : lines_) EXPECT_LE(line.size(), 80U) << line;
}

TEST_F(Scenario, the_introduction_fills_the_lines_of_a_narrow_terminal) {
    setting_.columns = 40;
    begin(5);
    const auto end = std::ranges::find(lines_, "");
    ASSERT_NE(end, lines_.end());
    for (auto line = lines_.begin(); line != end; ++line) {
        EXPECT_LE(line->size(), 40U) << *line;
        if (line + 1 == end) break;
        const std::string next_word = (line + 1)->substr(0, (line + 1)->find(' '));
        EXPECT_GT(line->size() + 1 + next_word.size(), 40U) << *line << " could be longer";
    }
}

TEST_F(Scenario, the_introduction_names_flexible_quorums) {
    setting_.accept_quorum = 2;
    begin(5, true);
    EXPECT_THAT(lines_[0], testing::EndsWith("the first needs 4 of 5 nodes, the"));
    EXPECT_THAT(lines_[1], testing::StartsWith("second 2 of 5. "));
    for (const std::string& line : lines_) {
        EXPECT_LE(line.size(), 80U) << line;
        EXPECT_EQ(line.find("majority"), std::string::npos) << line;
    }
}

TEST_F(Scenario, Slow_memory_is_bounded) {
    begin(2);
    for (std::size_t i = 0; i < Narrator::held_max + 1000; ++i)
        send(0, i, MessageKind::prepare, n1, Ballot(i + 1, 0), 0);
    // The narrator holds at most held_max events, so it has printed the others.
    EXPECT_GE(lines_.size(), 1000U);
    EXPECT_EQ(narrated().size(), Narrator::held_max + 1000);
}

TEST(Words, name_runs_of_nodes) {
    EXPECT_EQ(names_of(NodeMask{}), "");
    EXPECT_EQ(names_of(NodeMask{0b1011}), "n0 n1 n3");
    EXPECT_EQ(names_of(NodeMask::first(4)), "n0 n1 n2 n3");
    EXPECT_EQ(names_of(NodeMask{0b101111111}), "n0-n6 n8");
    EXPECT_EQ(text_of(Ballot{}), "none");
    EXPECT_EQ(text_of(Ballot(3, 1)), "3.n1");
}

}  // namespace
}  // namespace paxos::trace::narrator_test
