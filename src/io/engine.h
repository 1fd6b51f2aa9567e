// The base class of the io_uring and the mmsg communicator: queueing, received data, waiting,
// counters.
#pragma once

#include <string>
#include <utility>

#include "io/communicator.h"
#include "io/receive_buffers.h"
#include "io/send_queue.h"

namespace paxos::io {

class Engine : public Communicator {
public:
    Engine(const Engine&) = delete;
    Engine& operator=(const Engine&) = delete;

    void queue(PeerIndex to, const std::byte* bytes, std::size_t size,
               std::size_t segment_size) final;
    [[nodiscard]] std::span<const Received> received() const final { return receives_.received(); }
    void wait(std::uint64_t timeout_ns) override;
    [[nodiscard]] const Counters& counters() const final { return counters_; }
    void read_drops() final;
    [[nodiscard]] const std::string& description() const final { return description_; }

protected:
    Engine(const Options& options, std::string description);

    /// Sends everything queued, without receiving, and empties the queue.
    virtual void send_queued() = 0;
    void describe(std::string description) { description_ = std::move(description); }

    int socket_;
    Counters counters_;
    SendQueue sends_;
    ReceiveBuffers receives_;

private:
    std::string description_;
};

}  // namespace paxos::io
