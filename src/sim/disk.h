// A node's disk in a simulated world: what was written, and what a crash leaves of it (S23, S29).
//
// 1. One flush is under way at a time. Records made meanwhile wait for the next flush.
// 2. A crash loses all waiting records. Of the records in the flush, a random number survives, from
//    the first on. On a real disk, sectors of a flush may be written in any order and torn, but
//    recovery keeps only the records before the first missing one. This model assumes such a
//    recovery, and src/store implements it.
// 3. A flush may be slow, and it may fail, which ends the node (S26). A full disk takes no records
//    until it has space again.
#pragma once

#include <algorithm>
#include <span>
#include <vector>

#include "paxos/limits.h"
#include "paxos/random.h"
#include "paxos/records.h"
#include "sim/draw.h"
#include "sim/tally.h"

namespace paxos::sim {

class Disk {
public:
    static constexpr Tick never = ~Tick{0};
    enum class Flush : std::uint8_t { none, done, failed };

    /// `tally` must outlive the disk.
    Disk(const Draw& draw, std::uint64_t seed, DiskTally& tally)
        : disk_(draw.disk), random_(mix(seed)), tally_(&tally) {}

    /// From now on no flush is slow or fails, and the disk has space.
    void heal() { healed_ = true; }
    [[nodiscard]] Incarnation incarnation() const { return incarnation_; }
    [[nodiscard]] Sequence durable_up_to() const { return durable_up_to_; }
    /// When the flush under way ends; `never` if there is none.
    [[nodiscard]] Tick due() const { return due_; }
    [[nodiscard]] bool has_space(Tick now) {
        if (healed_ || disk_.full_one_in == 0) return true;
        if (now >= full_until_ && random_.below(disk_.full_one_in) == 0) {
            full_until_ = now + random_.below(disk_.slow_ns);
            tally_->full += now < full_until_;
        }
        return now >= full_until_;
    }

    /// Adds the records of a step.
    void add(std::span<const std::byte> records, Sequence sequence) {
        append(waiting_.cells, records);
        waiting_.last = sequence;
    }
    /// Adds a checkpoint: the state of the node after the records added so far. Once the checkpoint
    /// is durable, those records are no longer needed.
    void add_checkpoint(std::span<const std::byte> records) {
        if (waiting_.has_checkpoint()) return;
        waiting_.checkpoint = waiting_.cells.size();
        append(waiting_.cells, records);
        waiting_.checkpoint_end = waiting_.cells.size();
    }
    /// Begins a flush if none is under way and records wait.
    void begin_flush(Tick now) {
        if (due_ != never || waiting_.cells.empty()) return;
        std::swap(flight_, waiting_);
        waiting_ = Batch{};
        const bool is_slow = !healed_ && disk_.slow_one_in != 0 &&
                             random_.below(disk_.slow_one_in) == 0;
        tally_->slow += is_slow;
        due_ = now + disk_.flush_ns / 2 + random_.below(disk_.flush_ns) +
               (is_slow ? random_.below(disk_.slow_ns) : 0);
    }
    /// Ends the flush that is due. Calls `is_durable(record)` for each record of the flush, except
    /// those of a checkpoint.
    template <class Visit>
    Flush end_flush(Tick now, Visit&& is_durable) {
        if (now < due_) return Flush::none;
        if (!healed_ && disk_.fails_one_in != 0 && random_.below(disk_.fails_one_in) == 0) {
            ++tally_->failed;
            has_failed_ = true;
            return Flush::failed;
        }
        ++tally_->flushes;
        keep(flight_.cells.size(), is_durable);
        durable_up_to_ = flight_.last;
        flight_ = Batch{};
        due_ = never;
        return Flush::done;
    }
    /// The node crashes. Calls `is_durable(record)` for each record of the flush that survives,
    /// except those of a checkpoint.
    template <class Visit>
    void crash(Visit&& is_durable) {
        const std::size_t most = record_count(flight_.cells);
        std::size_t count = 0, left = random_.below(most + 1);
        // Makes two rare cases likelier: a torn checkpoint, and a short write.
        if (flight_.has_checkpoint() && random_.below(2) == 0) left = some_of_checkpoint();
        if (has_failed_ && most > 1 && random_.below(2) == 0) left = 1 + random_.below(most - 1);
        count_crash(left, most);
        Records<limits::Tiny>::for_each(flight_.cells, [&](const Message& record) {
            if (left == 0) return;
            --left;
            count += Records<limits::Tiny>::cells_of(record);
        });
        keep(count, is_durable);
        flight_ = waiting_ = Batch{};
        due_ = never;
        durable_up_to_ = 0;
        has_failed_ = false;
    }
    /// The node restarts. Returns what is on the disk.
    [[nodiscard]] std::span<const Message> recover() {
        ++incarnation_;  // The new incarnation is durable before the node sends anything (S12).
        return durable_;
    }

private:
    struct Batch {
        std::vector<Message> cells;
        Sequence last = 0;
        // Cells [checkpoint, checkpoint_end) are a checkpoint, if there is one.
        std::size_t checkpoint = ~std::size_t{0}, checkpoint_end = 0;
        [[nodiscard]] bool has_checkpoint() const { return checkpoint != ~std::size_t{0}; }
    };

    [[nodiscard]] static std::size_t record_count(std::span<const Message> cells) {
        std::size_t count = 0;
        Records<limits::Tiny>::for_each(cells, [&](const Message&) { ++count; });
        return count;
    }
    /// A random number of records after which the flush is torn. With this number, the checkpoint
    /// is torn too.
    [[nodiscard]] std::size_t some_of_checkpoint() {
        const std::span<const Message> cells = flight_.cells;
        const std::size_t before = record_count(cells.first(flight_.checkpoint));
        const std::size_t end = record_count(cells.first(flight_.checkpoint_end));
        return end - before < 2 ? before : before + 1 + random_.below(end - before - 1);
    }
    /// Counts a crash, or the end of a node whose flush has failed. Of the `most` records in the
    /// flush, `left` survive.
    void count_crash(std::size_t left, std::size_t most) {
        tally_->unflushed += !waiting_.cells.empty();
        const bool is_part = left != 0 && left != most;
        if (has_failed_) {
            tally_->short_write += is_part;
        } else if (most != 0) {
            tally_->torn += is_part;
            tally_->lost += left == 0;
            tally_->written += left == most;
        }
    }
    static void append(std::vector<Message>& cells, std::span<const std::byte> records) {
        const auto* first = reinterpret_cast<const Message*>(records.data());
        cells.insert(cells.end(), first, first + records.size() / sizeof(Message));
    }
    /// The first `count` cells of the flush have reached the disk.
    template <class Visit>
    void keep(std::size_t count, Visit&& is_durable) {
        const std::span<const Message> kept = std::span{flight_.cells}.first(count);
        if (!flight_.has_checkpoint() || count <= flight_.checkpoint)
            return keep_records(kept, is_durable);
        keep_records(kept.first(flight_.checkpoint), is_durable);
        if (count < flight_.checkpoint_end) {  // An incomplete checkpoint is ignored.
            ++tally_->torn_checkpoints;
            return;
        }
        ++tally_->checkpoints;
        durable_.assign(kept.begin() + static_cast<std::ptrdiff_t>(flight_.checkpoint),
                        kept.begin() + static_cast<std::ptrdiff_t>(flight_.checkpoint_end));
        keep_records(kept.subspan(flight_.checkpoint_end), is_durable);
    }
    template <class Visit>
    void keep_records(std::span<const Message> cells, Visit&& is_durable) {
        durable_.insert(durable_.end(), cells.begin(), cells.end());
        Records<limits::Tiny>::for_each(cells, is_durable);
    }

    DiskFaults disk_;
    Random random_;
    DiskTally* tally_;
    bool healed_ = false;
    bool has_failed_ = false;  // The flush under way will fail and end the node.
    Incarnation incarnation_ = 0;
    Sequence durable_up_to_ = 0;
    Tick due_ = never;
    Tick full_until_ = 0;
    std::vector<Message> durable_;
    Batch flight_, waiting_;
};

}  // namespace paxos::sim
