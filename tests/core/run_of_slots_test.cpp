// Tests of S44: a message about several slots means the same as one message for each slot. The
// property tests compare two nodes. One node receives and sends runs of slots, and the other
// receives and sends one message for each slot. Both nodes must do the same for each slot.
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <tuple>

#include "support/datagrams.h"
#include "support/subject.h"
#include "wire/validate.h"

namespace paxos::test::run_of_slots_test {
namespace {

using Sizes = limits::Tiny;
constexpr std::size_t node_count = 5;
constexpr NodeId self = 2;

// Time stands still in this test. Otherwise the timeouts of the two nodes would differ, because a
// run gives one round-trip sample and single messages give several.

/// Returns a random message about a run of slots, with the cells of its values. The value of a slot
/// does not depend on the ballot.
std::vector<Message> any_run(bool whole_log) {
    const auto kind = *rc::gen::elementOf(
        std::vector<MessageKind>(std::begin(all_kinds), std::end(all_kinds)));
    const auto slot = *rc::gen::inRange<Slot>(0, 2 * Sizes::ring_slots);
    const auto count = *rc::gen::inRange<std::uint32_t>(1, Sizes::ring_slots);
    const auto from = *rc::gen::element<NodeId>(0, 1, 3);
    std::vector<Message> cells = run_of(kind, from, slot, count);
    Message& message = cells.front();
    const auto counter = *rc::gen::inRange<std::uint64_t>(1, 4);
    const bool is_request = kind == MessageKind::prepare || kind == MessageKind::accept;
    if (kind != MessageKind::learn) message.ballot = Ballot{counter, is_request ? from : self};
    if (kind == MessageKind::nack) message.detail = Ballot{counter + 1, 0}.bits();
    if (kind == MessageKind::decide) message.detail = 0b01011;
    const bool is_accepted = kind == MessageKind::promise && *rc::gen::arbitrary<bool>();
    if (kind == MessageKind::promise) message.detail = is_accepted ? Ballot{1, 0}.bits() : 0;
    if (is_accepted) message.slot_count = 1;
    if (whole_log && kind == MessageKind::prepare) message.slot_count = 0;
    if (kind == MessageKind::decide && *rc::gen::arbitrary<bool>()) message.carries_values = 0;
    const std::size_t used = message.cell_count();
    if (message.value_count() == 0) message.value = Value{};
    if (kind == MessageKind::accepted && message.slot_count > 1) message.value = Value{};
    cells.resize(used);
    return cells;
}

using Key = std::tuple<std::uint64_t, MessageKind, Slot, std::uint64_t, std::uint64_t, bool>;

/// The messages sent, split into one message for each slot, and sorted. Values are not compared.
/// The last field of a Key is false only if an ACCEPT, or a PROMISE that reports an acceptance, has
/// the value zero.
template <class Subject>
std::vector<Key> sent(const Subject& subject) {
    std::vector<Key> all;
    for (const Send& send : subject.output().outbox.sends())
        for (std::size_t i = 0; i < send.datagram_count(); ++i)
            for_each_message(send.messages(i), [&](std::span<const Message> cells) {
                RC_ASSERT(!wire::find_fault(cells, self, node_count));
                Run::of(cells.front()).for_each([&](const Message& message) {
                    const bool needs_value = message.kind == MessageKind::accept ||
                                             (message.kind == MessageKind::promise &&
                                              message.detail != 0);
                    send.to.for_each([&](NodeId to) {
                        all.emplace_back(to, message.kind, message.slot, message.ballot.bits(),
                                         message.detail, !needs_value || !message.value.is_zero());
                    });
                });
            });
    std::sort(all.begin(), all.end());
    return all;
}

template <template <class> class Variant>
void compare_with_single_messages(bool whole_log) {
    Options options = options_of(self, node_count);
    options.proposers = *rc::gen::element<std::size_t>(1, 3);
    Subject<Variant, Sizes> single(options);
    options.runs = true;
    Subject<Variant, Sizes> in_runs(options);
    for (auto* subject : {&single, &in_runs})
        subject->offer(2 * Sizes::ring_slots, Sizes::window_max);
    const auto steps = *rc::gen::inRange(1, 12);
    for (int step = 0; step < steps; ++step) {
        const std::vector<Message> cells = any_run(whole_log);
        const NodeId from = cells.front().from;
        std::vector<Message> messages;
        Run::of(cells.front()).for_each([&](const Message& one) { messages.push_back(one); });
        std::vector<Arrival> arrivals;
        // A DECIDE without values arrives whole at both nodes: split into single slots, it would be
        // invalid, because a DECIDE of one slot must have its value.
        const bool is_range = cells.front().kind == MessageKind::decide &&
                              cells.front().value_count() == 0;
        if (is_range)
            arrivals.push_back({from, 0, 0, cells});
        else
            for (const Message& message : messages) arrivals.push_back({from, 0, 0, {&message, 1}});
        single.step_with(arrivals);
        in_runs.step_with({{from, 0, 0, cells}});
        RC_ASSERT((single.violation() == ViolationKind::none) ==
                  (in_runs.violation() == ViolationKind::none));
        if (single.violation() != ViolationKind::none) return;
        RC_ASSERT(sent(single) == sent(in_runs));
        RC_ASSERT(single.node().learned() == in_runs.node().learned());
        RC_ASSERT(single.node().retained_from() == in_runs.node().retained_from());
        RC_ASSERT(single.node().next_slot() == in_runs.node().next_slot());
        RC_ASSERT(single.node().counters().outside_ring == in_runs.node().counters().outside_ring);
        RC_ASSERT(single.node().counters().sent == in_runs.node().counters().sent);
    }
}

RC_GTEST_PROP(RunOfSlotsTest, S44_classic_a_run_acts_like_one_message_for_each_slot, ()) {
    compare_with_single_messages<Classic>(false);
}
RC_GTEST_PROP(RunOfSlotsTest, S44_multi_a_run_acts_like_one_message_for_each_slot, ()) {
    compare_with_single_messages<Multi>(true);
}

/// If the slots of a run are in alternating states, each slot needs an answer of its own. The
/// number of answers in a step is bounded. Answers beyond the bound are counted but not sent, and
/// the peer repeats its request.
template <class Limits>
void expect_bounded_answers() {
    Options options = options_of(self, node_count);
    options.runs = true;
    Subject<Classic, Limits> subject(options);
    for (Slot first = 0; first < Limits::ring_slots; first += 256) {
        std::vector<Message> accepts;
        for (Slot slot = first; slot < first + 256; slot += 2)
            accepts.push_back(accept(Ballot{1, 0}, slot, value_of(slot)));
        subject.step(accepts);
    }
    std::vector<Message> prepares;
    constexpr std::uint64_t count = 3 * limits::Standard::sends_per_step;
    for (std::uint64_t counter = 2; counter < 2 + count; ++counter) {
        prepares.push_back(prepare(Ballot{counter, 1}, 0));
        prepares.back().slot_count = Limits::ring_slots;
    }
    subject.step(prepares);
    EXPECT_LE(subject.output().outbox.cell_count(), Limits::reply_cells_per_step);
    const Counters& counters = subject.node().counters();
    const std::uint64_t answered = counters.sent[static_cast<std::size_t>(MessageKind::promise)];
    EXPECT_EQ(answered, Limits::reply_cells_per_step);
    EXPECT_EQ(answered + counters.unanswered, count * Limits::ring_slots);
}
TEST(RunOfSlotsTest, S44_answers_to_runs_are_bounded_with_small_limits) {
    expect_bounded_answers<limits::Small>();
}
TEST(RunOfSlotsTest, S44_answers_to_runs_are_bounded_with_standard_limits) {
    expect_bounded_answers<limits::Standard>();
}

/// The slots of a whole window are decided one by one in one step: first the even ones, then the
/// odd ones, so that no DECIDE covers a run.
TEST(RunOfSlotsTest, S44_decisions_of_alternating_slots_fit_the_sends_of_a_step) {
    constexpr Slot window = limits::Standard::window_max;
    Options options = options_of(0, node_count);
    options.runs = true;
    options.thrifty = true;
    Subject<Classic, limits::Standard> subject(options);
    subject.offer(window, window);
    subject.step();
    const Ballot ballot{1, 0};
    std::vector<Message> answers;
    for (const NodeId from : {NodeId{1}, NodeId{2}}) {
        answers.push_back(promise(from, ballot, 0));
        answers.back().slot_count = window;
    }
    subject.step(answers);
    answers.clear();
    for (Slot slot = 0; slot < window; slot += 2)
        answers.push_back(accepted(1, ballot, slot, Subject<Classic>::own_value(slot)));
    for (const NodeId from : {NodeId{2}, NodeId{3}}) {
        answers.push_back(accepted(from, ballot, 0, Value{}));
        answers.back().slot_count = window;
    }
    subject.step(answers);
    EXPECT_EQ(subject.node().learned(), window);
}

}  // namespace
}  // namespace paxos::test::run_of_slots_test
