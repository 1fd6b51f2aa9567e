// See recovery.h. Reads the superblocks, then the chain of batches, then what follows the end of
// the chain.
#include "store/recovery.h"

#include <algorithm>
#include <cstring>

#include "paxos/records.h"
#include "store/buffer.h"
#include "store/checksum.h"
#include "store/superblocks.h"

namespace paxos::store {
namespace {

/// Reads batches one at a time into a buffer as large as the largest batch.
class Reader {
public:
    Reader(Image& image, const Superblock& superblock)
        : image_(image), superblock_(superblock), buffer_(make_buffer(superblock.batch_size)) {}

    /// Reads the block at `offset` as a header. Returns 0 or the errno.
    [[nodiscard]] int read_header(std::uint64_t offset) {
        offset_ = offset;
        return image_.read(offset, {buffer_.get(), block_size});
    }
    [[nodiscard]] BatchHeader header() const {
        BatchHeader header;
        std::memcpy(&header, buffer_.get(), sizeof header);
        return header;
    }
    /// Reads the rest of the batch if its header is plausible, and sets `is_valid`. Returns the
    /// errno; 0: no read failed.
    [[nodiscard]] int read_rest(bool& is_valid) {
        const BatchHeader head = header();
        is_valid = false;
        if (!is_possible(head)) return 0;
        const std::size_t size = head.size();
        if (size > block_size)
            if (const int error = image_.read(offset_ + block_size,
                                              {buffer_.get() + block_size, size - block_size}))
                return error;
        is_valid = head.checksum ==
                   checksum_of({buffer_.get(), size}, superblock_.cluster, offset_);
        return 0;
    }
    [[nodiscard]] std::uint64_t offset() const { return offset_; }
    /// The batch. REQUIRES: read_rest() found that it is valid.
    [[nodiscard]] std::span<const std::byte> batch() const {
        return {buffer_.get(), header().size()};
    }

private:
    [[nodiscard]] bool is_possible(const BatchHeader& head) const {
        return head.record_size <= superblock_.batch_size - sizeof head &&
               head.size() <= superblock_.file_size - offset_ && head.node == superblock_.node &&
               (head.flags & is_batch) != 0;
    }

    Image& image_;
    const Superblock& superblock_;
    Buffer buffer_;
    std::uint64_t offset_ = 0;
};

/// The layout of records is the same for all sets of limits.
using Format = Records<limits::Standard>;

bool is_record(const Message& record, const Superblock& superblock) {
    switch (record.kind) {
        case MessageKind::promise:
        case MessageKind::accept:
        case MessageKind::decide:
        case MessageKind::learn: break;
        default: return false;
    }
    return record.from == superblock.node && record.slot <= limits::slot_max &&
           record.slot_count <= limits::slot_max - record.slot &&
           record.ballot.node() < superblock.nodes;
}

class Recovery {
public:
    Recovery(Image& image, Recovered& result, const Visitor& visit)
        : result_(result), visit_(visit), reader_(image, result.superblock) {}

    void run() {
        result_.next = result_.superblock.start;
        result_.incarnation = result_.superblock.incarnation;
        while (result_.verdict == Verdict::intact && read_next()) {}
        if (result_.verdict == Verdict::intact) check_end();
    }

private:
    [[nodiscard]] std::uint64_t file_size() const { return result_.superblock.file_size; }
    [[nodiscard]] std::uint64_t batch_size() const { return result_.superblock.batch_size; }

    void fail(Verdict verdict, const std::string& reason) {
        result_.verdict = verdict;
        result_.reason = reason;
    }
    void fail_to_read(int error) {
        fail(Verdict::unreadable, "cannot be read at byte " + std::to_string(reader_.offset()) +
                                      ": " + std::strerror(error));
    }

    /// Calls `visit(offset)` for each place where the next batch may begin: directly after the last
    /// batch and, if a batch of the largest size does not fit between that place and the end of the
    /// file, also at the start of the ring. Ends when `visit` returns false.
    template <class Visit>
    void for_each_place(Visit&& visit) {
        const std::uint64_t offset = result_.next.offset;
        if (offset + block_size <= file_size() && !visit(offset)) return;
        if (file_size() - offset < batch_size()) static_cast<void>(visit(ring_begin));
    }

    /// Reads the next batch of the chain. Returns false if there is none, or after a failure.
    bool read_next() {
        bool found = false;
        for_each_place([&](std::uint64_t offset) {
            bool is_valid = false;
            int error = reader_.read_header(offset);
            const BatchHeader head = reader_.header();
            const bool is_next = error == 0 && head.sequence == result_.next.sequence;
            if (is_next) error = reader_.read_rest(is_valid);
            if (error != 0) {
                fail_to_read(error);
                return false;
            }
            claims_next_ |= is_next;
            found = is_valid && head.previous == result_.next.previous;
            return !found;
        });
        if (!found) return false;
        claims_next_ = false;
        return take();
    }

    /// Checks the batch that was read, and gives its records to the visitor.
    bool take() {
        const BatchHeader head = reader_.header();
        note_place(head);
        if (head.incarnation > result_.superblock.incarnation ||
            (result_.batches == 0 && head.sequence != 1 && (head.flags & has_checkpoint) == 0) ||
            result_.bytes + head.size() > result_.superblock.geometry().ring_size() ||
            !take_records(head)) {
            fail(Verdict::corrupt, "batch " + std::to_string(head.sequence) + " at byte " +
                                       std::to_string(reader_.offset()) + " has invalid content");
            return false;
        }
        ++result_.batches;
        result_.bytes += head.size();
        result_.learned = std::max(result_.learned, head.learned);
        result_.next = {reader_.offset() + head.size(), head.sequence + 1, head.checksum};
        return true;
    }
    void note_place(const BatchHeader& head) {
        // If this batch is the first after a wrap, the space between the previous batch and the end
        // of the file is unused.
        if (reader_.offset() != result_.next.offset)
            result_.bytes += file_size() - result_.next.offset;
        result_.bytes_since_checkpoint += head.size();
        if ((head.flags & has_checkpoint) == 0) return;
        result_.checkpoints_found.add(
            {{reader_.offset(), head.sequence, head.previous}, result_.bytes, head.learned});
        ++result_.checkpoints;
        result_.bytes_since_checkpoint = head.size();
    }
    /// Counts all records of the batch and gives them to the visitor. If a record is impossible,
    /// does neither and returns false.
    bool take_records(const BatchHeader& head) {
        if (head.record_size % sizeof(Message) != 0) return false;
        const std::span records{
            reinterpret_cast<const Message*>(reader_.batch().data() + sizeof head),
            head.record_size / sizeof(Message)};
        for (std::span rest = records; !rest.empty();) {
            const Message& record = rest.front();
            const std::size_t cells = Format::cells_of(record);
            if (!is_record(record, result_.superblock) || cells > rest.size()) return false;
            rest = rest.subspan(cells);
        }
        for (std::span rest = records; !rest.empty();) {
            const Message& record = rest.front();
            ++result_.records;
            if (Format::has_values(record)) result_.values += record.slot_count;
            result_.ballot = std::max(result_.ballot, record.ballot);
            result_.end = std::max(result_.end, record.slot + record.slot_count);
            rest = rest.subspan(Format::cells_of(record));
        }
        if (visit_) visit_(records);
        return true;
    }

    /// Called when the chain ends. Decides whether the log ends there too, or whether the next
    /// batch was durable once and is damaged now (S25).
    void check_end() {
        const std::uint64_t missing = result_.next.sequence;
        const std::string name = "batch " + std::to_string(missing) + " at byte " +
                                 std::to_string(result_.next.offset);
        if (result_.superblock.durable_up_to >= missing)
            return fail(Verdict::corrupt, name +
                                              " is damaged: it was durable when the superblock "
                                              "was written");
        // The batch after the missing one begins at most batch_size() bytes after `offset` or, if
        // the ring wraps before it, at most batch_size() bytes after `ring_begin`.
        const std::uint64_t offset = result_.next.offset;
        if (seek_later(offset, offset + batch_size())) return;
        if (file_size() - offset < 2 * batch_size() &&
            seek_later(ring_begin, ring_begin + batch_size()))
            return;
        if (claims_next_) fail(Verdict::torn, name + " is incomplete");
    }
    /// Searches for a valid batch that was written after the missing one. Returns true if it found
    /// one or a read failed; the verdict is then set.
    bool seek_later(std::uint64_t first, std::uint64_t last) {
        for (std::uint64_t at = first; at <= last && at + block_size <= file_size();
             at += block_size) {
            bool is_valid = false;
            int error = reader_.read_header(at);
            const std::uint64_t sequence = reader_.header().sequence;
            // A valid batch with the sequence number of the missing batch proves damage too. It
            // cannot be the missing batch itself, because its place or its `previous` is wrong.
            if (error == 0 && sequence >= result_.next.sequence)
                error = reader_.read_rest(is_valid);
            if (error != 0) {
                fail_to_read(error);
                return true;
            }
            if (!is_valid) continue;
            fail(Verdict::corrupt, "batch " + std::to_string(result_.next.sequence) + " at byte " +
                                       std::to_string(result_.next.offset) + " is damaged: batch " +
                                       std::to_string(sequence) + " was written after it");
            return true;
        }
        return false;
    }

    Recovered& result_;
    const Visitor& visit_;
    Reader reader_;
    bool claims_next_ = false;  // A header has the next number, but its batch is not valid.
};

}  // namespace

const char* name_of(Verdict verdict) {
    switch (verdict) {
        case Verdict::intact: return "intact";
        case Verdict::torn: return "torn";
        case Verdict::corrupt: return "corrupt";
        case Verdict::unreadable: return "unreadable";
        case Verdict::truncated: return "truncated";
        case Verdict::foreign: return "foreign";
        case Verdict::version: return "version";
        case Verdict::cluster: return "cluster";
        case Verdict::node: return "node";
        case Verdict::node_count: return "node_count";
        case Verdict::protocol: return "protocol";
        case Verdict::value_size: return "value_size";
    }
    return "";
}

Recovered recover(Image& image, const Owner& owner, const Visitor& visit) {
    Recovered result;
    read_superblocks(image, owner, result);
    if (result.verdict == Verdict::intact) Recovery(image, result, visit).run();
    return result;
}

}  // namespace paxos::store
