// The diagram of a log: at which event of the receiver an arrow ends, and what each node knows.
#include "report/diagram.h"

#include "gtest/gtest.h"

namespace paxos::report::diagram_test {
namespace {

using measure::TracedEvent;

TracedEvent event(std::uint64_t at, int node, const std::string& kind, const std::string& message,
                  std::vector<int> nodes, const std::string& ballot = "1.n0") {
    TracedEvent made;
    made.at_ns = at;
    made.node = node;
    made.event = kind;
    made.message = message;
    made.nodes = std::move(nodes);
    made.ballot = ballot;
    made.sentence = kind + " " + message;
    if (message == "ACCEPT" || message == "ACCEPTED" || message == "DECIDE") made.value = "red";
    return made;
}
TracedEvent sent(std::uint64_t at, int node, const std::string& message, std::vector<int> to,
                 const std::string& ballot = "1.n0") {
    return event(at, node, "sent", message, std::move(to), ballot);
}

std::optional<std::uint64_t> handled(const Diagram& diagram, const std::string& message, int from,
                                     int to, std::uint64_t sent_at) {
    for (const Arrow& arrow : diagram.arrows)
        if (arrow.message == message && arrow.from == from && arrow.to == to &&
            arrow.sent_ns == sent_at)
            return arrow.handled_ns;
    ADD_FAILURE() << "no " << message << " from n" << from << " to n" << to;
    return {};
}

std::vector<TracedEvent> whole_round() {
    TracedEvent late = event(41, 0, "late", "PROMISE", {});
    late.from = 2;
    return {sent(0, 0, "PREPARE", {1, 2}),
            sent(10, 1, "PROMISE", {0}),
            sent(11, 2, "PROMISE", {0}),
            event(20, 0, "quorum_promised", "", {0, 1}),
            sent(20, 0, "ACCEPT", {1, 2}),
            sent(30, 1, "ACCEPTED", {0}),
            sent(31, 2, "ACCEPTED", {0}),
            event(40, 0, "quorum_accepted", "DECIDE", {0, 1}),
            sent(40, 0, "DECIDE", {1, 2}),
            late,
            event(50, 1, "learned", "DECIDE", {0, 1}),
            event(52, 2, "learned", "DECIDE", {0, 1})};
}

TEST(Diagram, an_arrow_ends_where_its_receiver_first_acts_on_the_message) {
    const Diagram diagram = diagram_of(whole_round(), 3);
    EXPECT_EQ(diagram.arrows.size(), 10u);
    EXPECT_EQ(diagram.marks.size(), 12u);
    EXPECT_EQ(handled(diagram, "PREPARE", 0, 1, 0), 10u);
    EXPECT_EQ(handled(diagram, "PREPARE", 0, 2, 0), 11u);
    EXPECT_EQ(handled(diagram, "PROMISE", 1, 0, 10), 20u);
    EXPECT_EQ(handled(diagram, "PROMISE", 2, 0, 11), 41u) << "late";
    EXPECT_EQ(handled(diagram, "ACCEPT", 0, 2, 20), 31u);
    EXPECT_EQ(handled(diagram, "ACCEPTED", 1, 0, 30), 40u);
    EXPECT_FALSE(handled(diagram, "ACCEPTED", 2, 0, 31)) << "the quorum was met without it";
    EXPECT_EQ(handled(diagram, "DECIDE", 0, 2, 40), 52u);
}

TEST(Diagram, a_message_counts_as_lost_if_only_its_retransmission_is_answered) {
    const Diagram diagram = diagram_of(
        {sent(0, 0, "PREPARE", {1, 2}), sent(10, 1, "PROMISE", {0}),
         sent(1000, 0, "PREPARE", {1, 2}), sent(1010, 2, "PROMISE", {0})},
        3);
    EXPECT_EQ(handled(diagram, "PREPARE", 0, 1, 0), 10u);
    EXPECT_FALSE(handled(diagram, "PREPARE", 0, 2, 0));
    EXPECT_EQ(handled(diagram, "PREPARE", 0, 2, 1000), 1010u);
}

TEST(Diagram, a_nack_ends_at_the_preemption_and_ballots_are_kept_apart) {
    const Diagram diagram = diagram_of(
        {sent(0, 0, "PREPARE", {1}), sent(5, 2, "PREPARE", {1}, "2.n2"),
         sent(10, 1, "PROMISE", {2}, "2.n2"), sent(12, 1, "NACK", {0}),
         event(20, 0, "preempted", "", {})},
        3);
    EXPECT_EQ(handled(diagram, "PREPARE", 0, 1, 0), 12u);
    EXPECT_EQ(handled(diagram, "PREPARE", 2, 1, 5), 10u);
    EXPECT_EQ(handled(diagram, "NACK", 1, 0, 12), 20u);
}

TEST(Diagram, an_arrow_never_ends_at_a_message_of_another_round) {
    TracedEvent other = sent(10, 1, "PROMISE", {0});
    other.round = 1;
    TracedEvent all = sent(20, 0, "PREPARE", {1});
    all.rounds = 0;
    TracedEvent late = sent(30, 1, "PROMISE", {0});
    late.round = 7;
    const Diagram diagram = diagram_of({sent(0, 0, "PREPARE", {1}), other, all, late}, 2);
    EXPECT_FALSE(handled(diagram, "PREPARE", 0, 1, 0));
    EXPECT_EQ(handled(diagram, "PREPARE", 0, 1, 20), 30u) << "for all rounds";
}

TEST(Diagram, the_knowledge_of_a_node_comes_from_its_own_events) {
    const Diagram diagram = diagram_of(whole_round(), 3);
    EXPECT_EQ(diagram.marks[0].knowledge, "nothing yet");
    EXPECT_EQ(diagram.marks[1].knowledge, "promised 1.n0");
    EXPECT_EQ(diagram.marks[3].knowledge, "promised 1.n0") << "its own vote";
    EXPECT_EQ(diagram.marks[5].knowledge, "promised 1.n0; accepted red at 1.n0");
    EXPECT_EQ(diagram.marks[7].knowledge, "promised 1.n0; accepted red at 1.n0; decided red");
    EXPECT_EQ(diagram.marks[11].knowledge, "promised 1.n0; accepted red at 1.n0; decided red");
}

TEST(Diagram, a_remark_belongs_to_no_node_and_changes_no_knowledge) {
    std::vector<TracedEvent> trace = whole_round();
    TracedEvent remark;
    remark.at_ns = 35;
    remark.sentence = "n2 crashes";
    trace.insert(trace.begin() + 7, remark);
    const Diagram diagram = diagram_of(trace, 3);
    EXPECT_EQ(diagram.arrows.size(), 10u);
    EXPECT_EQ(diagram.marks[7].node, -1);
    EXPECT_EQ(diagram.marks[7].event, "remark");
    EXPECT_EQ(diagram.marks[7].knowledge, "");
    EXPECT_EQ(diagram.marks[8].knowledge, "promised 1.n0; accepted red at 1.n0; decided red");
}

TEST(Diagram, shows_the_first_events_of_a_long_log) {
    const std::vector<TracedEvent> trace(Diagram::events_max + 5, sent(0, 0, "PREPARE", {1}));
    const Diagram diagram = diagram_of(trace, 2);
    EXPECT_EQ(diagram.events, Diagram::events_max + 5);
    EXPECT_EQ(diagram.marks.size(), Diagram::events_max);
    EXPECT_EQ(diagram_of({}, 2).events, 0u);
}

}  // namespace
}  // namespace paxos::report::diagram_test
