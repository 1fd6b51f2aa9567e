// Tests of for_each_run, which splits the messages of a datagram into runs, and of are_alike, which
// finds where a run ends.
#include "paxos/runs.h"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <vector>

#include "support/subject.h"

namespace paxos::runs_test {
namespace {

std::vector<std::vector<Message>> runs_of(const std::vector<Message>& messages, bool is_run) {
    std::vector<std::vector<Message>> runs;
    for_each_run(Arrival{1, 0, 0, messages, is_run}, [&](const Run& run) {
        auto& messages_of_run = runs.emplace_back();
        run.for_each([&](const Message& message) { messages_of_run.push_back(message); });
    });
    return runs;
}

TEST(RunsTest, messages_of_a_run_differ_only_in_slots_and_values) {
    const Message first = test::accept(Ballot{3, 1}, 7, test::value_of(1));
    Message other = test::accept(Ballot{3, 1}, 70, test::value_of(2));
    EXPECT_TRUE(are_alike(first, other));

    const auto differs_by = [&](auto&& change) {
        Message changed = other;
        change(changed);
        return !are_alike(first, changed);
    };
    EXPECT_TRUE(differs_by([](Message& message) { message.kind = MessageKind::accepted; }));
    EXPECT_TRUE(differs_by([](Message& message) { message.from = 2; }));
    EXPECT_TRUE(differs_by([](Message& message) { message.slot_count = 2; }));
    EXPECT_TRUE(differs_by([](Message& message) { message.carries_values = 1; }));
    EXPECT_TRUE(differs_by([](Message& message) { message.ballot = Ballot{4, 1}; }));
    EXPECT_TRUE(differs_by([](Message& message) { message.detail = 1; }));
}

RC_GTEST_PROP(RunsTest, every_message_is_in_one_run_that_ends_only_where_it_must, ()) {
    std::vector<Message> messages;
    const auto count = *rc::gen::inRange<Slot>(0, 20);
    Slot slot = 0;
    for (Slot i = 0; i < count; ++i) {
        slot += *rc::gen::element<Slot>(1, 1, 1, 2);
        const Ballot ballot{*rc::gen::inRange<std::uint64_t>(1, 3), 1};
        messages.push_back(*rc::gen::arbitrary<bool>()
                               ? test::prepare(ballot, slot)
                               : test::accept(ballot, slot, test::value_of(slot)));
    }
    std::vector<Message> again;
    const Message* last = nullptr;
    for (const std::vector<Message>& run : runs_of(messages, false)) {
        RC_ASSERT(!run.empty());
        if (last != nullptr)
            RC_ASSERT(!are_alike(*last, run.front()) || last->slot + 1 != run.front().slot);
        for (const Message& message : run) {
            RC_ASSERT(are_alike(run.front(), message));
            again.push_back(message);
        }
        last = &messages[again.size() - 1];
    }
    RC_ASSERT(again == messages);
}

TEST(RunsTest, messages_known_to_be_a_run_are_not_compared) {
    std::vector<Message> messages;
    for (const Slot slot : {4U, 5U, 6U, 8U}) messages.push_back(test::prepare(Ballot{1, 1}, slot));
    EXPECT_EQ(runs_of(messages, true).size(), 2U) << "slot 7 is missing";
    EXPECT_TRUE(runs_of({}, true).empty());
}

TEST(RunsTest, S44_a_message_about_several_slots_acts_like_one_message_for_each) {
    Message prepare = test::prepare(Ballot{1, 1}, 5);
    prepare.slot_count = 3;
    const auto runs = runs_of({prepare, test::prepare(Ballot{1, 1}, 8)}, false);
    ASSERT_EQ(runs.size(), 2U);
    ASSERT_EQ(runs.front().size(), 3U);
    EXPECT_EQ(runs.front()[2], test::prepare(Ballot{1, 1}, 7));
    EXPECT_EQ(runs.back().size(), 1U);
}

TEST(RunsDeathTest, a_datagram_wrongly_marked_as_a_run_aborts) {
    if (!verifies) GTEST_SKIP() << "costly checks are off: the presets debug and asan have them";
    std::vector<Message> messages{test::prepare(Ballot{1, 1}, 0), test::prepare(Ballot{2, 1}, 1)};
    EXPECT_DEATH(runs_of(messages, true), "are_alike");
}

}  // namespace
}  // namespace paxos::runs_test
