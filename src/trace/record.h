// A ring of trace records in shared memory. It has one writer: the node or, for a node on another
// host, the launcher, which writes the records that arrive from that host. It has one reader, the
// launcher.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>

#include "paxos/step.h"

namespace paxos::trace {

struct Record {
    Tick at;
    Event event;
};

class Ring {
public:
    static constexpr std::size_t capacity = 16384;

    /// Called by the writer. If the ring is full, counts the record as lost and returns false.
    bool push(const Record& record) {
        const std::uint64_t written = written_.load(std::memory_order_relaxed);
        if (written - read_.load(std::memory_order_acquire) == capacity) {
            lost_.store(lost_.load(std::memory_order_relaxed) + 1, std::memory_order_relaxed);
            return false;
        }
        records_[written % capacity] = record;
        written_.store(written + 1, std::memory_order_release);
        return true;
    }
    /// Called by the launcher. False if the ring is empty.
    bool pop(Record& record) {
        const std::uint64_t read = read_.load(std::memory_order_relaxed);
        if (read == written_.load(std::memory_order_acquire)) return false;
        record = records_[read % capacity];
        read_.store(read + 1, std::memory_order_release);
        return true;
    }
    /// Number of records lost because the ring was full.
    [[nodiscard]] std::uint64_t lost() const { return lost_.load(std::memory_order_relaxed); }

private:
    alignas(64) std::atomic<std::uint64_t> written_{0};
    std::atomic<std::uint64_t> lost_{0};
    alignas(64) std::atomic<std::uint64_t> read_{0};
    alignas(64) std::array<Record, capacity> records_;
};

}  // namespace paxos::trace
