// The fallback for kernels and containers that forbid io_uring: non-blocking sendmmsg and recvmmsg.
// With connected sockets, each send needs a sendmsg call of its own.
#pragma once

#include "io/engine.h"
#include "paxos/assert.h"

namespace paxos::io {

class MmsgCommunicator final : public Engine {
public:
    MmsgCommunicator(const Options& options, std::string description)
        : Engine(options, std::move(description)), has_one_socket_(options.connected == nullptr) {}

    std::size_t exchange() override;
    void send_only() override;
    void begin_write(std::uint64_t, std::span<const std::byte>) override {
        PAXOS_UNREACHABLE("open() refuses a file with mmsg");
    }
    [[nodiscard]] std::optional<std::int64_t> write_result() override { return std::nullopt; }
    [[nodiscard]] IoKind kind() const override { return IoKind::mmsg; }

private:
    void send_queued() override;
    void send_one(std::size_t index);

    bool has_one_socket_;  ///< There are no connected sockets, so one call can send all messages.
};

}  // namespace paxos::io
