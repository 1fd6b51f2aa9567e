// The format of a node's file, byte by byte. docs/durability.md explains it.
//
//   block 0, block 1    two superblocks; only one is written at a time, so one is always intact
//   the rest            a ring of batches
//
// A batch is a header, records and zeros up to the next block. Records have the layout of messages
// from the node itself (paxos/records.h); they are replayed in the order of writing. A batch does
// not wrap: if it does not fit before the end of the file, it begins at the start of the ring. A
// checkpoint is a set of records that replaces all earlier records. A batch may begin with a
// checkpoint.
//
// Invariants
// 1. Batches are numbered without gaps, and each contains the checksum of the batch before.
// 2. A batch is written only after the batch before is durable. A valid batch therefore proves that
//    all earlier batches were durable. If one of the earlier batches is missing, it was lost after
//    it had become durable (S25).
// 3. A batch's checksum covers every byte of the batch and is seeded with cluster id and offset.
//    A batch of another cluster, or at a wrong offset, is therefore not valid.
//
// All fields are little-endian; spare bytes are zero.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "paxos/message.h"
#include "paxos/options.h"

namespace paxos::store {

/// The unit of writes and of their alignment. Common disks have sectors of at most this size, and a
/// page has this size.
inline constexpr std::size_t block_size = 4096;
inline constexpr std::uint64_t ring_begin = 2 * block_size;
inline constexpr std::uint32_t format_version = 1;
inline constexpr std::array<char, 8> file_magic{'p', 'a', 'x', 'o', 's', 'l', 'o', 'g'};

/// The 128 bits of XXH3.
struct Checksum {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
    bool operator==(const Checksum&) const = default;
};

/// Drawn at random when a cluster is made.
struct ClusterId {
    std::array<std::uint64_t, 2> words{};
    bool operator==(const ClusterId&) const = default;
};

/// What all nodes of a cluster have in common.
struct Cluster {
    ClusterId id;
    std::size_t nodes = 1;
    Variant protocol = default_variant;
    std::size_t value_size = limits::value_size;
    /// Number of nodes in a quorum of phase 2; 0: a majority. Quorums of different runs must
    /// intersect too (S15).
    std::size_t accept_quorum = 0;
    bool spans_hosts = false;  ///< The files of its nodes may be in several directories.
    bool operator==(const Cluster&) const = default;
};

/// The sizes of a file, fixed when it is made.
struct Geometry {
    std::uint64_t file_size = 0;
    std::uint32_t batch_size = 0;  ///< Size of the largest batch, in bytes.

    /// The sizes of a file if no step and no checkpoint has more than `step_size` bytes of records.
    /// A batch has space for a step and a half, so that most steps find space for their records
    /// while the batch before is written.
    [[nodiscard]] static constexpr Geometry for_steps(std::size_t step_size);
    /// Whether the sizes are valid and the ring has space for ten batches, which suffices for two
    /// checkpoints and the batches between them.
    [[nodiscard]] constexpr bool is_possible() const;
    [[nodiscard]] constexpr std::uint64_t ring_size() const { return file_size - ring_begin; }
    bool operator==(const Geometry&) const = default;
};

/// The position of a batch, written or about to be written.
struct Position {
    std::uint64_t offset = ring_begin;
    std::uint64_t sequence = 1;  ///< The number of this batch; the first one is 1.
    Checksum previous;           ///< The checksum of the batch before.
    bool operator==(const Position&) const = default;
};

/// A checkpoint in the ring.
struct Checkpoint {
    Position position;  ///< Position of the batch that begins with this checkpoint.
    /// The distance in bytes from the batch at which recovery started to the batch at `position`.
    /// It continues to grow when the ring wraps around.
    std::uint64_t place = 0;
    Slot learned = 0;  ///< The node had learned all slots below this one.
};

/// The durable checkpoints of a file at which a later recovery could start, oldest first.
class Checkpoints {
public:
    /// If there is no space, replaces the newest checkpoint. This only delays the freeing of ring
    /// space.
    void add(const Checkpoint& checkpoint) {
        if (count_ == all_.size()) --count_;
        all_[count_++] = checkpoint;
    }
    /// The newest checkpoint whose `learned` is at most `slot`, or whose place is at most `place`;
    /// null: there is none.
    [[nodiscard]] const Checkpoint* newest(Slot slot, std::uint64_t place) const {
        std::size_t i = count_;
        while (i > 0 && all_[i - 1].learned > slot && all_[i - 1].place > place) --i;
        return i == 0 ? nullptr : &all_[i - 1];
    }
    /// Removes the checkpoints whose place is at most `place`.
    void drop(std::uint64_t place) {
        std::size_t kept = 0;
        for (std::size_t i = 0; i < count_; ++i)
            if (all_[i].place > place) all_[kept++] = all_[i];
        count_ = kept;
    }

private:
    std::array<Checkpoint, 10> all_{};  // Enough: about one in each eighth of the ring.
    std::size_t count_ = 0;
};

struct Superblock {
    Checksum checksum;  ///< Seeded with the file offset alone, so it is valid in any cluster.
    std::array<char, 8> magic = file_magic;
    std::uint32_t version = format_version;
    std::uint32_t value_size;
    ClusterId cluster;
    std::uint8_t node;
    std::uint8_t nodes;
    std::uint8_t protocol;  ///< A Variant.
    std::uint8_t reserved = 0;
    /// Number of starts of this node. It is part of each ballot, so no ballot is used twice (S12).
    std::uint16_t incarnation = 0;
    std::uint16_t torn_tails = 0;  ///< Torn batches that recoveries have cut off; stops at 65535.
    std::uint32_t batch_size;
    std::uint32_t spare = 0;
    std::uint64_t file_size;
    std::uint64_t generation = 1;  ///< The superblock with the higher generation is the newer one.
    Position start;                ///< The first batch that recovery needs.
    /// Batches up to this number were durable when the superblock was written.
    std::uint64_t durable_up_to = 0;
    std::array<std::uint64_t, 497> zeros{};

    [[nodiscard]] Geometry geometry() const { return {file_size, batch_size}; }
};
static_assert(sizeof(Superblock) == block_size && std::is_trivially_copyable_v<Superblock>);
static_assert(std::has_unique_object_representations_v<Superblock>);

/// Bits of BatchHeader::flags. `is_batch` is always set, so that a zeroed block is never a batch.
inline constexpr std::uint8_t is_batch = 1;
/// The batch begins with a checkpoint, so recovery may start with this batch.
inline constexpr std::uint8_t has_checkpoint = 2;

struct BatchHeader {
    Checksum checksum;
    Checksum previous;          ///< The checksum of the batch before.
    std::uint64_t sequence;     ///< Batches with lower numbers were durable: invariant 2.
    Slot learned;               ///< The node had learned every slot below this one.
    std::uint32_t record_size;  ///< Bytes of all records.
    std::uint16_t incarnation;
    std::uint8_t node;
    std::uint8_t flags;
    std::uint64_t reserved = 0;

    [[nodiscard]] std::size_t size() const;
};
static_assert(sizeof(BatchHeader) == 64 && std::is_trivially_copyable_v<BatchHeader>);
static_assert(std::has_unique_object_representations_v<BatchHeader>);
static_assert(sizeof(BatchHeader) % alignof(Message) == 0, "records are read in place");

[[nodiscard]] constexpr std::size_t in_blocks(std::size_t size) {
    return (size + block_size - 1) / block_size * block_size;
}
inline std::size_t BatchHeader::size() const {
    return in_blocks(sizeof(BatchHeader) + record_size);
}

constexpr Geometry Geometry::for_steps(std::size_t step_size) {
    const std::size_t batch = block_size +
                              in_blocks(sizeof(BatchHeader) + step_size + step_size / 2);
    // In the smallest file, a checkpoint is written after every 8 MiB. At full load a node writes
    // 40 MiB a second, so it writes only five checkpoints a second.
    constexpr std::size_t least = 64 << 20;
    return {std::max(least, ring_begin + 12 * batch), static_cast<std::uint32_t>(batch)};
}
constexpr bool Geometry::is_possible() const {
    return batch_size >= 2 * block_size && batch_size <= 1U << 30 && batch_size % block_size == 0 &&
           file_size % block_size == 0 && file_size <= std::uint64_t{1} << 40 &&
           file_size >= ring_begin + 10 * std::uint64_t{batch_size};
}

}  // namespace paxos::store
