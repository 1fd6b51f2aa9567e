// Tests of the simulated disk (sim/disk.h): what a restart finds after crashes, failed writes and
// damage. The simulated worlds use the same disk.
#include "sim/disk.h"

#include <algorithm>
#include <cstring>
#include <set>
#include <vector>

#include "gtest/gtest.h"

namespace paxos::sim {
namespace {

/// A node that accepts the slots 0, 1, 2 and so on, and writes one ACCEPT record per turn. Its
/// checkpoint is a single LEARN record, which stands for all slots below the slot in the record.
class Recorder {
public:
    Recorder(std::uint64_t seed, const DiskFaults& faults, std::size_t checkpoint_size = 4096)
        : disk_(draw_of(seed, faults), 1, {.step = 4096, .checkpoint = checkpoint_size}, seed,
                tally) {}

    /// A turn of the node. Returns false if its disk has failed.
    bool turn() {
        now_ = std::max(now_ + 1, disk_.due() == Disk::never ? now_ : disk_.due());
        if (!disk_.end_flush(now_, [&](const Message& record) { note_durable(record); }))
            return false;
        const Durability durability = disk_.begin_turn(now_);
        acknowledged = std::max(acknowledged, durability.up_to);
        std::size_t size = 0;
        if (durability.record_space.size() >= 4096) {
            const Message record{.kind = MessageKind::accept,
                                 .from = 1,
                                 .slot_count = 1,
                                 .slot = next_slot++,
                                 .ballot = Ballot(1, 0)};
            std::memcpy(durability.record_space.data(), &record, sizeof record);
            size = sizeof record;
            ++sequence_;
        }
        disk_.end_turn(now_, size, sequence_, 0, 0, [&](std::span<std::byte> space) {
            const Message record{
                .kind = MessageKind::learn, .from = 1, .slot_count = 0, .slot = next_slot};
            std::memcpy(space.data(), &record, sizeof record);
            return sizeof record;
        });
        return true;
    }
    void crash() {
        disk_.crash([&](const Message& record) { note_durable(record); });
        sequence_ = 0;
    }
    /// The accepted slots that a restart finds.
    std::set<Slot> restart() {
        std::set<Slot> found;
        for (const Message& record : disk_.restart()) {
            if (record.kind == MessageKind::accept)
                found.insert(record.slot);
            else
                for (Slot slot = 0; slot < record.slot; ++slot) found.insert(slot);
        }
        next_slot = found.size();
        return found;
    }
    Disk& disk() { return disk_; }

    DiskTally tally;
    std::set<Slot> durable;  // The slots that the disk has reported as durable.
    Slot next_slot = 0;
    Sequence acknowledged = 0;

private:
    static Draw draw_of(std::uint64_t seed, const DiskFaults& faults) {
        Draw draw{.seed = seed, .timing = {}, .disk = faults, .faults = {}};
        draw.durable = true;
        return draw;
    }
    void note_durable(const Message& record) {
        EXPECT_EQ(record.kind, MessageKind::accept);
        EXPECT_EQ(record.slot, durable.size());
        durable.insert(record.slot);
    }

    Disk disk_;
    Tick now_ = 0;
    Sequence sequence_ = 0;
};

TEST(DiskTest, S06_a_record_is_acknowledged_when_its_flush_has_ended) {
    Recorder node(1, {.flush_ns = 1000});
    node.turn();
    EXPECT_EQ(node.acknowledged, 0u);
    EXPECT_TRUE(node.durable.empty());
    node.turn();
    EXPECT_EQ(node.acknowledged, 1u);
    EXPECT_EQ(node.durable, std::set<Slot>{0});
}

TEST(DiskTest, S23_a_restart_finds_exactly_what_was_reported_as_durable) {
    DiskTally total;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        Recorder node(seed, {.flush_ns = 1000, .fails_one_in = 50});
        for (int incarnation = 0; incarnation < 6; ++incarnation) {
            const std::uint64_t turns = mix(seed * 6 + static_cast<std::uint64_t>(incarnation)) %
                                        40;
            for (std::uint64_t turn = 0; turn < turns && node.turn(); ++turn) {}
            node.crash();
            const std::set<Slot> found = node.restart();
            ASSERT_EQ(node.disk().failure(), "") << seed;
            ASSERT_EQ(found, node.durable) << seed;
            ASSERT_GT(node.disk().incarnation(), incarnation) << seed;  // S12
        }
        total.torn += node.tally.torn;
        total.lost += node.tally.lost;
        total.written += node.tally.written;
        total.torn_starts += node.tally.torn_starts;
        total.failed += node.tally.failed;
        total.torn_checkpoints += node.tally.torn_checkpoints;
    }
    for (const std::uint64_t count : {total.torn, total.lost, total.written, total.torn_starts,
                                      total.failed, total.torn_checkpoints})
        EXPECT_GT(count, 10u);
}

TEST(DiskTest, S25_recovery_refuses_every_damaged_file) {
    DiskTally total;
    for (std::uint64_t seed = 0; seed < 300; ++seed) {
        Recorder node(seed, {.flush_ns = 1000});
        for (std::uint64_t turn = 0; turn < seed % 60; ++turn) ASSERT_TRUE(node.turn());
        node.crash();
        node.disk().damage();
        ASSERT_EQ(node.disk().failure(), "") << seed;
        total.rotten += node.tally.rotten;
        total.misdirected += node.tally.misdirected;
    }
    EXPECT_GT(total.rotten, 50u);
    EXPECT_GT(total.misdirected, 50u);
}

TEST(DiskTest, a_full_ring_takes_no_records_without_a_checkpoint) {
    Recorder without(1, {.flush_ns = 1000}, 1 << 30);  // No checkpoint of this size fits.
    Recorder with(1, {.flush_ns = 1000}, 4096);
    for (int turn = 0; turn < 2000; ++turn) {
        ASSERT_TRUE(without.turn());
        ASSERT_TRUE(with.turn());
    }
    EXPECT_EQ(without.tally.checkpoints, 0u);
    EXPECT_LT(without.next_slot, 100u);
    EXPECT_GT(with.tally.checkpoints, 10u);
    EXPECT_GT(with.next_slot, 1000u);
}

}  // namespace
}  // namespace paxos::sim
