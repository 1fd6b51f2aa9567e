// The fallback: non-blocking sendmmsg and recvmmsg, for kernels and containers that forbid
// io_uring.
#pragma once

#include "io/engine.h"

namespace paxos::io {

class MmsgCommunicator final : public Engine {
public:
    MmsgCommunicator(const Options& options, std::string description)
        : Engine(options, std::move(description)) {}

    std::size_t exchange() override;
    [[nodiscard]] IoKind kind() const override { return IoKind::mmsg; }

private:
    void send_queued() override;
};

}  // namespace paxos::io
