#include "sim/disk_file.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <utility>

#include "paxos/assert.h"

namespace paxos::sim {
namespace {

using store::block_size;
using store::ring_begin;

/// How many of the last batches are kept. damage() chooses one of these.
constexpr std::size_t batches_kept = 16;

store::BatchHeader header_of(std::span<const std::byte> batch) {
    store::BatchHeader header;
    std::memcpy(&header, batch.data(), sizeof header);
    return header;
}

/// One above the index of the last byte of `sector` that differs from `before`; 0: none differs.
std::size_t end_of_change(std::span<const std::byte> sector, const std::byte* before) {
    std::size_t end = sector.size();
    while (end != 0 && sector[end - 1] == before[end - 1]) --end;
    return end;
}

}  // namespace

std::span<const Message> records_of(std::span<const std::byte> batch) {
    if (batch.empty()) return {};
    const auto* first = reinterpret_cast<const Message*>(batch.data() + sizeof(store::BatchHeader));
    return {first, header_of(batch).record_size / sizeof(Message)};
}

int DiskFile::read(std::uint64_t offset, std::span<std::byte> into) {
    while (!into.empty()) {
        const std::size_t at = offset % block_size;
        const std::size_t size = std::min(block_size - at, into.size());
        const Block& block = blocks_[offset / block_size];
        if (block)
            std::memcpy(into.data(), block.get() + at, size);
        else
            std::memset(into.data(), 0, size);
        into = into.subspan(size);
        offset += size;
    }
    return 0;
}

void DiskFile::begin_write(std::uint64_t offset, std::span<const std::byte> bytes) {
    PAXOS_ASSERT(!is_writing() && offset + bytes.size() <= size());
    PAXOS_ASSERT(offset % block_size == 0 && bytes.size() % block_size == 0);
    flight_ = bytes;
    flight_offset_ = offset;
    if (torn_by_ == nullptr) return;
    const bool is_torn = torn_write_ == 1;
    if (torn_write_ != 0) --torn_write_;
    if (is_torn) {
        crash(*torn_by_);
        result_ = -EIO;
    } else {
        complete();
    }
}

std::optional<std::int64_t> DiskFile::result() { return std::exchange(result_, std::nullopt); }

std::span<const std::byte> DiskFile::batch_in_progress() const {
    return flight_offset_ < ring_begin ? std::span<const std::byte>{} : flight_;
}

void DiskFile::complete() {
    std::vector<std::byte> before = load(flight_offset_, flight_.size());
    store_all(flight_offset_, flight_);
    keep_batch(std::move(before));
    result_ = static_cast<std::int64_t>(flight_.size());
    flight_ = {};
}

DiskFile::Left DiskFile::crash(Random& random) {
    PAXOS_ASSERT(is_writing());
    result_.reset();
    std::vector<std::byte> before = load(flight_offset_, flight_.size());
    // Only the sectors that the write changes. The others are the same before and after it.
    std::vector<std::size_t> changed;
    for (std::size_t at = 0; at < flight_.size(); at += sector_size)
        if (std::memcmp(&before[at], &flight_[at], sector_size) != 0) changed.push_back(at);
    // At least one sector changes, because each write has a new number or generation.
    PAXOS_ASSERT(!changed.empty());
    const std::vector<bool> written = some_sectors(changed.size(), random);
    const std::size_t torn = random.below(2) == 0 ? random.below(changed.size()) : changed.size();
    for (std::size_t i = 0; i < changed.size(); ++i) {
        if (!written[i]) continue;
        const std::span sector = flight_.subspan(changed[i], sector_size);
        const std::size_t cut = i == torn ? random.below(end_of_change(sector, &before[changed[i]]))
                                          : sector_size;
        store(flight_offset_ + changed[i], sector.first(cut));
    }
    const std::vector<std::byte> after = load(flight_offset_, flight_.size());
    const bool is_whole = std::ranges::equal(after, flight_);
    const bool is_lost = after == before;
    if (is_whole) keep_batch(std::move(before));
    flight_ = {};
    return is_whole ? Left::everything : is_lost ? Left::nothing : Left::a_part;
}

void DiskFile::write_at_once(std::size_t torn, Random& random) {
    torn_by_ = &random;
    torn_write_ = torn;
}

DiskFile::Damage DiskFile::damage(std::uint64_t first, Random& random) {
    std::vector<const Batch*> choices;
    for (const Batch& batch : batches_)
        if (batch.sequence >= first && batch.sequence < last_batch_) choices.push_back(&batch);
    if (choices.empty()) {
        flip_bit(0, block_size, random);
        flip_bit(block_size, block_size, random);
        return Damage::rot;
    }
    const Batch& batch = *choices[random.below(choices.size())];
    if (random.below(2) == 0) {
        flip_bit(batch.offset, batch.bytes.size(), random);
        return Damage::rot;
    }
    // Simulates a misdirected write: the batch went to a wrong place, where later batches may have
    // overwritten it.
    store_all(batch.offset, batch.before);
    const std::uint64_t places = (size() - batch.bytes.size() - ring_begin) / block_size;
    std::uint64_t wrong = ring_begin + random.below(places + 1) * block_size;
    if (wrong == batch.offset) wrong = wrong == ring_begin ? wrong + block_size : ring_begin;
    const std::vector<std::byte> bytes = batch.bytes;
    store_all(wrong, bytes);
    for (const Batch& later : batches_)
        if (later.sequence > batch.sequence) store_all(later.offset, later.bytes);
    return Damage::misdirected_write;
}

void DiskFile::store(std::uint64_t offset, std::span<const std::byte> bytes) {
    Block& block = blocks_[offset / block_size];
    if (!block) block = std::make_unique<std::byte[]>(block_size);
    std::memcpy(block.get() + offset % block_size, bytes.data(), bytes.size());
}

void DiskFile::store_all(std::uint64_t offset, std::span<const std::byte> bytes) {
    for (std::size_t at = 0; at < bytes.size(); at += block_size)
        store(offset + at, bytes.subspan(at, block_size));
}

std::vector<std::byte> DiskFile::load(std::uint64_t offset, std::size_t size) {
    std::vector<std::byte> bytes(size);
    static_cast<void>(read(offset, bytes));  // Cannot fail.
    return bytes;
}

void DiskFile::flip_bit(std::uint64_t offset, std::size_t size, Random& random) {
    offset += random.below(size);
    std::byte byte = load(offset, 1)[0];
    byte ^= std::byte{1} << random.below(8);
    store(offset, {&byte, 1});
}

std::vector<bool> DiskFile::some_sectors(std::size_t count, Random& random) {
    const std::uint64_t kind = random.below(6);
    const std::size_t at = random.below(count);
    std::vector<bool> chosen(count);
    for (std::size_t sector = 0; sector < count; ++sector) {
        switch (kind) {
            case 0: chosen[sector] = false; break;
            case 1: chosen[sector] = true; break;
            case 2: chosen[sector] = sector < at; break;
            case 3: chosen[sector] = sector >= at; break;
            case 4: chosen[sector] = sector != at; break;
            default: chosen[sector] = random.below(2) == 0; break;
        }
    }
    return chosen;
}

/// Keeps the batch that was written just now, if the write was a batch.
void DiskFile::keep_batch(std::vector<std::byte> before) {
    const std::span<const std::byte> bytes = batch_in_progress();
    if (bytes.empty()) return;
    last_batch_ = header_of(bytes).sequence;
    batches_.push_back(
        {last_batch_, flight_offset_, {bytes.begin(), bytes.end()}, std::move(before)});
    if (batches_.size() > batches_kept) batches_.pop_front();
}

}  // namespace paxos::sim
