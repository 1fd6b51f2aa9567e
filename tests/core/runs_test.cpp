// Runs, compared with a check of each message and the one before it.
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
    for_each_run(Arrival{1, 0, 0, messages, is_run},
                 [&](std::span<const Message> run) { runs.emplace_back(run.begin(), run.end()); });
    return runs;
}

TEST(RunsTest, slots_and_values_differ_in_a_run_and_nothing_else_does) {
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
    EXPECT_TRUE(differs_by([](Message& message) { message.ballot = Ballot{4, 1}; }));
    EXPECT_TRUE(differs_by([](Message& message) { message.detail = 1; }));
}

RC_GTEST_PROP(RunsTest, every_message_is_in_one_run_that_ends_only_where_it_must, ()) {
    std::vector<Message> messages;
    const auto count = *rc::gen::inRange<Slot>(0, 20);
    for (Slot slot = 0; slot < count; ++slot) {
        const Ballot ballot{*rc::gen::inRange<std::uint64_t>(1, 3), 1};
        messages.push_back(*rc::gen::arbitrary<bool>()
                               ? test::prepare(ballot, slot)
                               : test::accept(ballot, slot, test::value_of(slot)));
    }
    std::vector<Message> again;
    const Message* last = nullptr;
    for (const std::vector<Message>& run : runs_of(messages, false)) {
        RC_ASSERT(!run.empty());
        if (last != nullptr) RC_ASSERT(!are_alike(*last, run.front()));
        for (const Message& message : run) {
            RC_ASSERT(are_alike(run.front(), message));
            again.push_back(message);
        }
        last = &messages[again.size() - 1];
    }
    RC_ASSERT(again == messages);
}

TEST(RunsTest, what_is_known_to_be_one_is_one) {
    const std::vector<Message> messages(3, test::prepare(Ballot{1, 1}, 0));
    EXPECT_EQ(runs_of(messages, true).size(), 1U);
    EXPECT_TRUE(runs_of({}, true).empty());
}

TEST(RunsDeathTest, a_claimed_run_that_is_none_is_an_error) {
    if (!verifies) GTEST_SKIP() << "only costly checks find it";
    std::vector<Message> messages(3, test::prepare(Ballot{1, 1}, 0));
    messages[1].ballot = Ballot{2, 1};
    EXPECT_DEATH(runs_of(messages, true), "are_alike");
}

}  // namespace
}  // namespace paxos::runs_test
