// A channel: an authenticated TCP connection between two processes of a cluster. Made by a Listener
// or a Connector.
//
// 1. No call blocks. The owner polls fd() for events() and then calls step.
// 2. The queues of both directions are bounded. A full outbox refuses frames. While a received
//    frame has not been taken, nothing more is read, so in the end the outbox of the sender fills
//    up (back-pressure).
// 3. The state `ended` proves that the peer's process closed the connection or ended. The state
//    `lost` does not prove this, because the peer's host may just be unreachable. In both states,
//    frames that have already arrived can still be taken.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/address.h"
#include "base/fd.h"
#include "control/frame.h"
#include "control/handshake.h"
#include "control/identity.h"
#include "paxos/tick.h"

namespace paxos::control {

/// A frame is refused if its content plus the bytes that wait in the outbox exceed this size.
inline constexpr std::size_t outbox_size_max = std::size_t{8} << 20;
/// Time without an acknowledgement after which the kernel ends a connection (TCP_USER_TIMEOUT).
inline constexpr unsigned unacknowledged_ms_max = 3000;

class Channel {
public:
    enum class State : std::uint8_t {
        open,
        ended,   ///< Closed or reset by the peer.
        lost,    ///< Timed out, or the host became unreachable.
        broken,  ///< The received bytes are not those that the peer sent.
    };

    /// `socket` is connected and non-blocking, and both ends have proved that they have the key.
    Channel(Fd socket, const SessionKeys& keys, Tick now);

    /// The descriptor to poll. Negative if the channel is not open, so that poll ignores it.
    [[nodiscard]] int fd() const { return state_ == State::open ? socket_.get() : -1; }
    /// The events to poll fd() for; 0 if there are none.
    [[nodiscard]] short events() const;
    /// Sends as much as the socket accepts and receives what has arrived.
    void step(Tick now);

    /// Queues a frame and tries to send it at once. Queues nothing and returns false if the frame
    /// does not fit in the outbox, if an earlier send has failed, or if the channel is not open.
    /// REQUIRES: content.size() <= frame_size_max.
    [[nodiscard]] bool send(std::uint16_t kind, Bytes content);
    [[nodiscard]] bool send(FrameKind kind, Bytes content) {
        return send(static_cast<std::uint16_t>(kind), content);
    }
    /// The next received frame. If there is none, call again after the next step.
    [[nodiscard]] std::optional<Frame> take();

    [[nodiscard]] State state() const { return state_; }
    /// Why the channel is not open, such as "the peer closed the connection". Empty if it is open.
    [[nodiscard]] const std::string& why() const { return why_; }
    /// When bytes from the peer were last received; if none were, when the channel was made.
    [[nodiscard]] Tick heard_at() const { return heard_at_; }
    /// Whether all that was queued has been handed to the kernel.
    [[nodiscard]] bool is_flushed() const { return outbox_.empty(); }

    /// Who the peer is. Set after its identity was checked.
    [[nodiscard]] const Identity& peer() const { return peer_; }
    void set_peer(Identity peer) { peer_ = std::move(peer); }
    /// The two ends of the connection: this host's address, and the address of the peer.
    [[nodiscard]] const Address& near() const { return near_; }
    [[nodiscard]] const Address& far() const { return far_; }

private:
    void flush();
    void receive(Tick now);
    void close(State state, std::string why);
    void close_by_errno(int error);

    Fd socket_;
    FrameWriter writer_;
    FrameReader reader_;
    Identity peer_;
    Address near_, far_;
    std::vector<std::byte> outbox_;
    int send_errno_ = 0;  // The errno with which a send failed; 0 if none has.
    Tick heard_at_;
    State state_ = State::open;
    std::string why_;
};

}  // namespace paxos::control
