// The io_uring communicator: one io_uring_enter an exchange, which sends and receives inline.
//
// Requests are non-blocking (MSG_DONTWAIT), so each completes within the enter that submits it, and
// the kernel uses no buffer between exchanges. Such receives are a third faster than
// receives that wait in the kernel.
#pragma once

#include <array>
#include <memory>

#include "io/engine.h"
#include "io/ring.h"

namespace paxos::io {

class UringCommunicator final : public Engine {
public:
    /// Null: the kernel refuses every flag set from `first` on; `refusals` says why. Tests pass
    /// another `first` or their own `setup`.
    static std::unique_ptr<UringCommunicator> open(const Options& options, std::string& refusals,
                                                   std::size_t first = 0,
                                                   SetupCall setup = io_uring_setup);

    std::size_t exchange() override;
    [[nodiscard]] IoKind kind() const override { return IoKind::uring; }

private:
    explicit UringCommunicator(const Options& options)
        : Engine(options, "io_uring"), sends_max_(options.sends_max) {}
    void build_requests(const Options& options);
    void send_queued() override;
    void add_sends();
    void run();

    std::size_t sends_max_;  ///< Requests below are sends, the others receives.
    std::array<int, limits::nodes_max> send_files_{};  ///< By peer: the file of its requests.
    Ring ring_;  ///< Last member: destroyed before the buffers.
};

}  // namespace paxos::io
