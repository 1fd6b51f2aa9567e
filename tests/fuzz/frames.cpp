// Fuzz target: the bytes that arrive on a control connection. Whatever bytes a FrameReader
// (src/control/frame.h) receives, the n-th frame that it returns must be the n-th frame that was
// sent. If no byte was altered or left out, the reader must not report a broken stream. If bytes
// decode to an identity (src/control/identity.h), encoding that identity must give the same bytes.
//
// Input: the first byte modulo 3 selects what to read. If the result is 0, a valid stream of frames
// is read in pieces. For each piece, two bytes of input are its size, and a third byte selects a
// fault: 1 flips a bit, 2 leaves the piece out, any other value changes nothing. If the result is
// 1, the rest of the input is the stream. If it is 2, the rest of the input is an identity.
#include <algorithm>
#include <cstring>
#include <vector>

#include "control/frame.h"
#include "control/identity.h"
#include "fuzz/fuzz.h"

namespace paxos::fuzz {
namespace {

constexpr std::size_t frames_count = 8;

std::vector<std::byte> content_of(std::size_t frame) {
    return std::vector<std::byte>(frame * frame * 37, static_cast<std::byte>(frame));
}

std::vector<std::byte> valid_stream(const control::FrameKey& key) {
    std::vector<std::byte> stream;
    control::FrameWriter writer(key);
    for (std::size_t i = 0; i < frames_count; ++i)
        writer.append(stream, static_cast<std::uint16_t>(16 + i), content_of(i));
    return stream;
}

/// Takes all complete frames. The n-th frame taken must equal the n-th frame sent. `taken` counts
/// the frames.
void take_all(control::FrameReader& reader, std::size_t& taken) {
    while (const auto frame = reader.take()) {
        demand(taken < frames_count && frame->kind == 16 + taken, "a frame that was not sent");
        demand(std::ranges::equal(frame->content, content_of(taken++)),
               "the content of a frame differs");
    }
}

void feed(control::FrameReader& reader, std::span<const std::byte> piece, std::size_t& taken) {
    while (!piece.empty()) {
        take_all(reader, taken);
        const std::span<std::byte> space = reader.space();
        demand(space.empty() == (reader.is_broken() || reader.is_full()),
               "space() and the state of the reader disagree");
        if (space.empty()) return;
        const std::size_t size = std::min(space.size(), piece.size());
        std::memcpy(space.data(), piece.data(), size);
        reader.received(size);
        piece = piece.subspan(size);
    }
    take_all(reader, taken);
}

void read_frames(Bytes bytes, bool is_raw) {
    const control::FrameKey key{std::byte{1}};
    control::FrameReader reader(key);
    std::size_t taken = 0;
    if (is_raw) return feed(reader, std::as_bytes(bytes.rest()), taken);
    std::vector<std::byte> stream = valid_stream(key);
    bool is_altered = false;
    for (std::size_t at = 0; at < stream.size() && !bytes.empty();) {
        const std::size_t size = std::min<std::size_t>(bytes.number(2), stream.size() - at);
        const std::uint8_t how = bytes.byte();
        if (how == 1 && size > 0) stream[at] ^= std::byte{1};
        if (how <= 2 && size > 0 && how != 0) is_altered = true;
        if (how != 2) feed(reader, std::span{stream}.subspan(at, size), taken);
        at += size;
        demand(is_altered || !reader.is_broken(), "broken without a cause");
    }
}

void read_identity(Bytes bytes) {
    const auto raw = std::as_bytes(bytes.rest());
    const auto identity = control::decode_identity(raw);
    if (!identity) return;
    const std::vector<std::byte> again = control::encode(*identity);
    demand(again.size() == raw.size() && std::memcmp(again.data(), raw.data(), raw.size()) == 0,
           "an identity encodes to other bytes");
    static_cast<void>(control::difference(*identity, *identity));
}

}  // namespace
}  // namespace paxos::fuzz

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
    paxos::fuzz::Bytes bytes(data, size);
    switch (bytes.below(3)) {
        case 0: paxos::fuzz::read_frames(bytes, false); break;
        case 1: paxos::fuzz::read_frames(bytes, true); break;
        default: paxos::fuzz::read_identity(bytes); break;
    }
    return 0;
}
