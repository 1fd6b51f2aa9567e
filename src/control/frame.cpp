#include "control/frame.h"

#include <algorithm>
#include <bit>
#include <cstring>

#include "control/hash.h"
#include "paxos/assert.h"

namespace paxos::control {
namespace {

static_assert(std::endian::native == std::endian::little, "FrameHead is sent as it lies in memory");

constexpr std::size_t overhead = sizeof(FrameHead) + sizeof(FrameTag);
constexpr std::size_t space_min = 4096;

FrameTag tag_of(const FrameKey& key, std::uint64_t number, const FrameHead& head, Bytes content) {
    return hash<sizeof(FrameTag)>("paxos_fast frame", key,
                                  {bytes_of(number), bytes_of(head), content});
}

bool is_valid(const FrameHead& head) { return head.size <= frame_size_max && head.reserved == 0; }

void append_bytes(std::vector<std::byte>& to, Bytes bytes) {
    to.insert(to.end(), bytes.begin(), bytes.end());
}

}  // namespace

void FrameWriter::append(std::vector<std::byte>& bytes, std::uint16_t kind, Bytes content) {
    PAXOS_ASSERT(content.size() <= frame_size_max);
    const FrameHead head{static_cast<std::uint32_t>(content.size()), kind, 0};
    append_bytes(bytes, bytes_of(head));
    append_bytes(bytes, content);
    append_bytes(bytes, tag_of(key_, number_++, head, content));
}

std::optional<FrameHead> FrameReader::head() const {
    if (end_ - begin_ < sizeof(FrameHead)) return std::nullopt;
    FrameHead head;
    std::memcpy(&head, bytes_.data() + begin_, sizeof head);
    return head;
}

bool FrameReader::is_full() const {
    const std::optional<FrameHead> first = head();
    // If the head is invalid, nothing more is read, and take() finds the stream broken.
    return first && (!is_valid(*first) || end_ - begin_ >= first->size + overhead);
}

std::span<std::byte> FrameReader::space() {
    if (is_broken_ || is_full()) return {};
    if (begin_ == end_) begin_ = end_ = 0;
    std::size_t wanted = space_min;
    if (const std::optional<FrameHead> first = head())
        wanted = std::max(wanted, first->size + overhead - (end_ - begin_));
    if (bytes_.size() - end_ < wanted && begin_ > 0) {
        std::memmove(bytes_.data(), bytes_.data() + begin_, end_ - begin_);
        end_ -= begin_;
        begin_ = 0;
    }
    if (bytes_.size() - end_ < wanted) bytes_.resize(end_ + wanted);
    return std::span{bytes_}.subspan(end_);
}

void FrameReader::received(std::size_t size) {
    PAXOS_ASSERT(size <= bytes_.size() - end_);
    end_ += size;
}

std::optional<Frame> FrameReader::take() {
    const std::optional<FrameHead> first = head();
    if (is_broken_ || !first || !is_full()) return std::nullopt;
    if (!is_valid(*first)) {
        is_broken_ = true;
        return std::nullopt;
    }
    const Bytes content = std::span{bytes_}.subspan(begin_ + sizeof *first, first->size);
    const FrameTag expected = tag_of(key_, number_, *first, content);
    // Compared in constant time, so that the duration does not reveal to a forger how many bytes
    // are right.
    if (sodium_memcmp(expected.data(), content.data() + content.size(), expected.size()) != 0) {
        is_broken_ = true;
        return std::nullopt;
    }
    ++number_;
    begin_ += first->size + overhead;
    return Frame{first->kind, content};
}

}  // namespace paxos::control
