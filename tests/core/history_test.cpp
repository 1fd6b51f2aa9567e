// Tests of the history, which keeps decisions that have left the ring, for peers that lag far
// behind.
#include "paxos/history.h"

#include <gtest/gtest.h>

#include <array>
#include <optional>
#include <utility>
#include <vector>

#include "support/subject.h"

namespace paxos::test::history_test {
namespace {

constexpr Slot ring = limits::Tiny::ring_slots;
constexpr Slot places = 16;
constexpr Slot learned_slots = 40;
constexpr Slot retained = learned_slots - ring - places;
constexpr Tick period = Timing{}.catch_up_ns;

/// A node whose history holds up to `history_slots` decisions.
template <template <class> class Variant>
struct Remembering {
    explicit Remembering(NodeId self = 2, Slot history_slots = places) : memory(history_slots) {
        Options options = options_of(self, 3);
        options.history = memory;
        node.emplace(options);
    }
    std::vector<Decision> memory;
    std::optional<Subject<Variant>> node;
};

Message decided(Slot slot) {
    return decide(0, Ballot{1 + slot, 0}, slot, nodes({0, 1}), value_of(slot));
}
/// Lets `node` accept and learn every slot below `learned_slots`.
template <class Node>
void learn_all(Node& node) {
    for (Slot slot = 0; slot < learned_slots; ++slot)
        node.step({accept(Ballot{1 + slot, 0}, slot, value_of(slot)), decided(slot)});
    ASSERT_EQ(node.node().learned(), learned_slots);
}
/// The DECIDE with which node 2 answers about `slot`.
Message answer_about(Slot slot) {
    Message answer = decided(slot);
    answer.from = 2;
    return answer;
}

TEST(HistoryTest, keeps_the_last_decisions_that_were_added) {
    std::vector<Decision> memory(4);
    History history(memory);
    for (Slot slot = 0; slot < 5; ++slot)
        history.add(std::array{value_of(slot)}, Ballot{1 + slot, 1}, nodes({0, 1}));
    history.add(std::array{value_of(5), value_of(6)}, Ballot{9, 1}, nodes({0, 2}));
    EXPECT_EQ(history.begin(), 3U);
    EXPECT_EQ(history.end(), 7U);
    EXPECT_FALSE(history.has(2));
    EXPECT_FALSE(history.has(7));
    for (Slot slot = 3; slot < 7; ++slot) {
        ASSERT_TRUE(history.has(slot));
        EXPECT_EQ(history.of(slot).value, value_of(slot));
        EXPECT_EQ(history.of(slot).ballot, (slot < 5 ? Ballot{1 + slot, 1} : Ballot{9, 1}));
        EXPECT_EQ(history.of(slot).quorum, slot < 5 ? nodes({0, 1}) : nodes({0, 2}));
    }
    history.restart(100);
    EXPECT_FALSE(history.has(6));
    history.add(std::array{value_of(5)}, Ballot{1, 1}, nodes({0, 1}));
    EXPECT_EQ(history.of(100).value, value_of(5));
    EXPECT_FALSE(History().is_kept());
}

TEST(HistoryTest, keeps_the_last_of_more_decisions_than_it_has_places) {
    std::vector<Decision> memory(2);
    History history(memory);
    history.restart(3);
    history.add(std::array{value_of(3), value_of(4), value_of(5), value_of(6), value_of(7)},
                Ballot{1, 1}, nodes({0, 1}));
    EXPECT_EQ(history.begin(), 6U);
    EXPECT_EQ(history.end(), 8U);
    EXPECT_EQ(history.of(6).value, value_of(6));
    EXPECT_EQ(history.of(7).value, value_of(7));
}

TEST(HistoryTest, S20_a_log_retains_its_ring_and_its_history) {
    std::vector<Decision> memory(places);
    Log<limits::Tiny> log(memory);
    const auto learn_slot = [&](Slot slot) {
        log.begin_step();
        const auto alike = log.open({slot, slot + 1});
        const Value value = value_of(slot);
        log.store(alike.slots, Values::at(value, slot));
        log.learn(alike, Ballot{1 + slot, 0}, nodes({0, 2}));
        log.check();
    };
    for (Slot slot = 0; slot < learned_slots; ++slot) {
        learn_slot(slot);
        EXPECT_EQ(log.retained_from(), slot + 1 - std::min(slot + 1, ring + places));
        for (Slot kept = log.retained_from(); kept <= slot; ++kept) {
            EXPECT_EQ(log.at(kept).value, value_of(kept));
            EXPECT_EQ(log.at(kept).state.promised, (Ballot{1 + kept, 0}));
            EXPECT_EQ(log.at(kept).state.decided_by(), nodes({0, 2}));
        }
    }
    EXPECT_EQ(log.at(log.retained_from() - 1).state, SlotState{});
    // Skipped slots leave a gap, so the log forgets all slots below the gap.
    log.skip_to(learned_slots + 3);
    log.check();
    EXPECT_EQ(log.retained_from(), learned_slots + 3);
    EXPECT_EQ(log.at(learned_slots - 1).state, SlotState{});
    for (Slot slot = learned_slots + 3; slot < learned_slots + 3 + 2 * ring; ++slot)
        learn_slot(slot);
    EXPECT_EQ(log.retained_from(), learned_slots + 3);
    EXPECT_EQ(log.at(learned_slots + 3).value, value_of(learned_slots + 3));
}

TEST(HistoryTest, LEARN_is_answered_from_the_history_with_a_bounded_number_of_decisions) {
    Remembering<Classic> it;
    learn_all(*it.node);
    EXPECT_EQ(it.node->node().retained_from(), retained);
    it.node->step({learn(1, 0, learned_slots)});
    auto decides = it.node->sent(MessageKind::decide);
    ASSERT_EQ(decides.size(), limits::Tiny::decisions_per_step);
    for (Slot i = 0; i < decides.size(); ++i)
        EXPECT_EQ(decides[i].message, answer_about(retained + i));
    EXPECT_EQ(it.node->node().counters().from_history, decides.size());
    // This LEARN asks for the last slots of the history and the first slots of the ring.
    it.node->step({learn(1, learned_slots - ring - 2, 4)});
    decides = it.node->sent(MessageKind::decide);
    ASSERT_EQ(decides.size(), 4U);
    for (Slot i = 0; i < decides.size(); ++i)
        EXPECT_EQ(decides[i].message, answer_about(learned_slots - ring - 2 + i));
    it.node->step({learn(1, 0, static_cast<std::uint32_t>(retained))});
    EXPECT_TRUE(it.node->sent().empty());
}

TEST(HistoryTest, a_proposer_that_lags_behind_is_told_what_was_decided) {
    Remembering<Classic> classic;
    learn_all(*classic.node);
    for (const Message& late :
         {prepare(Ballot{99, 1}, retained), accept(Ballot{99, 1}, retained, value_of(3))}) {
        classic.node->step({late});
        EXPECT_EQ(classic.node->answer(), answer_about(retained));
        Message older = late;
        older.slot = retained - 1;
        EXPECT_TRUE(classic.node->step({older}).empty());
    }
    Remembering<Multi> multi;
    learn_all(*multi.node);
    multi.node->step({prepare_log(Ballot{99, 1}, retained + 2)});
    const auto& answers = multi.node->sent();
    ASSERT_EQ(answers.size(), limits::Tiny::decisions_per_step);
    for (Slot i = 0; i < answers.size(); ++i)
        EXPECT_EQ(answers[i].message, answer_about(retained + 2 + i)) << "not an empty PROMISE";
}

TEST(HistoryTest, S23_records_restore_the_history) {
    Remembering<Classic> before;
    before.node->keep_records();
    learn_all(*before.node);
    Remembering<Classic> after;
    after.node->restore(before.node->records());
    EXPECT_EQ(after.node->node().retained_from(), retained);
    after.node->step({learn(1, retained, 1)});
    EXPECT_EQ(after.node->answer(), answer_about(retained));
    // A checkpoint does not contain the history.
    Remembering<Classic> later;
    later.node->restore(before.node->checkpoint());
    EXPECT_EQ(later.node->node().retained_from(), learned_slots);
}

/// Plays acceptor 1. `proposer` may propose in the slots below `end`. Returns when `proposer` sends
/// no more requests.
template <class Node>
void decide_up_to(Node& proposer, Slot end) {
    std::vector<Message> answers;
    const auto answer = [&] {
        for (const auto& [to, asked] : proposer.sent()) {
            if (asked.kind == MessageKind::prepare)
                answers.push_back(promise(1, asked.ballot, asked.slot));
            if (asked.kind == MessageKind::accept)
                answers.push_back(accepted(1, asked.ballot, asked.slot, asked.value));
        }
    };
    proposer.offer(end);
    proposer.step();
    answer();
    while (!answers.empty()) {
        proposer.step(std::exchange(answers, {}));
        answer();
        proposer.header(1, proposer.node().learned());
        answer();
    }
}

TEST(HistoryTest,
     S42_a_peer_that_lags_by_more_than_a_ring_is_waited_for_at_the_end_of_the_history) {
    const auto decided_with = [](Slot history_slots) {
        Remembering<Classic> it(0, history_slots);
        it.node->end(nodes({2}));
        decide_up_to(*it.node, 20);
        EXPECT_EQ(it.node->node().learned(), 20U);
        it.node->end({});
        it.node->header(2, 5);  // n2 comes back, with 5 learned slots.
        decide_up_to(*it.node, 1000);
        return it.node->node().learned();
    };
    EXPECT_EQ(decided_with(0), 20U);
    EXPECT_EQ(decided_with(32), 5 + ring + 32);
    Remembering<Classic> it(0, 32);
    it.node->end(nodes({2}));
    decide_up_to(*it.node, 20);
    it.node->end({});
    it.node->header(2, 20);  // n2 has caught up. The proposer stops one ring above slot 20.
    decide_up_to(*it.node, 1000);
    EXPECT_EQ(it.node->node().learned(), 20 + ring);
}

TEST(HistoryTest, a_learner_asks_every_peer_for_a_part_of_what_it_lacks) {
    Subject<Classic> node(options_of(2, 3));
    for (int i = 0; i < 2; ++i) {
        node.header(0, 1000);
        node.header(1, 1000);
        node.advance(period);
    }
    const auto asked = node.sent(MessageKind::learn);
    ASSERT_EQ(asked.size(), 2U);
    EXPECT_NE(asked[0].to, asked[1].to);
    for (Slot i = 0; i < 2; ++i) {
        EXPECT_EQ(asked[i].message.slot, i * limits::Tiny::decisions_per_step);
        EXPECT_EQ(asked[i].message.slot_count, limits::Tiny::decisions_per_step);
    }
}

TEST(HistoryTest, a_learner_without_space_for_records_asks_for_nothing) {
    Subject<Classic> node(options_of(2, 3));
    node.keep_records();
    node.header(0, 1000);
    node.advance(period);
    node.fill_disk();
    for (int i = 0; i < 4; ++i) {
        node.advance(period);
        EXPECT_TRUE(node.sent(MessageKind::learn).empty());
    }
    node.keep_records();
    node.advance(period);
    EXPECT_EQ(node.sent(MessageKind::learn).size(), 1U);
}

}  // namespace
}  // namespace paxos::test::history_test
