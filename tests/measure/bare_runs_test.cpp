// Tests of the messages that are sent to measure the floor (the speed of UDP without a protocol).
// One such message covers a run of slots. The tests check the bytes and counts of these messages.
// The rate of the floor cannot be tested.
#include "measure/bare_runs.h"

#include <utility>
#include <vector>

#include "gtest/gtest.h"

namespace paxos::measure::bare_runs_test {
namespace {

constexpr std::size_t full_batch = values_per_datagram * BareSender::datagrams_per_send;

struct Visited {
    std::uint32_t kind;
    std::uint64_t slot, count;
    std::size_t value_bytes;
    bool operator==(const Visited&) const = default;
};

std::vector<Visited> visited(std::span<const std::byte> bytes) {
    std::vector<Visited> all;
    for_each_run_cell(bytes, [&](const RunCell& cell, std::span<const std::byte> values) {
        all.push_back({cell.kind, cell.slot, cell.count, values.size()});
        if (cell.kind != RunCell::accept) return;
        for (std::uint64_t i = 0; i < cell.count; ++i) {
            BareValue value;
            std::memcpy(&value, &values[i * sizeof value], sizeof value);
            EXPECT_EQ(value[0], cell.slot + i) << "each slot has its own value";
        }
    });
    return all;
}

TEST(BareRuns, a_full_send_of_requests_to_accept_is_44_datagrams_of_42_values) {
    RunWriter writer;
    writer.add_accept(100, full_batch);
    EXPECT_EQ(writer.bytes().size(), 44U * 1408U);
    std::vector<Visited> expected;
    for (std::uint64_t i = 0; i < 44; ++i) expected.push_back({3, 100 + 42 * i, 42, 42 * 32});
    EXPECT_EQ(visited(writer.bytes()), expected);
}

TEST(BareRuns, without_values_one_cell_covers_a_whole_batch_of_slots) {
    RunWriter writer;
    writer.add(1, 0, 0, full_batch);
    EXPECT_EQ(writer.bytes().size(), 64U);
    EXPECT_EQ(visited(writer.bytes()), (std::vector<Visited>{{1, 0, 1848, 0}}));
}

TEST(BareRuns, a_message_extends_the_previous_one_if_it_is_of_the_same_kind_and_continues_it) {
    RunWriter writer;
    writer.add(4, 1, 0, 42);
    writer.add(4, 1, 42, 42);
    writer.add(4, 1, 85, 1);
    writer.add(2, 1, 86, 1);
    writer.add_accept(87, 1);
    writer.add(2, 1, 87, 1);
    EXPECT_EQ(visited(writer.bytes()),
              (std::vector<Visited>{
                  {4, 0, 84, 0}, {4, 85, 1, 0}, {2, 86, 1, 0}, {3, 87, 1, 64}, {2, 87, 1, 0}}));
    writer.clear();
    writer.add(2, 1, 88, 1);
    EXPECT_EQ(visited(writer.bytes()), (std::vector<Visited>{{2, 88, 1, 0}}));
}

TEST(BareRuns, no_message_crosses_the_end_of_a_datagram) {
    RunWriter writer;
    writer.add(5, 0, 0, 7);
    writer.add_accept(7, 38);  // Leaves space for one cell, but not for values after it.
    writer.add_accept(45, 3);
    EXPECT_EQ(visited(writer.bytes()),
              (std::vector<Visited>{{5, 0, 7, 0}, {3, 7, 38, 38 * 32}, {3, 45, 3, 128}}));
    EXPECT_EQ(writer.bytes().size(), 1408U + 64U + 128U)
        << "a cell of kind 0 fills the first datagram";
}

TEST(BareRuns, the_rest_of_a_malformed_datagram_is_ignored) {
    const auto with = [](std::uint32_t kind, std::uint64_t count) {
        RunWriter writer;
        writer.add(kind, 0, 0, count);
        writer.add(2, 0, 0, 1);
        return visited(writer.bytes()).size();
    };
    EXPECT_EQ(with(1, RunWriter::slots_max), 2U);
    EXPECT_EQ(with(1, RunWriter::slots_max + 1), 0U) << "more slots than a batch may cover";
    EXPECT_EQ(with(3, 3), 0U) << "the values are cut off";
    const std::vector<std::byte> part(63, std::byte{1});
    EXPECT_EQ(visited(part).size(), 0U);
}

}  // namespace
}  // namespace paxos::measure::bare_runs_test
