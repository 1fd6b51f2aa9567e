// The journal of a running node. It writes the node's records to the node's file by group commit.
//
// A step writes its records into one buffer while the other buffer is written to the file. turn()
// takes the result of a write that has ended and begins the next write. turn() waits only if the
// device's begin_write() waits. The records of all steps during a write are written together by the
// next write.
//
// Invariants
// 1. Only one write is in progress at a time. A batch is written only after the batch before is
//    durable.
// 2. A record counts as durable when its batch is durable (S06).
// 3. A failed or short write is final (S26): nothing is written after it, and no further record
//    becomes durable.
// 4. The superblocks name the position at which recovery starts. Nothing from this position up to
//    the next batch is overwritten. Space becomes free only when both superblocks name a later
//    position.
// 5. After the constructor nothing is allocated.
//
// Used by the node's one thread.
#pragma once

#include "paxos/records.h"
#include "store/buffer.h"
#include "store/device.h"
#include "store/recovery.h"

namespace paxos::store {

class Journal {
public:
    /// The memory of a journal. The first two buffers have the size of the largest batch.
    struct Buffers {
        Buffer filling, flying, superblock;
    };
    /// Buffers whose pages have been touched, so that no turn takes a page fault.
    [[nodiscard]] static Buffers make_buffers(std::size_t batch_size);

    /// Continues where `recovered` ends. `superblock` has the new incarnation (next_incarnation()).
    /// The device outlives the journal. REQUIRES: both superblocks of the file are `superblock`.
    Journal(Device& device, const Superblock& superblock, const Recovered& recovered)
        : Journal(device, superblock, recovered, make_buffers(superblock.batch_size)) {}
    /// Uses the buffers of another journal. REQUIRES: they were made for the same batch size.
    Journal(Device& device, const Superblock& superblock, const Recovered& recovered,
            Buffers buffers);
    Journal(const Journal&) = delete;
    Journal& operator=(const Journal&) = delete;

    /// Where the next step writes its records: the free part of the buffer, aligned for messages.
    /// Each commit() makes this part smaller. When the next write begins, the buffer is empty
    /// again. If the file is full, there is no space until a checkpoint is durable and release()
    /// has freed the ring before this checkpoint.
    [[nodiscard]] std::span<std::byte> space();
    /// Called when a step has written `size` bytes of records to space(). The records are durable
    /// when durable_up_to() reaches `sequence`. REQUIRES: the records are whole messages;
    /// `sequence` is higher than in earlier calls.
    void commit(std::size_t size, Sequence sequence);
    /// Called when the node has learned all slots below `learned`. The header of the next batch
    /// contains `learned`.
    void note_learned(Slot learned) { learned_ = std::max(learned_, learned); }

    /// Takes the result of the write in progress, if it has ended. Returns false once a write has
    /// failed.
    bool take();
    /// Calls take(). Then begins the next write if none is in progress and there is something to
    /// write.
    bool turn();
    /// Whether no write is in progress.
    [[nodiscard]] bool is_resting() const { return write_ == Write::none; }
    /// Whether everything recorded is durable and no write is in progress.
    [[nodiscard]] bool is_idle() const;
    /// Whether nothing waits for the next batch.
    [[nodiscard]] bool is_empty() const { return batch_.size == sizeof(BatchHeader); }
    /// Records up to this number are durable.
    [[nodiscard]] Sequence durable_up_to() const { return durable_up_to_; }
    /// The errno of the write that failed; EIO if it was short; 0 if no write failed.
    [[nodiscard]] int error() const { return error_; }

    /// Whether an eighth of the ring was written since the last checkpoint and the buffer is empty
    /// (a checkpoint must be the first part of a batch).
    [[nodiscard]] bool wants_checkpoint() const;
    /// The space to which a checkpoint is written. It is not empty even if the file is so full that
    /// space() is empty.
    [[nodiscard]] std::span<std::byte> checkpoint_space();
    /// Commits the checkpoint of `size` bytes that was written to checkpoint_space(). REQUIRES:
    /// is_empty() before the checkpoint was written.
    void commit_checkpoint(std::size_t size);
    /// If a checkpoint is due and there is space for `size_max` bytes, calls `write(space)`, which
    /// writes the checkpoint and returns its size. Then calls release(retained_from). Returns the
    /// size; 0 if no checkpoint was written. Call after turn() has begun a write, because the
    /// buffer is empty then.
    template <class Write>
    std::size_t write_due_checkpoint(std::size_t size_max, Slot retained_from, Write&& write) {
        if (!wants_checkpoint() || checkpoint_space().size() < size_max) return 0;
        const std::size_t size = write(checkpoint_space());
        commit_checkpoint(size);
        release(retained_from);
        return size;
    }
    /// Called when the node no longer answers requests about slots below `slot`. Moves the start of
    /// recovery to a later durable checkpoint, if there is one, and frees the ring before it. The
    /// new start is the later of two checkpoints: the newest one whose Checkpoint::learned is at
    /// most `slot`, and the newest one after which at least an eighth of the ring was written. If
    /// the file is full, the new start is the newest checkpoint.
    void release(Slot slot);

    /// Begins a clean end. The next turns write superblocks which state that all batches are
    /// durable. If the last batch is damaged later, recovery therefore reports the damage. Without
    /// this statement it could take the batch for one that a crash has torn. REQUIRES: is_idle().
    void close();

    struct Counters {
        std::uint64_t batches = 0;
        std::uint64_t bytes = 0;  ///< Bytes of all these batches.
        std::uint64_t checkpoints = 0;
    };
    [[nodiscard]] const Counters& counters() const { return counters_; }
    /// Bytes of the ring that must not be overwritten.
    [[nodiscard]] std::uint64_t used() const { return tail_ - start_; }
    /// Ends the journal, and returns its buffers for another one.
    [[nodiscard]] Buffers take_buffers() && { return std::move(buffers_); }

private:
    /// What a batch in a buffer contains.
    struct Batch {
        std::size_t size = sizeof(BatchHeader);
        Sequence last = 0;  // The sequence number of its last records.
        std::uint8_t flags = is_batch;
        Checkpoint checkpoint;  // Meaningful only if the batch begins with a checkpoint.
    };
    enum class Write : std::uint8_t { none, batch, superblock };

    /// The rest of the buffer.
    [[nodiscard]] std::span<std::byte> rest();
    [[nodiscard]] bool has_space_for(std::uint64_t batches) const;
    /// Whether the file takes no more records, only a checkpoint.
    [[nodiscard]] bool is_full() const;
    void add(std::size_t size);
    void take_result(std::int64_t result);
    void on_batch_durable();
    void begin_batch();
    void begin_superblock();
    void advance_start();

    Device& device_;
    Superblock superblock_;
    Position next_;
    // Positions in bytes from the batch at which recovery started. They do not wrap with the ring.
    std::uint64_t start_ = 0;  // The start of recovery that both superblocks name.
    std::uint64_t tail_;       // The end of the last batch.

    Buffers buffers_;
    Batch batch_;   // What buffers_.filling contains.
    Batch flight_;  // What buffers_.flying contains.
    Write write_ = Write::none;
    std::size_t write_size_ = 0;
    int error_ = 0;

    Sequence durable_up_to_ = 0;
    Slot learned_;

    std::uint64_t written_since_checkpoint_ = 0;
    Checkpoints checkpoints_;  // The durable checkpoints.
    Slot released_ = 0;
    std::size_t superblocks_left_ = 0;  // Superblocks still to be written.
    // What start_ becomes when both superblocks are written.
    std::uint64_t next_start_ = 0;
    std::uint64_t durable_batch_;  // Batches up to this number are durable.
    Counters counters_;
};

/// The superblock for the next start of the node. It has the next incarnation. If the file ended in
/// a torn batch, torn_tails of this superblock is one higher than before. None: no incarnation is
/// left. REQUIRES: the verdict is usable.
[[nodiscard]] std::optional<Superblock> next_incarnation(const Recovered& recovered);

/// Writes `superblock` to both blocks, first to block `first`. If one block is damaged, `first`
/// must be that block. Returns 0 or the errno. Must succeed before the node sends anything (S12).
/// REQUIRES: the device's writes have ended when begin_write() returns.
[[nodiscard]] int write_superblocks(Device& device, const Superblock& superblock,
                                    std::size_t first);

}  // namespace paxos::store
