// Messages of the floor (floor.h) that each cover a run of slots. A message is a cell with a count.
// In a request to accept, the values follow the cell.
//
// 1. A message consists of whole cells, all in one datagram.
// 2. Every datagram but the last of a batch is full, so that UDP_SEGMENT can cut the batch.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <span>
#include <vector>

#include "measure/bare_sender.h"

namespace paxos::measure {

using BareValue = std::array<std::uint64_t, 4>;

/// A message about the slots [slot, slot + count).
struct alignas(64) RunCell {
    static constexpr std::uint32_t accept = 3, decide = 5;
    /// Kinds: 1 and 3 are requests, 2 and 4 answers, 5 a decision. 0 fills the rest of a datagram.
    std::uint32_t kind;
    std::uint32_t from;
    std::uint64_t slot, count, ballot;
    std::uint64_t spare[4];
};
static_assert(sizeof(RunCell) == 64);
static_assert(BareSender::datagram_size % sizeof(RunCell) == 0);

inline constexpr std::size_t values_per_datagram = (BareSender::datagram_size - sizeof(RunCell)) /
                                                   sizeof(BareValue);

/// Number of bytes that `count` values take behind a cell, rounded up to whole cells.
constexpr std::size_t size_of_values(std::uint64_t count) {
    return (count * sizeof(BareValue) + sizeof(RunCell) - 1) / sizeof(RunCell) * sizeof(RunCell);
}

/// Writes a batch of messages.
class RunWriter {
public:
    /// Maximum number of slots that one batch may ask to accept. With this many slots, the buffer
    /// still has space for other messages.
    static constexpr std::size_t slots_max = 8192;

    /// Appends a message without values. If the last message has the same kind and ends at `first`,
    /// extends that message instead.
    void add(std::uint32_t kind, std::uint32_t from, std::uint64_t first, std::uint64_t count);
    /// Appends requests to accept the slots [first, first + count). Each request except the last
    /// fills its datagram.
    void add_accept(std::uint64_t first, std::uint64_t count);
    void clear() {
        size_ = 0;
        last_ = none;
    }
    [[nodiscard]] std::span<const std::byte> bytes() const {
        return std::span(bytes_).first(size_);
    }

private:
    static constexpr std::size_t none = ~std::size_t{0};

    void add_cell(const RunCell& cell);

    std::vector<std::byte> bytes_ = std::vector<std::byte>(std::size_t{1} << 19);
    std::size_t size_ = 0;
    std::size_t last_ = none;  // The offset of the last message, if it has no values.
};

/// Calls `visit(cell, values)` for each message of a received batch. Anyone can send to the socket,
/// so a message may be malformed. A malformed message and the rest of its datagram are ignored.
template <class Visit>
void for_each_run_cell(std::span<const std::byte> batch, Visit&& visit) {
    while (!batch.empty()) {
        std::span datagram = batch.first(std::min(batch.size(), BareSender::datagram_size));
        batch = batch.subspan(datagram.size());
        while (datagram.size() >= sizeof(RunCell)) {
            RunCell cell;
            std::memcpy(&cell, datagram.data(), sizeof cell);
            datagram = datagram.subspan(sizeof cell);
            if (cell.kind == 0 || cell.count > RunWriter::slots_max) break;
            const std::size_t size = cell.kind == RunCell::accept ? size_of_values(cell.count) : 0;
            if (size > datagram.size()) break;
            visit(cell, datagram.first(size));
            datagram = datagram.subspan(size);
        }
    }
}

}  // namespace paxos::measure
