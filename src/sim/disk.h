// A node's disk in a simulated world (S23, S29). A real journal writes to a simulated file, and a
// restart recovers that file as a real node does.
//
// 1. A flush may be slow, and it may fail, which ends the node (S26). A full disk takes no records
//    until it has space again.
// 2. A crash loses all records for which no flush has begun. Of the flush in progress, any subset
//    of the sectors survives.
// 3. A restart may be interrupted by a crash while it writes the superblocks (S12).
// 4. After each crash, recovery must find every batch that is whole. It must refuse a damaged file
//    (S25).
#pragma once

#include <cerrno>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "paxos/limits.h"
#include "paxos/random.h"
#include "paxos/records.h"
#include "paxos/step.h"
#include "sim/disk_file.h"
#include "sim/draw.h"
#include "sim/tally.h"
#include "store/journal.h"
#include "turn/turn.h"

namespace paxos::sim {

/// Maximum bytes that one step or one checkpoint writes.
struct RecordSizes {
    std::size_t step = 0, checkpoint = 0;
};

class Disk {
public:
    static constexpr Tick never = ~Tick{0};

    /// `tally` must outlive the disk.
    Disk(const Draw& draw, NodeId node, const RecordSizes& sizes, std::uint64_t seed,
         DiskTally& tally);

    /// From now on no flush is slow or fails, and the disk has space.
    void heal() { healed_ = true; }
    [[nodiscard]] Incarnation incarnation() const { return incarnation_; }
    /// When the flush in progress ends; `never` if there is none.
    [[nodiscard]] Tick due() const { return due_; }
    /// What is durable, and where the next step writes its records.
    [[nodiscard]] Durability begin_turn(Tick now);
    /// Ends the flush that is due, if there is one. Returns false if the flush has failed, which
    /// ends the node. Otherwise calls `is_durable(record)` for each record of the flush, except
    /// those of a checkpoint.
    template <class Visit>
    [[nodiscard]] bool end_flush(Tick now, Visit&& is_durable);
    /// Called after a step. The step has written `size` bytes of records, all with the sequence
    /// number `sequence` (Journal::commit()). Begins a flush if none is in progress and something
    /// waits to be written. Then adds a checkpoint to the next flush if a checkpoint is due:
    /// `write_checkpoint(space)` writes the checkpoint and returns its size.
    template <class WriteCheckpoint>
    void end_turn(Tick now, std::size_t size, Sequence sequence, Slot learned, Slot retained_from,
                  WriteCheckpoint&& write_checkpoint);
    /// The node crashes. If recovery finds a batch that was not durable before, calls
    /// `is_durable(record)` for each record of the batch, except those of a checkpoint.
    template <class Visit>
    void crash(Visit&& is_durable);
    /// The node restarts. Returns the records of its file, valid until the next crash.
    [[nodiscard]] std::span<const Message> restart();
    /// Damages the file of a node that has crashed, and checks that recovery refuses it.
    void damage();

    /// The first failure of a check; empty: none.
    [[nodiscard]] const std::string& failure() const { return failure_; }

private:
    /// The records of a batch, in cells. The first `checkpoint` cells are a checkpoint.
    struct Batch {
        std::vector<Message> messages;
        std::size_t checkpoint = 0;
        [[nodiscard]] std::span<const Message> records() const {
            return std::span{messages}.subspan(checkpoint);
        }
    };

    void fail(const std::string& failure) {
        if (failure_.empty()) failure_ = failure;
    }
    [[nodiscard]] bool has_space(Tick now);
    void begin_flush(Tick now);
    /// Interrupts the flush in progress, if there is one, as a crash does. Counts in the tally
    /// whether all, a part or nothing of the flush is on the disk.
    void cut_flush();
    /// Recovers the file into `recovered_` and `records_`.
    void recover();
    /// The records of the last batch that recovery has found, without those of a checkpoint.
    [[nodiscard]] std::span<const Message> last_records();

    DiskFaults disk_;
    RecordSizes sizes_;
    store::Owner owner_;
    Random random_;
    DiskTally* tally_;
    std::string failure_;
    bool healed_ = false;
    bool has_failed_ = false;  // The flush in progress has failed, which ends the node.
    Incarnation incarnation_ = 0;
    Tick due_ = never;
    Tick full_until_ = 0;
    std::unique_ptr<DiskFile> file_;
    std::optional<store::Journal> journal_;
    store::Journal::Buffers buffers_;  // From the journal that a crash ended, for the next journal.
    store::Recovered recovered_;
    std::vector<Message> records_;     // The records that the last recovery has found.
    std::size_t last_batch_at_ = 0;    // Where the last batch begins in `records_`.
    std::size_t next_checkpoint_ = 0;  // Cells of the checkpoint that waits for its flush.
    Batch flight_;                     // The batch of the flush in progress.
    /// The batches whose flushes crashes have interrupted since a batch last became durable. All of
    /// them have the number of the next batch. Recovery may find any one of them (last_records()).
    std::vector<Batch> cut_;
};

template <class Visit>
bool Disk::end_flush(Tick now, Visit&& is_durable) {
    if (now < due_) return true;
    due_ = never;
    const std::uint64_t fails_one_in = flight_.checkpoint != 0 ? disk_.checkpoint_fails_one_in
                                                               : disk_.fails_one_in;
    if (!healed_ && fails_one_in != 0 && random_.below(fails_one_in) == 0) {
        ++tally_->failed;
        has_failed_ = true;
        file_->fail(random_.below(2) == 0 ? -EIO
                                          : static_cast<std::int64_t>(store::block_size / 2));
    } else {
        file_->complete();
        ++tally_->flushes;
        tally_->checkpoints += flight_.checkpoint != 0;
        if (!flight_.messages.empty()) cut_.clear();
        Records<limits::Tiny>::for_each(flight_.records(), is_durable);
    }
    const bool works = journal_->take();
    if (works == has_failed_) fail("S26: the journal reports another result than the disk");
    return works;
}

template <class WriteCheckpoint>
void Disk::end_turn(Tick now, std::size_t size, Sequence sequence, Slot learned, Slot retained_from,
                    WriteCheckpoint&& write_checkpoint) {
    if (size != 0) journal_->commit(size, sequence);
    journal_->note_learned(learned);
    begin_flush(now);
    const std::size_t size_of_checkpoint = journal_->write_due_checkpoint(
        sizes_.checkpoint, retained_from, std::forward<WriteCheckpoint>(write_checkpoint));
    if (size_of_checkpoint != 0) next_checkpoint_ = size_of_checkpoint / sizeof(Message);
}

template <class Visit>
void Disk::crash(Visit&& is_durable) {
    const std::uint64_t durable = file_->last_batch();
    cut_flush();
    tally_->unflushed += !journal_->is_empty();
    buffers_ = std::move(*journal_).take_buffers();
    journal_.reset();
    recover();
    if (failure_.empty() && file_->last_batch() > durable)
        Records<limits::Tiny>::for_each(last_records(), is_durable);
    due_ = never;
    has_failed_ = false;
}

}  // namespace paxos::sim
