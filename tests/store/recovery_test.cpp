// Recovery of a file: the verdict on each kind of damage, such as every flipped bit and every lost
// sector.
#include "store/recovery.h"

#include <array>

#include "paxos/records.h"
#include "store/checksum.h"
#include "support/store_files.h"

namespace paxos::store::recovery_test {
namespace {

constexpr std::size_t batch_count = 20;

/// Returns a file of 20 batches. Each batch has one block, which is zero after its first 1,984
/// bytes.
MemoryFile file_of_20_batches() {
    MemoryFile file = new_file(some_owner(), small_geometry);
    Process process(file, some_owner());
    for (Slot slot = 0; slot < batch_count; ++slot) {
        EXPECT_TRUE(process.record(std::vector<Message>(30, accept_record(slot, 0))));
        EXPECT_TRUE(process.flush());
    }
    return file;
}

Recovered check(MemoryFile& file) { return recover(file, some_owner(), {}); }

/// Expects the right verdict after damage at `offset` of the file of 20 batches.
/// `hides_last_batch` matters only if the damage is in the last batch. It says whether the damage
/// changes the sequence number of that batch, so that the batch seems absent.
void expect_prediction(MemoryFile& file, std::size_t offset, bool hides_last_batch) {
    const Recovered found = check(file);
    if (offset < ring_begin) {
        ASSERT_EQ(found.verdict, Verdict::intact) << offset;
        ASSERT_EQ(found.bad_superblock, offset / block_size) << offset;
        ASSERT_EQ(found.batches, batch_count) << offset;
        return;
    }
    const std::size_t batch = (offset - ring_begin) / block_size;
    if (batch + 1 < batch_count) {
        ASSERT_EQ(found.verdict, Verdict::corrupt) << offset;
        return;
    }
    // Damage to the last batch looks like an unfinished write, because no batch follows it.
    ASSERT_EQ(found.verdict, hides_last_batch ? Verdict::intact : Verdict::torn) << offset;
    ASSERT_EQ(found.batches, batch_count - 1) << offset;
}

TEST(StoreRecoverySlow, S25_every_flipped_bit_gives_the_predicted_verdict) {
    MemoryFile file = file_of_20_batches();
    for (std::size_t offset = 0; offset < ring_begin + batch_count * block_size; ++offset)
        for (unsigned bit = 0; bit < 8; ++bit) {
            file.bytes[offset] ^= std::byte{1} << bit;
            const std::size_t last = ring_begin + (batch_count - 1) * block_size;
            const bool is_sequence = offset >= last + offsetof(BatchHeader, sequence) &&
                                     offset < last + offsetof(BatchHeader, learned);
            expect_prediction(file, offset, is_sequence);
            file.bytes[offset] ^= std::byte{1} << bit;
            if (testing::Test::HasFatalFailure()) return;
        }
    EXPECT_EQ(check(file).verdict, Verdict::intact);
}

TEST(StoreRecovery, S29_every_lost_sector_gives_the_predicted_verdict) {
    MemoryFile file = file_of_20_batches();
    for (std::size_t offset = 0; offset < ring_begin + batch_count * block_size;
         offset += sector_size) {
        const auto sector = file.bytes.begin() + static_cast<std::ptrdiff_t>(offset);
        const std::vector<std::byte> content(sector, sector + sector_size);
        if (std::ranges::all_of(content, [](std::byte byte) { return byte == std::byte{0}; }))
            continue;  // The loss of a sector of zeros changes nothing.
        std::fill_n(sector, sector_size, std::byte{0});
        expect_prediction(file, offset, offset % block_size == 0);
        std::ranges::copy(content, sector);
    }
    EXPECT_EQ(check(file).verdict, Verdict::intact);
}

TEST(StoreRecovery, S25_damage_is_found_in_a_ring_that_has_wrapped) {
    MemoryFile file = new_file(some_owner(), small_geometry);
    Process process(file, some_owner());
    for (Slot slot = 0; slot < 100; ++slot) {
        process.journal->note_learned(slot);
        if (process.journal->wants_checkpoint()) {
            process.checkpoint({accept_record(slot, 1)});
            process.journal->release(slot);
        }
        ASSERT_TRUE(process.record(std::vector<Message>(1 + slot % 90, accept_record(slot, 0))));
        ASSERT_TRUE(process.flush());
    }
    const Recovered whole = check(file);
    ASSERT_EQ(whole.verdict, Verdict::intact);
    ASSERT_GT(whole.batches, 3u);
    // Damages the first block of each batch except the last.
    std::uint64_t damaged = 0;
    for (std::uint64_t offset = ring_begin; offset < file.size(); offset += block_size) {
        BatchHeader head;
        std::memcpy(&head, file.bytes.data() + offset, sizeof head);
        const bool is_batch_here = head.sequence >= whole.superblock.start.sequence &&
                                   head.sequence + 1 < whole.next.sequence && head.node == 3;
        file.bytes[offset + 70] ^= std::byte{1};
        if (is_batch_here) {
            EXPECT_EQ(check(file).verdict, Verdict::corrupt) << head.sequence;
            ++damaged;
        }
        file.bytes[offset + 70] ^= std::byte{1};
    }
    EXPECT_EQ(damaged, whole.batches - 1);
}

TEST(StoreRecovery, S25_a_batch_that_was_written_to_a_wrong_place_is_not_valid) {
    MemoryFile file = file_of_20_batches();
    const auto at = [&](std::size_t batch) {
        return file.bytes.begin() + static_cast<std::ptrdiff_t>(ring_begin + batch * block_size);
    };
    // Moves the last batch one block too far.
    std::copy_n(at(19), block_size, at(20));
    std::fill_n(at(19), block_size, std::byte{0});
    const Recovered found = check(file);
    EXPECT_EQ(found.verdict, Verdict::intact);
    EXPECT_EQ(found.batches, 19u);
}

TEST(StoreRecovery, S25_a_lost_write_is_detected_by_the_batches_after_it) {
    MemoryFile file = file_of_20_batches();
    std::fill_n(file.bytes.begin() + ring_begin + 18 * block_size, block_size, std::byte{0});
    const Recovered found = check(file);
    EXPECT_EQ(found.verdict, Verdict::corrupt);
    EXPECT_EQ(found.reason, "batch 19 at byte 81920 is damaged: batch 20 was written after it");
}

TEST(StoreRecovery, S25_a_batch_with_a_valid_checksum_but_another_predecessor_is_corrupt) {
    // Batch 20 states that it was written after a batch 19 that differs from the one in the file.
    MemoryFile file = file_of_20_batches();
    std::byte* const last = file.bytes.data() + ring_begin + 19 * block_size;
    BatchHeader head;
    std::memcpy(&head, last, sizeof head);
    head.previous.low ^= 1;
    std::memcpy(last, &head, sizeof head);
    head.checksum = checksum_of({last, block_size}, some_owner().cluster.id,
                                ring_begin + 19 * block_size);
    std::memcpy(last, &head, sizeof head);
    EXPECT_EQ(check(file).verdict, Verdict::corrupt);
}

TEST(StoreRecovery, S28_refuses_files_of_other_owners_with_a_verdict_for_each_difference) {
    const auto verdict_for = [](auto change) {
        MemoryFile file = file_of_20_batches();
        Owner owner = some_owner();
        change(owner);
        const Recovered found = recover(file, owner, [](std::span<const Message>) {
            ADD_FAILURE() << "a record of another owner was recovered";
        });
        EXPECT_FALSE(found.reason.empty());
        return found.verdict;
    };
    EXPECT_EQ(verdict_for([](Owner& owner) { owner.cluster.id.words[1] ^= 1; }), Verdict::cluster);
    EXPECT_EQ(verdict_for([](Owner& owner) { owner.node = 2; }), Verdict::node);
    EXPECT_EQ(verdict_for([](Owner& owner) { owner.cluster.nodes = 7; }), Verdict::node_count);
    EXPECT_EQ(verdict_for([](Owner& owner) { owner.cluster.protocol = Variant::classic; }),
              Verdict::protocol);
    EXPECT_EQ(verdict_for([](Owner& owner) { owner.cluster.value_size += 64; }),
              Verdict::value_size);
}

TEST(StoreRecovery, S28_refuses_files_of_a_wrong_size_or_of_another_program_or_version) {
    const auto verdict_of = [](auto change) {
        MemoryFile file = file_of_20_batches();
        change(file);
        return check(file).verdict;
    };
    EXPECT_EQ(verdict_of([](MemoryFile& file) { file.bytes.clear(); }), Verdict::truncated);
    EXPECT_EQ(verdict_of([](MemoryFile& file) { file.bytes.resize(ring_begin - 1); }),
              Verdict::truncated);
    EXPECT_EQ(verdict_of([](MemoryFile& file) { file.bytes.pop_back(); }), Verdict::truncated);
    EXPECT_EQ(verdict_of([](MemoryFile& file) { file.bytes.push_back({}); }), Verdict::truncated);
    EXPECT_EQ(verdict_of([](MemoryFile& file) { std::ranges::fill(file.bytes, std::byte{7}); }),
              Verdict::foreign);
    EXPECT_EQ(verdict_of([](MemoryFile& file) {
                  file.bytes[offsetof(Superblock, version)] = std::byte{9};
                  file.bytes[block_size + offsetof(Superblock, version)] = std::byte{9};
              }),
              Verdict::version);
    // The checksum is valid, because another version may compute it in the same way as this one.
    EXPECT_EQ(verdict_of([](MemoryFile& file) {
                  Superblock block = check(file).superblock;
                  block.version = format_version + 1;
                  for (std::size_t index = 0; index < 2; ++index) {
                      const Superblock written = sealed(block, index);
                      std::memcpy(file.bytes.data() + index * block_size, &written, block_size);
                  }
              }),
              Verdict::version);
    EXPECT_EQ(verdict_of([](MemoryFile& file) {
                  file.bytes[100] ^= std::byte{1};
                  file.bytes[block_size + 100] ^= std::byte{1};
              }),
              Verdict::corrupt);
}

TEST(StoreRecovery, a_failed_read_is_not_taken_for_the_end_of_the_log) {
    MemoryFile file = file_of_20_batches();
    for (std::uint64_t offset = 0; offset <= ring_begin + batch_count * block_size;
         offset += block_size) {
        file.unreadable_from = offset;
        EXPECT_EQ(check(file).verdict, Verdict::unreadable) << offset;
    }
}

TEST(StoreRecovery, the_next_start_repairs_a_damaged_superblock) {
    for (std::size_t damaged = 0; damaged < 2; ++damaged) {
        MemoryFile file = file_of_20_batches();
        std::fill_n(file.bytes.begin() + static_cast<std::ptrdiff_t>(damaged * block_size),
                    block_size, std::byte{0xff});
        file.writes.clear();
        Process process(file, some_owner());
        EXPECT_EQ(process.recovered.bad_superblock, damaged);
        EXPECT_EQ(process.superblock.incarnation, 2);
        EXPECT_EQ(process.found.size(), 30 * batch_count);
        // The intact superblock is overwritten only after the damaged one was repaired.
        ASSERT_EQ(file.writes.size(), 2u);
        EXPECT_EQ(file.writes.front().offset, damaged * block_size);
        EXPECT_EQ(check(file).bad_superblock, std::nullopt);
    }
}

TEST(StoreRecovery, a_torn_tail_is_cut_and_counted) {
    MemoryFile file = file_of_20_batches();
    file.bytes[ring_begin + 19 * block_size + 1000] ^= std::byte{1};
    Process process(file, some_owner());
    EXPECT_EQ(process.recovered.verdict, Verdict::torn);
    EXPECT_EQ(process.recovered.reason, "batch 20 at byte 86016 is incomplete");
    EXPECT_EQ(process.superblock.torn_tails, 1);
    ASSERT_TRUE(process.record(accept_record(77, 0)));
    ASSERT_TRUE(process.flush());
    Process next(file, some_owner());
    EXPECT_EQ(next.recovered.verdict, Verdict::intact);
    EXPECT_EQ(next.superblock.torn_tails, 1);
    EXPECT_EQ(next.found.back(), accept_record(77, 0));
    EXPECT_EQ(next.found.size(), 30 * 19 + 1u);
}

TEST(StoreRecovery, refuses_impossible_records_although_their_checksum_is_right) {
    const auto verdict_with = [](auto change) {
        MemoryFile file = new_file(some_owner(), small_geometry);
        Process process(file, some_owner());
        Message record = accept_record(5, 0);
        change(record);
        EXPECT_TRUE(process.record(record));
        EXPECT_TRUE(process.flush());
        return check(file).verdict;
    };
    EXPECT_EQ(verdict_with([](Message&) {}), Verdict::intact);
    EXPECT_EQ(verdict_with([](Message& record) { record.kind = MessageKind::nack; }),
              Verdict::corrupt);
    EXPECT_EQ(verdict_with([](Message& record) { record.from = 2; }), Verdict::corrupt);
    EXPECT_EQ(verdict_with([](Message& record) { record.slot = limits::slot_max; }),
              Verdict::corrupt);
    EXPECT_EQ(verdict_with([](Message& record) { record.slot_count = 4; }), Verdict::corrupt);
    EXPECT_EQ(verdict_with([](Message& record) { record.slot_count = ~std::uint32_t{0}; }),
              Verdict::corrupt);
    EXPECT_EQ(verdict_with([](Message& record) { record.ballot = Ballot(1, 5); }),
              Verdict::corrupt);
}

TEST(StoreRecovery, counts_the_records_and_values_that_the_protocol_writes) {
    MemoryFile file = new_file(some_owner(), small_geometry);
    Process process(file, some_owner());
    const Ballot ballot(7, 0);
    const NodeMask quorum{0b111};
    const std::array<Value, 3> values{};
    Records<limits::Standard> records;
    records.begin(true, process.journal->space(), 0);
    records.promised_log(ballot, 3);
    records.accepted({5, 8}, ballot, Values::at(values[0], 5), 3);
    // The value is in the record of the ACCEPT, so this record of the decision has none.
    records.learned({5, 6}, ballot, quorum, ballot, {}, 3);
    records.learned({9, 11}, ballot, quorum, {}, Values::at(values[0], 9), 3);
    records.learned_below(8, 3);
    process.journal->commit(records.bytes().size(), 1);
    ASSERT_TRUE(process.flush());
    const Recovered found = check(file);
    EXPECT_EQ(found.verdict, Verdict::intact);
    EXPECT_EQ(found.records, 5u);
    EXPECT_EQ(found.values, 5u);
    EXPECT_EQ(found.ballot, ballot);
    EXPECT_EQ(found.end, 11u);
}

TEST(StoreRecovery, recovers_nothing_from_a_batch_with_an_impossible_record) {
    MemoryFile file = new_file(some_owner(), small_geometry);
    Process process(file, some_owner());
    Message impossible = accept_record(6, 0);
    impossible.from = 2;
    EXPECT_TRUE(process.record(accept_record(5, 0)));
    EXPECT_TRUE(process.record(impossible));
    EXPECT_TRUE(process.flush());
    std::size_t given = 0;
    const Recovered found = recover(
        file, some_owner(), [&](std::span<const Message> records) { given += records.size(); });
    EXPECT_EQ(found.verdict, Verdict::corrupt);
    EXPECT_EQ(given, 0U);
    EXPECT_EQ(found.records, 0U);
    EXPECT_EQ(found.end, 0U);
}

}  // namespace
}  // namespace paxos::store::recovery_test
