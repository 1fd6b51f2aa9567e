// Power cuts: any subset of the sectors of the write in progress may have reached the disk (S29).
// After each power cut, recovery must find every acknowledged record (S06, S23).
//
// Records are numbered: ACCEPT n follows ACCEPT n-1. LEARN n is a checkpoint that stands for all
// records below n.
#include <cstdint>
#include <functional>
#include <random>

#include "support/store_files.h"

namespace paxos::store::crash_test {
namespace {

using Sectors = std::function<bool(std::size_t sector)>;

/// Returns n if `records` are the records of all numbers below n. Fails the test if a record is
/// missing.
Slot count_of(const std::vector<Message>& records) {
    Slot count = 0;
    for (const Message& record : records) {
        if (record.kind == MessageKind::learn) {
            EXPECT_GE(record.slot, count);
            count = record.slot;
            continue;
        }
        EXPECT_EQ(record, accept_record(count, 0));
        ++count;
    }
    return count;
}

Message learn_record(Slot slot) {
    return {.kind = MessageKind::learn, .from = 3, .slot_count = 0, .slot = slot};
}

/// A node that records the numbers 0, 1, 2 and so on.
struct Counter : Process {
    explicit Counter(MemoryFile& store_file)
        : Process(store_file, some_owner()), next(count_of(found)) {
        acknowledged = next;
    }
    /// Records `size` numbers if there is space, and begins a write if none is in progress. Returns
    /// false after a failed write.
    bool step(std::size_t size) {
        journal->note_learned(next);
        if (journal->wants_checkpoint()) {
            checkpoint({learn_record(next)});
            journal->release(next);
        }
        std::vector<Message> records;
        for (std::size_t i = 0; i < size; ++i) records.push_back(accept_record(next + i, 0));
        if (record(records)) {
            next += size;
            ends.emplace_back(sequence, next);
        }
        const bool works = journal->turn();
        for (const auto& [number, end] : ends)
            if (number <= journal->durable_up_to()) acknowledged = std::max(acknowledged, end);
        return works;
    }

    Slot next;
    Slot acknowledged;
    std::vector<std::pair<Sequence, Slot>> ends;
};

/// Returns sets of sectors that may have reached the disk during a write of `count` sectors. If
/// `count` is at most 8, returns all sets. Otherwise returns each prefix, each suffix, each set of
/// one sector, and each set that lacks exactly one sector.
std::vector<Sectors> subsets(std::size_t count) {
    std::vector<Sectors> all;
    if (count <= 8) {
        for (unsigned mask = 0; mask < 1U << count; ++mask)
            all.emplace_back([mask](std::size_t sector) { return (mask >> sector & 1) != 0; });
        return all;
    }
    for (std::size_t i = 0; i <= count; ++i) {
        all.emplace_back([i](std::size_t sector) { return sector < i; });
        all.emplace_back([i](std::size_t sector) { return sector >= i; });
        all.emplace_back([i](std::size_t sector) { return sector != i; });
        all.emplace_back([i](std::size_t sector) { return sector == i; });
    }
    return all;
}

void apply(const MemoryFile::Write& write, const Sectors& reached, std::vector<std::byte>& bytes) {
    for (std::size_t at = 0; at < write.bytes.size(); at += sector_size)
        if (reached(at / sector_size))
            std::copy_n(write.bytes.begin() + static_cast<std::ptrdiff_t>(at), sector_size,
                        bytes.begin() + static_cast<std::ptrdiff_t>(write.offset + at));
}

TEST(StoreCrash, S23_every_prefix_and_subset_of_writes_keeps_what_was_acknowledged) {
    MemoryFile image = new_file(some_owner(), small_geometry);
    MemoryFile file = image;
    // How many numbers were acknowledged, and how many were recorded, when each write began.
    struct Known {
        Slot acknowledged, recorded;
    };
    std::vector<Known> known;
    for (int process = 0; process < 3; ++process) {
        Counter node(file);
        known.resize(file.writes.size(), {node.acknowledged, node.next});
        for (std::size_t step = 0; step < 25; ++step) {
            ASSERT_TRUE(node.step(1 + step * 7 % 60));
            known.resize(file.writes.size(), {node.acknowledged, node.next});
        }
        file.is_writing = false;  // The node dies before it sees that the last write is complete.
    }
    ASSERT_GT(file.writes.size(), 75u);

    std::uint64_t torn = 0;
    for (std::size_t i = 0; i < file.writes.size(); ++i) {
        const MemoryFile::Write& write = file.writes[i];
        for (const Sectors& reached : subsets(write.bytes.size() / sector_size)) {
            MemoryFile cut = image;
            cut.writes.clear();
            apply(write, reached, cut.bytes);
            Counter next(cut);
            ASSERT_TRUE(is_usable(next.recovered.verdict)) << i << next.recovered.reason;
            ASSERT_GE(next.acknowledged, known[i].acknowledged) << i;
            ASSERT_LE(next.acknowledged, known[i].recorded) << i;
            torn += next.recovered.verdict == Verdict::torn;
        }
        apply(write, [](std::size_t) { return true; }, image.bytes);
    }
    EXPECT_GT(torn, 1000u);
    EXPECT_EQ(image.bytes, file.bytes);
}

TEST(StoreCrash, S23_no_acknowledged_record_is_lost_in_a_series_of_power_cuts) {
    for (std::uint32_t seed = 0; seed < 150; ++seed) {
        std::mt19937 random(seed);
        MemoryFile file = new_file(some_owner(), small_geometry);
        Slot acknowledged = 0, recorded = 0;
        std::uint16_t incarnation = 0;
        for (int process = 0; process < 12; ++process) {
            Counter node(file);
            ASSERT_TRUE(is_usable(node.recovered.verdict))
                << "seed " << seed << ": " << node.recovered.reason;
            ASSERT_GE(node.next, acknowledged) << "seed " << seed;
            ASSERT_LE(node.next, recorded) << "seed " << seed;
            ASSERT_GT(node.superblock.incarnation, incarnation) << "seed " << seed;  // S12
            incarnation = node.superblock.incarnation;
            for (std::size_t steps = random() % 20; steps > 0; --steps) {
                file.is_slow = random() % 4 == 0;
                ASSERT_TRUE(node.step(random() % 3 == 0 ? 60 : 1 + random() % 4));
            }
            acknowledged = node.acknowledged;
            recorded = std::max(node.next, recorded);
            // The power fails. Only a part of the write in progress reaches the disk.
            if (file.is_writing) {
                const MemoryFile::Write last = file.writes.back();
                file.writes.pop_back();
                file.bytes = new_file(some_owner(), small_geometry).bytes;
                for (const MemoryFile::Write& write : file.writes)
                    apply(write, [](std::size_t) { return true; }, file.bytes);
                const auto mask = static_cast<std::uint32_t>(random());
                apply(
                    last, [mask](std::size_t sector) { return (mask >> sector % 32 & 1) != 0; },
                    file.bytes);
                // From now on the disk holds the result of this partial write.
                file.writes.push_back({last.offset, {}});
                for (std::size_t at = 0; at < last.bytes.size(); ++at)
                    file.writes.back().bytes.push_back(file.bytes[last.offset + at]);
            }
            file.is_writing = file.is_slow = false;
        }
    }
}

}  // namespace
}  // namespace paxos::store::crash_test
