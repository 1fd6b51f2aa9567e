// The file of a simulated node, in memory. It is the Image that recovery reads and the Device that
// a journal writes to.
//
// 1. A write takes effect when complete() or crash() is called, not before.
// 2. After a crash, any subset of the sectors of the write in progress is on the disk, and one of
//    them may be torn in the middle (S29).
// 3. damage() changes what was durable, as bit rot or a misdirected write would (S25).
#pragma once

#include <deque>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "paxos/random.h"
#include "store/device.h"
#include "store/format.h"
#include "store/image.h"

namespace paxos::sim {

/// The records of a batch. Empty if `batch` is empty.
[[nodiscard]] std::span<const Message> records_of(std::span<const std::byte> batch);

class DiskFile final : public store::Image, public store::Device {
public:
    static constexpr std::size_t sector_size = 512;
    enum class Left : std::uint8_t { nothing, a_part, everything };
    enum class Damage : std::uint8_t { rot, misdirected_write };

    /// A file of zeros. REQUIRES: `size` is a multiple of store::block_size.
    explicit DiskFile(std::uint64_t size) : blocks_(size / store::block_size) {}

    [[nodiscard]] std::uint64_t size() const override { return blocks_.size() * store::block_size; }
    [[nodiscard]] int read(std::uint64_t offset, std::span<std::byte> into) override;
    void begin_write(std::uint64_t offset, std::span<const std::byte> bytes) override;
    [[nodiscard]] std::optional<std::int64_t> result() override;

    /// Whether a write has begun and was not ended by complete() or crash().
    [[nodiscard]] bool is_writing() const { return !flight_.empty(); }
    /// The bytes of the write in progress if it is a batch; empty: it is a superblock, or there is
    /// no write.
    [[nodiscard]] std::span<const std::byte> batch_in_progress() const;
    /// The write in progress succeeds.
    void complete();
    /// The write in progress fails, and result() returns `result`. The next crash() decides which
    /// of the write's sectors are on the disk.
    void fail(std::int64_t result) { result_ = result; }
    /// Ends the write in progress by a crash. Returns how much of it is on the disk. REQUIRES:
    /// is_writing().
    Left crash(Random& random);
    /// From now on each write succeeds at once, except write number `torn`, which a crash
    /// interrupts. Writes are counted from 1. If `torn` is 0, all succeed.
    void write_at_once(std::size_t torn, Random& random);
    /// Ends write_at_once().
    void write_later() { torn_by_ = nullptr; }

    /// The number of the last batch of which every byte is on the disk; 0: none.
    [[nodiscard]] std::uint64_t last_batch() const { return last_batch_; }
    /// Called when recovery finds batch `sequence` whole although no write of this batch was
    /// complete. Two torn writes to the same place can cause this. The first, by an earlier
    /// incarnation, wrote some sectors of its batch. The second, by a later incarnation, wrote only
    /// the other sectors. If the batches of both incarnations have the same bytes in these other
    /// sectors, the batch of the earlier incarnation is whole.
    void complete_batch(std::uint64_t sequence) {
        last_batch_ = sequence;
        batches_.clear();
    }
    /// Damages one batch whose number is at least `first`. Never damages the last batch, because
    /// the loss of that batch looks like a write that a crash has interrupted. If there is no other
    /// batch, damages both superblocks.
    Damage damage(std::uint64_t first, Random& random);

private:
    using Block = std::unique_ptr<std::byte[]>;  // Null: zeros.
    struct Batch {
        std::uint64_t sequence, offset;
        std::vector<std::byte> bytes;
        std::vector<std::byte> before;  // What the batch has overwritten.
    };

    /// REQUIRES: the bytes are in one block.
    void store(std::uint64_t offset, std::span<const std::byte> bytes);
    void store_all(std::uint64_t offset, std::span<const std::byte> bytes);
    [[nodiscard]] std::vector<std::byte> load(std::uint64_t offset, std::size_t size);
    void flip_bit(std::uint64_t offset, std::size_t size, Random& random);
    /// Chooses which of `count` sectors are written.
    [[nodiscard]] static std::vector<bool> some_sectors(std::size_t count, Random& random);
    void keep_batch(std::vector<std::byte> before);

    std::vector<Block> blocks_;
    std::span<const std::byte> flight_;  // The write in progress.
    std::uint64_t flight_offset_ = 0;
    std::optional<std::int64_t> result_;
    Random* torn_by_ = nullptr;   // Not null: writes take effect at once.
    std::size_t torn_write_ = 0;  // Counts down to the write that is torn.
    std::deque<Batch> batches_;   // The last batches that are on the disk.
    std::uint64_t last_batch_ = 0;
};

}  // namespace paxos::sim
