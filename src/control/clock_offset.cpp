#include "control/clock_offset.h"

#include <cstring>

namespace paxos::control {
namespace {

struct Ping {
    std::uint32_t number;
    std::uint32_t reserved;  ///< Zero.
};
struct Pong {
    std::uint32_t number;
    std::uint32_t reserved;  ///< Zero.
    Tick at;                 ///< The time of the answering host's clock.
};

/// False if `content` does not have the size of a Message.
template <class Message>
bool read(Bytes content, Message& message) {
    if (content.size() != sizeof message) return false;
    std::memcpy(&message, content.data(), sizeof message);
    return true;
}

}  // namespace

bool ClockOffset::ping(Channel& channel, Tick now) {
    if (is_done() || sent_ != answered_) return true;
    if (!channel.send(FrameKind::ping, bytes_of(Ping{sent_ + 1, 0}))) return false;
    ++sent_;
    sent_at_ = now;
    return true;
}

void ClockOffset::on_pong(Bytes content, Tick now) {
    Pong pong{};
    if (!read(content, pong) || sent_ == answered_ || pong.number != sent_) return;
    ++answered_;
    const Tick round_trip = now - sent_at_;
    // `half` is rounded up, so that it bounds the error.
    const Tick half = (round_trip + 1) / 2;
    if (best_ && best_->error_ns <= half) return;
    // The peer read its clock at some time between our send and our receive. The maximum error is
    // smallest if we assume the middle of that period.
    best_ = {.offset_ns = static_cast<std::int64_t>(pong.at - (sent_at_ + round_trip / 2)),
             .error_ns = half};
}

bool answer_ping(Channel& channel, Bytes content, Tick now) {
    Ping ping{};
    // A malformed ping is not expected, because the peer has our key and is of the same build.
    if (!read(content, ping)) return false;
    return channel.send(FrameKind::pong, bytes_of(Pong{ping.number, 0, now}));
}

}  // namespace paxos::control
