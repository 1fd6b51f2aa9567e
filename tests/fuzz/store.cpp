// Fuzz target: a node's file with any bytes in it. Recovery must end, must read only within the
// file, and must give a verdict. If the file is usable, a restarted node writes a record to it, and
// the next recovery must find the old records and the new one.
//
// The input is a list of changes to a valid file. One kind of change makes a checksum valid again.
#include <algorithm>
#include <cstring>
#include <optional>
#include <vector>

#include "fuzz/fuzz.h"
#include "store/checksum.h"
#include "store/journal.h"
#include "store/superblocks.h"

namespace paxos::fuzz {
namespace {

using namespace store;

constexpr Geometry geometry{.file_size = ring_begin + 20 * 2 * block_size,
                            .batch_size = 2 * block_size};
constexpr std::size_t changes_max = 64;
constexpr std::size_t batches = 6;

class File : public Image, public Device {
public:
    explicit File(std::uint64_t size) : bytes(size) {}
    [[nodiscard]] std::uint64_t size() const override { return bytes.size(); }
    [[nodiscard]] int read(std::uint64_t offset, std::span<std::byte> into) override {
        demand(offset <= bytes.size() && into.size() <= bytes.size() - offset,
               "a read past the end");
        bytes_read += into.size();
        std::memcpy(into.data(), bytes.data() + offset, into.size());
        return 0;
    }
    void begin_write(std::uint64_t offset, std::span<const std::byte> what) override {
        demand(offset <= bytes.size() && what.size() <= bytes.size() - offset,
               "a write past the end");
        std::copy(what.begin(), what.end(), bytes.begin() + static_cast<std::ptrdiff_t>(offset));
        result_ = static_cast<std::int64_t>(what.size());
    }
    [[nodiscard]] std::optional<std::int64_t> result() override { return result_; }

    std::vector<std::byte> bytes;
    std::uint64_t bytes_read = 0;

private:
    std::int64_t result_ = 0;
};

const Owner& owner() {
    static const Owner one{.cluster = {.id = {{1, 2}}, .nodes = 3, .protocol = Variant::multi},
                           .node = 1};
    return one;
}

/// Commits an ACCEPT of `slot`. Returns false if the file is full.
bool commit(Journal& journal, Slot slot, Sequence sequence) {
    const Message record{.kind = MessageKind::accept,
                         .from = owner().node,
                         .slot_count = 1,
                         .slot = slot,
                         .ballot = Ballot(1, 0)};
    if (journal.space().size() < sizeof record) return false;
    std::memcpy(journal.space().data(), &record, sizeof record);
    journal.commit(sizeof record, sequence);
    while (!journal.is_idle()) demand(journal.turn(), "a write failed");
    return true;
}

const File& valid_file() {
    static const File made = [] {
        File file(geometry.file_size);
        demand(write_superblocks(file, new_superblock(owner(), geometry), 0) == 0,
               "a write failed");
        const Recovered recovered = recover(file, owner(), {});
        const Superblock next = next_incarnation(recovered).value();
        demand(write_superblocks(file, next, 0) == 0, "a write failed");
        Journal journal(file, next, recovered);
        for (std::size_t i = 0; i < batches; ++i) demand(commit(journal, i, i + 1), "no space");
        return file;
    }();
    return made;
}

/// Makes the checksum of the superblock or batch at block `index` valid again, whatever the block
/// contains. Does nothing if the size in the header of the batch is impossible.
void seal(File& file, std::size_t index) {
    std::byte* const place = file.bytes.data() + index * block_size;
    if (index < 2) {
        Superblock block;
        std::memcpy(&block, place, sizeof block);
        block = sealed(block, index);
        std::memcpy(place, &block, sizeof block);
        return;
    }
    BatchHeader head;
    std::memcpy(&head, place, sizeof head);
    if (head.size() > file.bytes.size() - index * block_size) return;
    head.checksum = checksum_of({place, head.size()}, owner().cluster.id, index * block_size);
    std::memcpy(place, &head, sizeof head);
}

void change(File& file, Bytes& bytes) {
    const std::size_t blocks = file.bytes.size() / block_size;
    for (std::size_t i = 0; i < changes_max && !bytes.empty(); ++i) {
        const std::size_t block = bytes.number(1) % blocks;
        std::byte* const place = file.bytes.data() + block * block_size;
        const std::size_t offset = bytes.number(2) % block_size;
        switch (bytes.below(5)) {
            case 0: place[offset] = std::byte{bytes.byte()}; break;
            case 1: place[offset % 128] = std::byte{bytes.byte()}; break;  // A header or record.
            case 2: std::memset(place + offset / 512 * 512, 0, 512); break;
            case 3:
                std::memmove(place, file.bytes.data() + offset % blocks * block_size, block_size);
                break;
            default: seal(file, block); break;
        }
    }
}

void check(File& file) {
    std::uint64_t given = 0;
    file.bytes_read = 0;
    const Recovered found = recover(file, owner(), [&](std::span<const Message> records) {
        for (std::span rest = records; !rest.empty(); ++given) {
            demand(rest.front().cell_count() <= rest.size(),
                   "a record reaches past the end of its batch");
            rest = rest.subspan(rest.front().cell_count());
        }
    });
    // This bound is generous: recovery reads a block again only where the chain of batches breaks.
    demand(file.bytes_read <= 40 * file.bytes.size(),
           "recovery reads more than 40 times the size of the file");
    demand(given == found.records,
           "the visitor and the count disagree about the number of records");
    demand(found.reason.empty() == (found.verdict == Verdict::intact),
           "a verdict without its reason, or a reason without a problem");
    if (!is_usable(found.verdict) || found.superblock.geometry() != geometry) return;

    const std::optional<Superblock> next = next_incarnation(found);
    if (!next || found.next.offset < found.superblock.start.offset) return;
    // Clears the ring except for the recovered batches and the space of the next batch. Otherwise
    // the rest of the ring could hold a valid batch with a later number, which a real node cannot
    // have written there.
    const auto clear = [&](std::uint64_t first, std::uint64_t end) {
        for (; first < end; ++first) file.bytes[first] = std::byte{0};
    };
    clear(ring_begin, found.superblock.start.offset);
    clear(found.next.offset + geometry.batch_size, geometry.file_size);
    demand(write_superblocks(file, *next, found.bad_superblock.value_or(0)) == 0, "a write failed");
    Journal journal(file, *next, found);
    const bool has_space = commit(journal, 99, 1);
    const Recovered again = recover(file, owner(), {});
    // The verdict may be `torn`. If the input damaged two neighbouring batches, the new batch has
    // overwritten only the first of them. This recovery then finds the second one, still damaged,
    // after the new batch.
    demand(is_usable(again.verdict), "not usable after a restart and a write: " + again.reason);
    demand(again.records == found.records + (has_space ? 1 : 0), "records are lost or added");
    demand(again.incarnation > found.superblock.incarnation, "S12: an incarnation is used again");
}

}  // namespace
}  // namespace paxos::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    paxos::fuzz::File file = paxos::fuzz::valid_file();
    paxos::fuzz::Bytes bytes(data, size);
    paxos::fuzz::change(file, bytes);
    paxos::fuzz::check(file);
    return 0;
}
