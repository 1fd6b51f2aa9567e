#include "sim/disk.h"

#include <algorithm>
#include <string>
#include <utility>

#include "store/superblocks.h"

namespace paxos::sim {
namespace {

/// A small file, so that the ring wraps around and checkpoints are frequent.
store::Geometry geometry_of(std::size_t step_size, Random& random) {
    const std::uint32_t batch = store::Geometry::for_steps(step_size).batch_size;
    return {.file_size = store::ring_begin + (10 + random.below(8)) * batch, .batch_size = batch};
}

}  // namespace

Disk::Disk(const Draw& draw, NodeId node, const RecordSizes& sizes, std::uint64_t seed,
           DiskTally& tally)
    : disk_(draw.disk),
      sizes_(sizes),
      owner_{.cluster = {.id = {{mix(draw.seed), draw.seed}},
                         .nodes = draw.nodes,
                         .protocol = draw.protocol},
             .node = node},
      random_(mix(seed)),
      tally_(&tally) {
    const store::Geometry geometry = geometry_of(sizes.step, random_);
    file_ = std::make_unique<DiskFile>(geometry.file_size);
    const store::Superblock superblock = store::new_superblock(owner_, geometry);
    file_->write_at_once(0, random_);
    const int error = store::write_superblocks(*file_, superblock, 0);
    PAXOS_ASSERT(error == 0);
    file_->write_later();
    recover();
    if (failure_.empty()) journal_.emplace(*file_, recovered_.superblock, recovered_);
}

Durability Disk::begin_turn(Tick now) {
    const std::span<std::byte> space = journal_->space();
    return {journal_->durable_up_to(), has_space(now) ? space : std::span<std::byte>{}};
}

bool Disk::has_space(Tick now) {
    if (healed_ || disk_.full_one_in == 0) return true;
    if (now >= full_until_ && random_.below(disk_.full_one_in) == 0) {
        full_until_ = now + random_.below(disk_.slow_ns);
        tally_->full += now < full_until_;
    }
    return now >= full_until_;
}

void Disk::begin_flush(Tick now) {
    if (file_->is_writing()) return;
    // turn() fails only if it takes the result of a failed write. end_flush() has already taken the
    // result of the last write.
    static_cast<void>(journal_->turn());
    if (!file_->is_writing()) return;
    flight_ = {};
    if (const std::span batch = records_of(file_->batch_in_progress()); !batch.empty())
        flight_ = {{batch.begin(), batch.end()}, std::exchange(next_checkpoint_, 0)};
    const bool is_slow = !healed_ && disk_.slow_one_in != 0 &&
                         random_.below(disk_.slow_one_in) == 0;
    tally_->slow += is_slow;
    due_ = now + disk_.flush_ns / 2 + random_.below(disk_.flush_ns);
    if (is_slow) due_ += random_.below(disk_.slow_ns);
}

void Disk::cut_flush() {
    next_checkpoint_ = 0;
    if (!file_->is_writing()) return;
    const DiskFile::Left left = file_->crash(random_);
    if (!flight_.messages.empty()) cut_.push_back(flight_);
    using enum DiskFile::Left;
    tally_->torn_checkpoints += left == a_part && flight_.checkpoint != 0;
    if (has_failed_) {
        tally_->short_write += left == a_part;
        return;
    }
    tally_->torn += left == a_part;
    tally_->lost += left == nothing;
    tally_->written += left == everything;
}

void Disk::recover() {
    records_.clear();
    last_batch_at_ = 0;
    recovered_ = store::recover(*file_, owner_, [&](std::span<const Message> records) {
        last_batch_at_ = records_.size();
        records_.insert(records_.end(), records.begin(), records.end());
    });
    tally_->torn_tails += recovered_.verdict == store::Verdict::torn;
    const std::string file = "the file of n" + std::to_string(owner_.node);
    const std::uint64_t last = recovered_.next.sequence - 1;
    if (!is_usable(recovered_.verdict))
        fail("S25: " + file + " is refused after a crash: " + recovered_.reason);
    else if (last == file_->last_batch() + 1)
        file_->complete_batch(last);
    else if (last != file_->last_batch())
        fail("S23: the log in " + file + " ends with batch " + std::to_string(last) +
             ", but batch " + std::to_string(file_->last_batch()) + " is on the disk");
}

std::span<const Message> Disk::last_records() {
    const std::span found = std::span{records_}.subspan(last_batch_at_);
    for (const Batch& batch : cut_) {
        if (!std::ranges::equal(batch.messages, found)) continue;
        flight_ = batch;
        cut_.clear();
        return flight_.records();
    }
    fail("S23: the file of n" + std::to_string(owner_.node) +
         " ends with a batch that was not written");
    return {};
}

std::span<const Message> Disk::restart() {
    for (bool is_done = false; !is_done && failure_.empty();) {
        const store::Superblock next = store::next_incarnation(recovered_).value();
        // One attempt in eight is interrupted, by a crash during one of the two writes.
        file_->write_at_once(random_.below(8) == 0 ? 1 + random_.below(2) : 0, random_);
        is_done = store::write_superblocks(*file_, next, recovered_.bad_superblock.value_or(0)) ==
                  0;
        file_->write_later();
        if (!is_done) {
            ++tally_->torn_starts;
            const std::uint64_t last = file_->last_batch();
            recover();
            if (file_->last_batch() != last) fail("S23: an interrupted start changed the log");
            continue;
        }
        if (next.incarnation <= incarnation_) fail("S12: an incarnation is used twice");
        incarnation_ = next.incarnation;
        journal_.emplace(*file_, next, recovered_, std::move(buffers_));
    }
    return records_;
}

void Disk::damage() {
    const DiskFile::Damage damage = file_->damage(recovered_.superblock.start.sequence, random_);
    tally_->rotten += damage == DiskFile::Damage::rot;
    tally_->misdirected += damage == DiskFile::Damage::misdirected_write;
    if (is_usable(store::recover(*file_, owner_, {}).verdict))
        fail("S25: the file of n" + std::to_string(owner_.node) +
             " is damaged, but recovery accepted it");
}

}  // namespace paxos::sim
