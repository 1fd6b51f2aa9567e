// Frames are what two authenticated processes send to each other over TCP. A frame consists of its
// size, its kind, its content and a tag.
//
// 1. A frame whose size exceeds frame_size_max is rejected before memory is reserved for it.
// 2. A tag covers the frame and the number of the frame, so altering, repeating, omitting or
//    reordering a frame ends the connection. Each direction has a key of its own.
// 3. Content is not encrypted, because no secret is ever sent.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <vector>

#include "control/bytes.h"
#include "control/secret.h"

namespace paxos::control {

/// Maximum number of bytes of content of one frame.
inline constexpr std::size_t frame_size_max = std::size_t{1} << 20;

/// The user of a channel defines the kinds from `first_free` on.
enum class FrameKind : std::uint16_t {
    identity = 1,  ///< identity.h
    refused,       ///< A line of text that says why the sender ends the connection.
    welcome,       ///< The listener has accepted the identity.
    ping,          ///< clock_offset.h
    pong,
    first_free = 16
};

using FrameKey = std::array<std::byte, 32>;
using FrameTag = std::array<std::byte, 16>;

/// The head of a frame, as it is sent: little-endian.
struct FrameHead {
    std::uint32_t size;  ///< Size of the content.
    std::uint16_t kind;
    std::uint16_t reserved;  ///< Zero.
};
static_assert(sizeof(FrameHead) == 8);

/// A received frame.
struct Frame {
    std::uint16_t kind = 0;
    Bytes content;  ///< Valid until the next call of the channel or reader that returned it.

    [[nodiscard]] bool is(FrameKind one) const { return kind == static_cast<std::uint16_t>(one); }
};

/// The sending end of one direction.
class FrameWriter {
public:
    explicit FrameWriter(const FrameKey& key) : key_(key) {}
    /// Appends a frame to `bytes`. REQUIRES: content.size() <= frame_size_max.
    void append(std::vector<std::byte>& bytes, std::uint16_t kind, Bytes content);

private:
    FrameKey key_;
    std::uint64_t number_ = 0;
};

/// The receiving end of one direction.
class FrameReader {
public:
    explicit FrameReader(const FrameKey& key) : key_(key) {}
    /// Whether enough bytes have been received for take() to return a frame, or to find that the
    /// bytes are broken.
    [[nodiscard]] bool is_full() const;
    /// A buffer of at least 4 KiB for the next received bytes. Empty if is_full() or is_broken().
    [[nodiscard]] std::span<std::byte> space();
    /// Call when `size` bytes have been written to space().
    void received(std::size_t size);
    /// The next frame. None if it has not arrived completely, or if is_broken().
    [[nodiscard]] std::optional<Frame> take();
    /// Whether received bytes differ from those that the peer sent. Once true, it stays true.
    [[nodiscard]] bool is_broken() const { return is_broken_; }

private:
    [[nodiscard]] std::optional<FrameHead> head() const;

    FrameKey key_;
    std::uint64_t number_ = 0;
    std::vector<std::byte> bytes_;
    std::size_t begin_ = 0, end_ = 0;  // The bytes that have been received and not taken.
    bool is_broken_ = false;
};

}  // namespace paxos::control
