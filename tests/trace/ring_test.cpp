// The ring (trace::Ring) through which a node passes its trace records to the launcher. One test
// uses the ring from two threads, so that ThreadSanitizer can check it.
#include <atomic>
#include <memory>
#include <thread>

#include <gtest/gtest.h>

#include "trace/record.h"

namespace paxos::trace::ring_test {
namespace {

Record record_of(std::uint64_t number) {
    Record record{};
    record.at = number;
    record.event.message.slot = number;
    record.event.message.detail = ~number;
    return record;
}

TEST(TraceRing, returns_what_was_pushed_and_counts_what_was_lost) {
    const auto ring = std::make_unique<Ring>();
    Record record{};
    EXPECT_FALSE(ring->pop(record));
    for (std::uint64_t i = 0; i < Ring::capacity; ++i) ASSERT_TRUE(ring->push(record_of(i)));
    EXPECT_FALSE(ring->push(record_of(Ring::capacity)));
    EXPECT_EQ(ring->lost(), 1U);
    for (std::uint64_t i = 0; i < Ring::capacity; ++i) {
        ASSERT_TRUE(ring->pop(record));
        ASSERT_EQ(record.at, i);
    }
    EXPECT_FALSE(ring->pop(record));
    EXPECT_TRUE(ring->push(record_of(7)));
}

TEST(TraceRing, a_concurrent_reader_sees_complete_records_in_order) {
    constexpr std::uint64_t total = 300'000;
    const auto ring = std::make_unique<Ring>();
    std::atomic<bool> is_done = false;
    std::thread node([&] {
        for (std::uint64_t i = 0; i < total; ++i) static_cast<void>(ring->push(record_of(i)));
        is_done = true;
    });
    std::uint64_t read = 0, expected = 0;
    Record record{};
    const auto read_all = [&] {
        while (ring->pop(record)) {
            ++read;
            ASSERT_GE(record.at, expected);  // Records may be missing, but none is repeated.
            ASSERT_EQ(record.event.message.slot, record.at);
            ASSERT_EQ(record.event.message.detail, ~record.at);
            expected = record.at + 1;
        }
    };
    while (!is_done) read_all();
    node.join();
    read_all();
    EXPECT_EQ(read + ring->lost(), total);
}

}  // namespace
}  // namespace paxos::trace::ring_test
