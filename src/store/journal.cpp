// See journal.h.
#include "store/journal.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "store/checksum.h"
#include "store/superblocks.h"

namespace paxos::store {
namespace {

/// A checkpoint is due after 1/8 of the ring was written. At this interval, recovery reads little,
/// and checkpoints are a small part of what is written. Recovery starts at most about 2/8 of the
/// ring before the next batch, so the next batches and checkpoints always have space.
constexpr std::uint64_t checkpoints_per_ring = 8;

/// The errno of a write's result. A short write is an error of the disk (S26).
int error_of(std::int64_t result, std::size_t size) {
    if (result == static_cast<std::int64_t>(size)) return 0;
    return result < 0 ? static_cast<int>(-result) : EIO;
}

}  // namespace

Journal::Buffers Journal::make_buffers(std::size_t batch_size) {
    const auto make = [](std::size_t size) {
        Buffer buffer = make_buffer(size);
        std::memset(buffer.get(), 0, size);
        return buffer;
    };
    return {make(batch_size), make(batch_size), make(block_size)};
}

Journal::Journal(Device& device, const Superblock& superblock, const Recovered& recovered,
                 Buffers buffers)
    : device_(device),
      superblock_(superblock),
      next_(recovered.next),
      tail_(recovered.bytes),
      buffers_(std::move(buffers)),
      learned_(recovered.learned),
      written_since_checkpoint_(recovered.bytes_since_checkpoint),
      checkpoints_(recovered.checkpoints_found),
      durable_batch_(recovered.next.sequence - 1) {
    PAXOS_ASSERT(is_usable(recovered.verdict) && superblock.geometry().is_possible());
    PAXOS_ASSERT(used() <= superblock.geometry().ring_size());
}

bool Journal::has_space_for(std::uint64_t batches) const {
    // Counts each batch twice, because a batch may leave up to its own size unused at the end of
    // the ring.
    return used() + 2 * batches * superblock_.batch_size <= superblock_.geometry().ring_size();
}

bool Journal::is_full() const {
    // Leaves space for the next checkpoint too, because only a checkpoint allows space to be freed.
    return !has_space_for(2);
}

std::span<std::byte> Journal::rest() {
    return {buffers_.filling.get() + batch_.size, superblock_.batch_size - batch_.size};
}

std::span<std::byte> Journal::space() { return is_full() ? std::span<std::byte>{} : rest(); }

std::span<std::byte> Journal::checkpoint_space() {
    return has_space_for(1) ? rest() : std::span<std::byte>{};
}

void Journal::add(std::size_t size) {
    PAXOS_ASSERT(size % sizeof(Message) == 0 && size <= superblock_.batch_size - batch_.size);
    batch_.size += size;
}

void Journal::commit(std::size_t size, Sequence sequence) {
    PAXOS_ASSERT(size != 0 && sequence > batch_.last && sequence > durable_up_to_);
    add(size);
    batch_.last = sequence;
}

bool Journal::take() {
    if (write_ != Write::none)
        if (const std::optional<std::int64_t> result = device_.result()) take_result(*result);
    return error_ == 0;
}

bool Journal::turn() {
    if (!take()) return false;  // S26
    if (write_ != Write::none) return true;
    if (is_full()) [[unlikely]]
        advance_start();  // A crash may have prevented this after the last durable checkpoint.
    if (superblocks_left_ != 0)
        begin_superblock();
    else if (!is_empty())
        begin_batch();
    return true;
}

bool Journal::is_idle() const {
    return write_ == Write::none && superblocks_left_ == 0 && is_empty();
}

void Journal::take_result(std::int64_t result) {
    const Write ended = std::exchange(write_, Write::none);
    error_ = error_of(result, write_size_);
    if (error_ != 0) return;
    if (ended == Write::batch) return on_batch_durable();
    if (--superblocks_left_ != 0) return;
    start_ = next_start_;  // Invariant 4
    checkpoints_.drop(start_);
    advance_start();
}

void Journal::on_batch_durable() {
    durable_up_to_ = std::max(durable_up_to_, flight_.last);  // S06
    ++durable_batch_;
    if ((flight_.flags & has_checkpoint) == 0) return;
    checkpoints_.add(flight_.checkpoint);
    ++counters_.checkpoints;
    advance_start();
}

void Journal::begin_batch() {
    const std::size_t size = in_blocks(batch_.size);
    if (superblock_.file_size - next_.offset < size) {
        tail_ += superblock_.file_size - next_.offset;
        next_.offset = ring_begin;
    }
    PAXOS_ASSERT(used() + size <= superblock_.geometry().ring_size());  // Invariant 4
    std::byte* const bytes = buffers_.filling.get();
    std::memset(bytes + batch_.size, 0, size - batch_.size);
    BatchHeader head{.checksum = {},
                     .previous = next_.previous,
                     .sequence = next_.sequence,
                     .learned = learned_,
                     .record_size = static_cast<std::uint32_t>(batch_.size - sizeof head),
                     .incarnation = superblock_.incarnation,
                     .node = superblock_.node,
                     .flags = batch_.flags};
    std::memcpy(bytes, &head, sizeof head);
    head.checksum = checksum_of({bytes, size}, superblock_.cluster, next_.offset);
    std::memcpy(bytes, &head, sizeof head);

    const std::uint64_t offset = next_.offset;
    batch_.checkpoint = {next_, tail_, learned_};
    next_ = {offset + size, next_.sequence + 1, head.checksum};
    tail_ += size;
    written_since_checkpoint_ += size;
    ++counters_.batches;
    counters_.bytes += size;
    std::swap(buffers_.filling, buffers_.flying);
    flight_ = std::exchange(batch_, Batch{});
    write_ = Write::batch;
    write_size_ = size;
    device_.begin_write(offset, {buffers_.flying.get(), size});
}

void Journal::begin_superblock() {
    const std::size_t index = 2 - superblocks_left_;
    const Superblock block = sealed(superblock_, index);
    std::memcpy(buffers_.superblock.get(), &block, sizeof block);
    write_ = Write::superblock;
    write_size_ = block_size;
    device_.begin_write(index * block_size, {buffers_.superblock.get(), block_size});
}

bool Journal::wants_checkpoint() const {
    return is_empty() &&
           written_since_checkpoint_ >= superblock_.geometry().ring_size() / checkpoints_per_ring;
}

void Journal::commit_checkpoint(std::size_t size) {
    PAXOS_ASSERT(is_empty() && size != 0);
    add(size);
    batch_.flags |= has_checkpoint;
    written_since_checkpoint_ = 0;
}

void Journal::release(Slot slot) {
    released_ = std::max(released_, slot);
    advance_start();
}

/// If recovery may start at a later checkpoint, begins to write this start to the superblocks.
void Journal::advance_start() {
    if (superblocks_left_ != 0) return;
    const std::uint64_t kept = is_full()
                                   ? 0
                                   : superblock_.geometry().ring_size() / checkpoints_per_ring;
    const Checkpoint* const checkpoint = checkpoints_.newest(released_,
                                                             tail_ - std::min(tail_, kept));
    if (checkpoint == nullptr || checkpoint->place <= start_) return;
    superblock_.start = checkpoint->position;
    superblock_.durable_up_to = durable_batch_;
    ++superblock_.generation;
    next_start_ = checkpoint->place;
    superblocks_left_ = 2;
}

void Journal::close() {
    PAXOS_ASSERT(is_idle());
    superblock_.durable_up_to = durable_batch_;
    ++superblock_.generation;
    next_start_ = start_;
    superblocks_left_ = 2;
}

std::optional<Superblock> next_incarnation(const Recovered& recovered) {
    PAXOS_ASSERT(is_usable(recovered.verdict));
    Superblock next = recovered.superblock;
    if (next.incarnation == 0xffff) return std::nullopt;
    ++next.incarnation;
    if (recovered.verdict == Verdict::torn && next.torn_tails != 0xffff) ++next.torn_tails;
    ++next.generation;
    next.durable_up_to = recovered.next.sequence - 1;
    return next;
}

int write_superblocks(Device& device, const Superblock& superblock, std::size_t first) {
    struct alignas(block_size) Block {
        Superblock bytes;
    };
    for (const std::size_t index : {first, 1 - first}) {
        const Block block{sealed(superblock, index)};
        device.begin_write(index * block_size, std::as_bytes(std::span{&block.bytes, 1}));
        const std::optional<std::int64_t> result = device.result();
        PAXOS_ASSERT(result);
        if (const int error = error_of(*result, block_size)) return error;
    }
    return 0;
}

}  // namespace paxos::store
