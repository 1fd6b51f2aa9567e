#include "control/channel.h"

#include <netinet/tcp.h>
#include <poll.h>
#include <sys/socket.h>

#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "paxos/assert.h"

namespace paxos::control {
namespace {

/// Whether `error` proves that the peer closed the connection. After other errors the peer may just
/// be unreachable.
bool is_from_peer(int error) { return error == ECONNRESET || error == EPIPE; }

void set_options(int socket) {
    const int on = 1;
    const unsigned timeout_ms = unacknowledged_ms_max;
    // Without TCP_NODELAY a small frame waits for the acknowledgement of the previous frame
    // (Nagle's algorithm).
    ::setsockopt(socket, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    // Without TCP_USER_TIMEOUT the kernel tries to send for about 15 minutes before it reports a
    // dead host. Neither call can fail on a TCP socket (tcp(7)).
    ::setsockopt(socket, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout_ms, sizeof timeout_ms);
}

}  // namespace

Channel::Channel(Fd socket, const SessionKeys& keys, Tick now)
    : socket_(std::move(socket)), writer_(keys.sends), reader_(keys.receives), heard_at_(now) {
    set_options(socket_.get());
    // If the peer has closed the connection, the peer's address is unknown and the next step closes
    // the channel.
    near_ = Address::of_socket(socket_.get()).value_or(Address::loopback(0));
    far_ = Address::of_peer(socket_.get()).value_or(Address::loopback(0));
}

short Channel::events() const {
    if (state_ != State::open) return 0;
    const bool wants_input = !reader_.is_full();
    const bool wants_output = !is_flushed() && send_errno_ == 0;
    return static_cast<short>((wants_input ? POLLIN : 0) | (wants_output ? POLLOUT : 0));
}

void Channel::step(Tick now) {
    if (state_ != State::open) return;
    flush();
    receive(now);
}

bool Channel::send(std::uint16_t kind, Bytes content) {
    if (state_ != State::open || send_errno_ != 0) return false;
    if (outbox_.size() + content.size() > outbox_size_max) return false;
    writer_.append(outbox_, kind, content);
    flush();
    return true;
}

std::optional<Frame> Channel::take() {
    std::optional<Frame> frame = reader_.take();
    if (reader_.is_broken() && state_ != State::broken)
        close(State::broken, "the bytes from the peer were altered in transit");
    return frame;
}

void Channel::flush() {
    std::size_t done = 0;
    while (done < outbox_.size() && send_errno_ == 0) {
        const ssize_t sent = ::send(socket_.get(), outbox_.data() + done, outbox_.size() - done,
                                    MSG_NOSIGNAL | MSG_DONTWAIT);
        if (sent >= 0)
            done += static_cast<std::size_t>(sent);
        else if (errno == EAGAIN || errno == EWOULDBLOCK || errno == ENOBUFS)
            break;
        else if (errno != EINTR)
            send_errno_ = errno;  // receive() reads what has arrived, then closes the channel.
    }
    outbox_.erase(outbox_.begin(), outbox_.begin() + static_cast<std::ptrdiff_t>(done));
}

void Channel::receive(Tick now) {
    for (;;) {
        const std::span<std::byte> space = reader_.space();
        if (space.empty()) return;
        const ssize_t got = ::recv(socket_.get(), space.data(), space.size(), MSG_DONTWAIT);
        if (got > 0) {
            reader_.received(static_cast<std::size_t>(got));
            heard_at_ = now;
            // The socket returned less than requested, so no more bytes have arrived.
            if (static_cast<std::size_t>(got) < space.size()) return;
        } else if (got < 0 && errno == EINTR) {
            continue;
        } else if (send_errno_ != 0) {
            // The error was reported by `send`, so `recv` does not report it again.
            return close_by_errno(send_errno_);
        } else if (got == 0) {
            return close(State::ended, "the peer closed the connection");
        } else {
            if (errno != EAGAIN && errno != EWOULDBLOCK) close_by_errno(errno);
            return;
        }
    }
}

void Channel::close(State state, std::string why) {
    state_ = state;
    why_ = std::move(why);
}

void Channel::close_by_errno(int error) {
    std::string why = std::strerror(error);
    if (error == ETIMEDOUT)
        why = "the peer acknowledged no data for " +
              seconds_text(unacknowledged_ms_max * 1'000'000UL);
    close(is_from_peer(error) ? State::ended : State::lost, std::move(why));
}

}  // namespace paxos::control
