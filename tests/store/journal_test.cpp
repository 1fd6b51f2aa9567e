// The journal: group commit, durability, space, and disk faults.
#include "store/journal.h"

#include "support/store_files.h"

namespace paxos::store::journal_test {
namespace {

class StoreJournal : public testing::Test {
protected:
    MemoryFile file_ = new_file(some_owner(), small_geometry);
};

TEST_F(StoreJournal, what_was_written_is_recovered_after_a_restart) {
    std::vector<Message> written;
    {
        Process process(file_, some_owner());
        EXPECT_EQ(process.recovered.verdict, Verdict::intact);
        EXPECT_EQ(process.superblock.incarnation, 1);
        for (Slot slot = 0; slot < 10; ++slot) {
            written.push_back(accept_record(slot, 0));
            ASSERT_TRUE(process.record(written.back()));
            ASSERT_TRUE(process.flush());
        }
        EXPECT_EQ(process.journal->counters().batches, 10u);
    }
    Process next(file_, some_owner());
    EXPECT_EQ(next.superblock.incarnation, 2);
    EXPECT_EQ(next.found, written);
    EXPECT_EQ(next.recovered.batches, 10u);
    EXPECT_EQ(next.recovered.records, 10u);
    EXPECT_EQ(next.recovered.values, 10u);
    EXPECT_EQ(next.recovered.end, 10u);
    EXPECT_EQ(next.recovered.ballot, Ballot(1, 0));
}

TEST_F(StoreJournal, groups_records_made_during_a_write_into_one_batch) {
    Process process(file_, some_owner());
    file_.is_slow = true;
    ASSERT_TRUE(process.record(accept_record(0, 0)));
    ASSERT_TRUE(process.journal->turn());
    for (Slot slot = 1; slot < 5; ++slot) {
        ASSERT_TRUE(process.record(accept_record(slot, 0)));
        ASSERT_TRUE(process.journal->turn());
    }
    EXPECT_EQ(process.journal->durable_up_to(), 0u);
    file_.is_slow = false;
    ASSERT_TRUE(process.journal->turn());
    EXPECT_EQ(process.journal->durable_up_to(), 1u);
    ASSERT_TRUE(process.flush());
    EXPECT_EQ(process.journal->durable_up_to(), 5u);
    EXPECT_EQ(process.journal->counters().batches, 2u);
}

TEST_F(StoreJournal, S06_nothing_is_durable_before_its_write_has_ended) {
    Process process(file_, some_owner());
    ASSERT_TRUE(process.record(accept_record(0, 0)));
    EXPECT_EQ(process.journal->durable_up_to(), 0u);
    file_.is_slow = true;
    for (int turn = 0; turn < 3; ++turn) {
        ASSERT_TRUE(process.journal->turn());
        EXPECT_EQ(process.journal->durable_up_to(), 0u);
        EXPECT_FALSE(process.journal->is_idle());
    }
    file_.is_slow = false;
    ASSERT_TRUE(process.journal->turn());
    EXPECT_EQ(process.journal->durable_up_to(), 1u);
}

TEST_F(StoreJournal, S26_a_failed_or_short_write_is_final) {
    for (const std::int64_t fault : {std::int64_t{-EIO}, std::int64_t{-ENOSPC}, std::int64_t{0},
                                     static_cast<std::int64_t>(block_size) - 512}) {
        MemoryFile file = new_file(some_owner(), small_geometry);
        Process process(file, some_owner());
        ASSERT_TRUE(process.record(accept_record(0, 0)));
        ASSERT_TRUE(process.flush());
        file.fault = fault;
        ASSERT_TRUE(process.record(accept_record(1, 0)));
        EXPECT_FALSE(process.flush());
        EXPECT_EQ(process.journal->error(), fault < 0 ? static_cast<int>(-fault) : EIO);
        // The disk works again, but it is unknown what the failed write has changed.
        file.fault.reset();
        const std::size_t writes = file.writes.size();
        for (int turn = 0; turn < 3; ++turn) EXPECT_FALSE(process.journal->turn());
        EXPECT_EQ(file.writes.size(), writes);
        EXPECT_EQ(process.journal->durable_up_to(), 1u);
        // The next process may or may not find the record of slot 1. Both are correct, because this
        // record was never reported as durable.
        Process next(file, some_owner());
        ASSERT_FALSE(next.found.empty());
        EXPECT_EQ(next.found.front(), accept_record(0, 0));
    }
}

TEST_F(StoreJournal, S12_a_failed_superblock_write_is_reported) {
    const Recovered recovered = recover(file_, some_owner(), {});
    file_.fault = -EIO;
    EXPECT_EQ(write_superblocks(file_, next_incarnation(recovered).value(), 0), EIO);
    file_.fault = 512;
    EXPECT_EQ(write_superblocks(file_, next_incarnation(recovered).value(), 0), EIO);
}

TEST_F(StoreJournal, S12_no_restart_after_the_last_16_bit_incarnation) {
    Recovered recovered = recover(file_, some_owner(), {});
    recovered.superblock.incarnation = 0xfffe;
    EXPECT_EQ(next_incarnation(recovered)->incarnation, 0xffff);
    recovered.superblock.incarnation = 0xffff;
    EXPECT_EQ(next_incarnation(recovered), std::nullopt);
}

TEST_F(StoreJournal, refuses_when_full_and_overwrites_nothing) {
    Process process(file_, some_owner());
    Slot slot = 0;
    for (; process.record(accept_record(slot, 0)); ++slot) ASSERT_TRUE(process.flush());
    EXPECT_GT(slot, 20u);
    EXPECT_TRUE(process.journal->space().empty());
    Process next(file_, some_owner());
    ASSERT_EQ(next.found.size(), slot);
    for (Slot i = 0; i < slot; ++i) EXPECT_EQ(next.found[i], accept_record(i, 0));
    // The file is still full after the restart, but has space for a checkpoint. The checkpoint
    // frees the space of the records before it.
    EXPECT_TRUE(next.journal->space().empty());
    EXPECT_TRUE(next.journal->wants_checkpoint());
    next.checkpoint({accept_record(slot, 1)});
    next.journal->release(slot);
    ASSERT_TRUE(next.flush());
    EXPECT_FALSE(next.journal->space().empty());
    Process last(file_, some_owner());
    ASSERT_EQ(last.found.size(), 1u);
    EXPECT_EQ(last.found.front(), accept_record(slot, 1));
}

// A node that is killed after its checkpoint is durable and before the superblocks name it must not
// stay full forever: without space it makes no records, so no further checkpoint is ever due.
TEST_F(StoreJournal, a_full_file_is_freed_after_a_crash_between_checkpoint_and_superblocks) {
    Slot slot = 0;
    {
        Process process(file_, some_owner());
        for (; process.record(accept_record(slot, 0)); ++slot) ASSERT_TRUE(process.flush());
        process.journal->note_learned(1);  // More than what the node releases.
        process.checkpoint({accept_record(slot, 1)});
        ASSERT_TRUE(process.journal->turn());
        ASSERT_TRUE(process.journal->take());
        ASSERT_EQ(process.journal->counters().checkpoints, 1U);
        ASSERT_TRUE(process.journal->space().empty());
    }
    Process next(file_, some_owner());
    ASSERT_EQ(next.found.size(), slot + 1);
    EXPECT_TRUE(next.journal->space().empty());
    EXPECT_FALSE(next.journal->wants_checkpoint());
    ASSERT_TRUE(next.flush());
    EXPECT_FALSE(next.journal->space().empty());
    EXPECT_TRUE(next.record(accept_record(slot, 2)));
    ASSERT_TRUE(next.flush());
    Process last(file_, some_owner());
    EXPECT_EQ(last.found, (std::vector{accept_record(slot, 1), accept_record(slot, 2)}));
}

/// Makes 1 to 100 records durable at a time, writes a checkpoint whenever one is due, and restarts
/// now and then. Each restart must find a checkpoint (the last or an earlier one) and all records
/// after it, or all records if there was no checkpoint yet. If `releases` is false, release() is
/// called with slot 0, as by a node that still answers requests about every slot. The journal then
/// frees only the space before the newest checkpoint after which an eighth of the ring was written.
void expect_to_wrap_around(MemoryFile& file, bool releases) {
    auto process = std::make_unique<Process>(file, some_owner());
    std::uint64_t checkpoints = 0;
    for (Slot slot = 0; slot < 2000; ++slot) {
        process->journal->note_learned(slot);
        if (process->journal->wants_checkpoint()) {
            process->checkpoint({accept_record(slot, 7)});
            process->journal->release(releases ? slot : 0);
            ++checkpoints;
        }
        const std::vector<Message> records(1 + slot % 100, accept_record(slot, 0));
        ASSERT_TRUE(process->record(records)) << slot;
        ASSERT_TRUE(process->flush());
        if (slot % 131 != 0) continue;
        process = std::make_unique<Process>(file, some_owner());
        ASSERT_EQ(process->recovered.verdict, Verdict::intact) << process->recovered.reason;
        ASSERT_FALSE(process->found.empty());
        const Message first = process->found.front();
        EXPECT_TRUE(first == accept_record(0, 0) || first == accept_record(first.slot, 7));
        Slot expected = first.slot;
        for (const Message& record : process->found) {
            EXPECT_TRUE(record.slot == expected || record.slot == expected + 1);
            expected = record.slot;
        }
        EXPECT_EQ(expected, slot);
    }
    EXPECT_GT(checkpoints, 50u);
    EXPECT_GT(process->recovered.next.sequence, 1900u);
}

TEST_F(StoreJournal, wraps_around_the_ring_with_checkpoints) { expect_to_wrap_around(file_, true); }

TEST_F(StoreJournal, a_node_that_releases_nothing_still_has_space_for_more) {
    expect_to_wrap_around(file_, false);
}

TEST_F(StoreJournal, without_a_release_the_newest_eighth_of_the_ring_is_not_overwritten) {
    Process process(file_, some_owner());
    const std::uint64_t eighth = small_geometry.ring_size() / 8;
    std::uint64_t used_min = ~std::uint64_t{0}, used_max = 0;
    for (Slot slot = 1; slot < 500; ++slot) {
        process.journal->note_learned(slot);
        if (process.journal->wants_checkpoint()) process.checkpoint({accept_record(slot, 7)});
        ASSERT_TRUE(process.record(accept_record(slot, 0)));
        ASSERT_TRUE(process.flush());
        if (slot < 100) continue;
        used_min = std::min(used_min, process.journal->used());
        used_max = std::max(used_max, process.journal->used());
    }
    EXPECT_GE(used_min, eighth);
    EXPECT_LE(used_max, 4 * eighth);
}

TEST_F(StoreJournal, ring_start_advances_to_the_newest_released_checkpoint) {
    Process process(file_, some_owner());
    process.journal->note_learned(10);
    process.checkpoint({accept_record(10, 0)});
    ASSERT_TRUE(process.flush());
    const std::uint64_t used = process.journal->used();
    for (Slot slot = 11; slot < 20; ++slot) {
        ASSERT_TRUE(process.record(accept_record(slot, 0)));
        ASSERT_TRUE(process.flush());
    }
    process.journal->note_learned(20);
    process.checkpoint({accept_record(20, 0)});
    ASSERT_TRUE(process.flush());
    EXPECT_EQ(process.journal->used(), used + 10 * block_size);
    process.journal->release(19);  // Only the checkpoint with `learned` 10 is low enough.
    ASSERT_TRUE(process.flush());
    EXPECT_EQ(process.journal->used(), 11 * block_size);
    process.journal->release(20);
    ASSERT_TRUE(process.flush());
    EXPECT_EQ(process.journal->used(), block_size);
}

TEST_F(StoreJournal, space_is_free_only_when_both_superblocks_are_written) {
    Process process(file_, some_owner());
    for (Slot slot = 0; slot < 5; ++slot) {
        ASSERT_TRUE(process.record(accept_record(slot, 0)));
        ASSERT_TRUE(process.flush());
    }
    process.checkpoint({accept_record(5, 0)});
    ASSERT_TRUE(process.flush());
    // No slot was released and none was learned, so the released slot and the `learned` of this
    // checkpoint are both 0. Recovery therefore already starts at this checkpoint, and the space
    // before it is free.
    EXPECT_EQ(process.journal->used(), block_size);
    process.journal->note_learned(6);
    process.checkpoint({accept_record(6, 0)});
    ASSERT_TRUE(process.flush());
    EXPECT_EQ(process.journal->used(), 2 * block_size);
    const std::size_t writes = file_.writes.size();
    process.journal->release(6);
    for (std::size_t written = 1; written <= 2; ++written) {
        ASSERT_TRUE(process.journal->turn());
        EXPECT_EQ(file_.writes.size(), writes + written);
        EXPECT_EQ(file_.writes.back().offset, (written - 1) * block_size);
        EXPECT_EQ(process.journal->used(), 2 * block_size);
    }
    ASSERT_TRUE(process.journal->turn());
    EXPECT_EQ(process.journal->used(), block_size);
}

TEST_F(StoreJournal, after_a_clean_shutdown_a_damaged_last_batch_is_corrupt_and_not_torn) {
    for (const bool closes : {false, true}) {
        MemoryFile file = new_file(some_owner(), small_geometry);
        Process process(file, some_owner());
        for (Slot slot = 0; slot < 3; ++slot) {
            ASSERT_TRUE(process.record(accept_record(slot, 0)));
            ASSERT_TRUE(process.flush());
        }
        if (closes) {
            ASSERT_TRUE(process.close());
        }
        file.bytes[ring_begin + 2 * block_size + 100] ^= std::byte{1};
        const Recovered recovered = recover(file, some_owner(), {});
        EXPECT_EQ(recovered.verdict, closes ? Verdict::corrupt : Verdict::torn);
    }
}

/// A step is one call of the protocol. It writes all its records into one batch (store/journal.h).
TEST_F(StoreJournal, a_batch_has_space_for_the_largest_records_of_one_step) {
    constexpr Geometry geometry = Geometry::for_steps(3'500'000);
    EXPECT_TRUE(geometry.is_possible());
    EXPECT_GE(geometry.batch_size, 3'500'000u + sizeof(BatchHeader));
    EXPECT_TRUE(Geometry::for_steps(1).is_possible() && small_geometry.is_possible());
    EXPECT_FALSE(Geometry{}.is_possible());
}

}  // namespace
}  // namespace paxos::store::journal_test
