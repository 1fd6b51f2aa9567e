#include "measure/bare_runs.h"

namespace paxos::measure {

void RunWriter::add(std::uint32_t kind, std::uint32_t from, std::uint64_t first,
                    std::uint64_t count) {
    if (last_ != none) {
        RunCell last;
        std::memcpy(&last, &bytes_[last_], sizeof last);
        if (last.kind == kind && last.slot + last.count == first) {
            last.count += count;
            std::memcpy(&bytes_[last_], &last, sizeof last);
            return;
        }
    }
    last_ = size_;
    add_cell({.kind = kind, .from = from, .slot = first, .count = count, .ballot = 7, .spare = {}});
}

void RunWriter::add_accept(std::uint64_t first, std::uint64_t count) {
    while (count > 0) {
        const std::size_t room = BareSender::datagram_size - size_ % BareSender::datagram_size;
        if (room == sizeof(RunCell)) {  // There is space for a cell, but not for a value after it.
            add_cell({});
            continue;
        }
        const auto some = std::min<std::uint64_t>(count,
                                                  (room - sizeof(RunCell)) / sizeof(BareValue));
        add_cell({.kind = RunCell::accept,
                  .from = 0,
                  .slot = first,
                  .count = some,
                  .ballot = 7,
                  .spare = {}});
        for (std::uint64_t i = 0; i < some; ++i) {
            const BareValue value{first + i, first, first, first};
            std::memcpy(&bytes_[size_ + i * sizeof value], &value, sizeof value);
        }
        size_ += size_of_values(some);
        first += some;
        count -= some;
    }
    last_ = none;
}

void RunWriter::add_cell(const RunCell& cell) {
    std::memcpy(&bytes_[size_], &cell, sizeof cell);
    size_ += sizeof cell;
}

}  // namespace paxos::measure
