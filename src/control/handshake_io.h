// Reads and sends messages of the handshake on a non-blocking socket.
#pragma once

#include <sys/socket.h>

#include <array>
#include <cerrno>
#include <cstddef>
#include <cstring>

#include "control/bytes.h"

namespace paxos::control {

/// Reads messages of a fixed size, and no byte beyond them, because the bytes after the handshake
/// belong to the channel.
class MessageReader {
public:
    enum class Result { incomplete, complete, ended };

    /// Reads what has arrived of `message`. After Result::complete the next call begins a new
    /// message.
    template <class Message>
    Result read(int socket, Message& message) {
        static_assert(sizeof(Message) <= sizeof bytes_ && std::is_trivially_copyable_v<Message>);
        while (size_ < sizeof(Message)) {
            const ssize_t got = ::recv(socket, bytes_.data() + size_, sizeof(Message) - size_,
                                       MSG_DONTWAIT);
            if (got > 0) {
                size_ += static_cast<std::size_t>(got);
                continue;
            }
            if (got < 0 && errno == EINTR) continue;
            const bool is_empty = got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK);
            return is_empty ? Result::incomplete : Result::ended;
        }
        std::memcpy(&message, bytes_.data(), sizeof message);
        size_ = 0;
        return Result::complete;
    }
    /// The bytes received so far of an incomplete message.
    [[nodiscard]] Bytes received() const { return std::span{bytes_}.first(size_); }

private:
    std::array<std::byte, 80> bytes_{};
    std::size_t size_ = 0;
};

/// Sends a message of the handshake. False if the connection has failed. An incomplete send also
/// counts as a failure, because the send buffer of a new connection can hold the whole handshake.
template <class Message>
[[nodiscard]] bool send_whole(int socket, const Message& message) {
    const Bytes bytes = bytes_of(message);
    return ::send(socket, bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) ==
           static_cast<ssize_t>(bytes.size());
}

}  // namespace paxos::control
