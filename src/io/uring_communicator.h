// The io_uring communicator: one io_uring_enter per exchange, which sends and receives inline.
//
// Requests on sockets are non-blocking (MSG_DONTWAIT), so each completes within the io_uring_enter
// that submits it, and the kernel uses none of their buffers between exchanges. Such receives are a
// third faster than receives that wait in the kernel. A write to the node's file may complete in a
// later io_uring_enter.
#pragma once

#include <array>
#include <memory>

#include <sys/uio.h>

#include "io/engine.h"
#include "io/ring.h"

namespace paxos::io {

class UringCommunicator final : public Engine {
public:
    /// Tries the elements of `setup_flags` (ring.h) in order, from index `first` on, and opens a
    /// communicator with the first one that the kernel accepts. Returns null if the kernel accepts
    /// none; `refusals` then says why. Tests pass another `first` or their own `setup`.
    static std::unique_ptr<UringCommunicator> open(const Options& options, std::string& refusals,
                                                   std::size_t first = 0,
                                                   SetupCall setup = io_uring_setup);

    std::size_t exchange() override;
    void send_only() override;
    void wait(std::uint64_t timeout_ns) override;
    void begin_write(std::uint64_t offset, std::span<const std::byte> bytes) override;
    [[nodiscard]] std::optional<std::int64_t> write_result() override {
        return std::exchange(write_result_, std::nullopt);
    }
    [[nodiscard]] IoKind kind() const override { return IoKind::uring; }

private:
    explicit UringCommunicator(const Options& options)
        : Engine(options, "io_uring"),
          sends_max_(options.sends_max),
          write_number_(options.sends_max + options.receives_max) {}
    void build_requests(const Options& options);
    void send_queued() override;
    void add_sends();
    void take_write(std::int32_t result);
    void run();

    std::size_t sends_max_;     ///< Requests below this number are sends; receives follow.
    std::size_t write_number_;  ///< The request that writes to the file.
    iovec write_part_{};        ///< The bytes that it writes.
    bool is_writing_ = false;
    std::optional<std::int64_t> write_result_;
    /// The socket for each peer, as requests name it: by its position or by its descriptor (see
    /// Ring::add_files()).
    std::array<int, limits::nodes_max> send_files_{};
    Ring ring_;  ///< Destroyed before the buffers, which belong to the base class.
};

}  // namespace paxos::io
