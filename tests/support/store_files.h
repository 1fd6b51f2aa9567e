// In-memory files of nodes, for tests of src/store. The files note each write, and can make writes
// fail.
#pragma once

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "gtest/gtest.h"
#include "store/journal.h"
#include "store/superblocks.h"

namespace paxos::store {

inline constexpr std::size_t sector_size = 512;

/// A file in memory. A write takes effect at once, but does not complete while `is_slow`.
class MemoryFile : public Image, public Device {
public:
    struct Write {
        std::uint64_t offset;
        std::vector<std::byte> bytes;
    };

    MemoryFile() = default;
    explicit MemoryFile(std::uint64_t size) : bytes(size) {}

    [[nodiscard]] std::uint64_t size() const override { return bytes.size(); }
    [[nodiscard]] int read(std::uint64_t offset, std::span<std::byte> into) override {
        if (unreadable_from <= offset) return EIO;
        EXPECT_LE(offset + into.size(), bytes.size());
        bytes_read += into.size();
        std::memcpy(into.data(), bytes.data() + offset, into.size());
        return 0;
    }
    void begin_write(std::uint64_t offset, std::span<const std::byte> what) override {
        EXPECT_FALSE(is_writing) << "two writes at a time";
        EXPECT_EQ(offset % block_size + what.size() % block_size, 0u);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(what.data()) % block_size, 0u);
        EXPECT_LE(offset + what.size(), bytes.size());
        is_writing = true;
        next_result = static_cast<std::int64_t>(what.size());
        if (fault) next_result = *fault;
        const std::size_t written = next_result < 0 ? 0 : static_cast<std::size_t>(next_result);
        std::copy_n(what.begin(), written, bytes.begin() + static_cast<std::ptrdiff_t>(offset));
        writes.push_back({offset, {what.begin(), what.end()}});
    }
    [[nodiscard]] std::optional<std::int64_t> result() override {
        if (is_slow || !is_writing) return std::nullopt;
        is_writing = false;
        return next_result;
    }

    std::vector<std::byte> bytes;
    std::vector<Write> writes;
    std::optional<std::int64_t> fault;  ///< If set, the result of every later write.
    bool is_slow = false;
    std::uint64_t unreadable_from = ~std::uint64_t{0};
    std::uint64_t bytes_read = 0;
    bool is_writing = false;
    std::int64_t next_result = 0;
};

/// A small file, with space for 18 batches of up to two blocks.
inline constexpr Geometry small_geometry{.file_size = ring_begin + 18 * 2 * block_size,
                                         .batch_size = 2 * block_size};

inline Owner some_owner() {
    return {.cluster = {.id = {{0x1122334455667788, 0x99aabbccddeeff00}},
                        .nodes = 5,
                        .protocol = Variant::multi},
            .node = 3};
}

inline MemoryFile new_file(const Owner& owner, const Geometry& geometry) {
    MemoryFile file(geometry.file_size);
    for (std::size_t index = 0; index < 2; ++index) {
        const Superblock block = sealed(new_superblock(owner, geometry), index);
        std::memcpy(file.bytes.data() + index * block_size, &block, sizeof block);
    }
    return file;
}

/// An ACCEPT record of one slot, whose value identifies the slot and `tag`.
inline Message accept_record(Slot slot, std::uint64_t tag, NodeId node = 3) {
    Message record{.kind = MessageKind::accept,
                   .from = node,
                   .slot_count = 1,
                   .slot = slot,
                   .ballot = Ballot(1 + tag, 0)};
    record.value.words[0] = slot * 1000 + tag;
    return record;
}

/// One process of a node. When it starts, it recovers the file and begins the next incarnation.
/// Then it writes to the file.
struct Process {
    Process(MemoryFile& store_file, const Owner& owner) : file(store_file) {
        recovered = recover(file, owner, [this](std::span<const Message> records) {
            found.insert(found.end(), records.begin(), records.end());
        });
        if (!is_usable(recovered.verdict)) return;
        superblock = next_incarnation(recovered).value();
        EXPECT_EQ(write_superblocks(file, superblock, recovered.bad_superblock.value_or(0)), 0);
        journal = std::make_unique<Journal>(file, superblock, recovered);
    }
    /// Commits `records`. Returns false if there is no space.
    bool record(const std::vector<Message>& records) {
        const std::span<std::byte> space = journal->space();
        const std::span bytes = std::as_bytes(std::span{records});
        if (space.size() < bytes.size()) return false;
        std::memcpy(space.data(), bytes.data(), bytes.size());
        journal->commit(bytes.size(), ++sequence);
        return true;
    }
    bool record(const Message& one) { return record(std::vector{one}); }
    void checkpoint(const std::vector<Message>& records) {
        const std::span bytes = std::as_bytes(std::span{records});
        const std::span<std::byte> space = journal->checkpoint_space();
        ASSERT_GE(space.size(), bytes.size());
        std::memcpy(space.data(), bytes.data(), bytes.size());
        journal->commit_checkpoint(bytes.size());
    }
    /// Calls the journal's turn() until everything is durable. Returns false after a failure.
    bool flush() {
        do {
            if (!journal->turn()) return false;
        } while (!journal->is_idle());
        return true;
    }
    bool close() {
        journal->close();
        return flush();
    }

    MemoryFile& file;
    Recovered recovered;
    std::vector<Message> found;
    Superblock superblock{};
    std::unique_ptr<Journal> journal;
    Sequence sequence = 0;
};

}  // namespace paxos::store
