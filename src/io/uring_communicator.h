// The io_uring engine: one io_uring_enter an exchange, in which every send goes out and every
// receive is tried inline.
//
// Requests are non-blocking (MSG_DONTWAIT), so each completes within the enter that submits it:
// nothing is ever armed, and no buffer is the kernel's between exchanges. Polling inline beats
// armed receives by a third (io-facts).
#pragma once

#include <memory>

#include "io/engine.h"
#include "io/ring.h"

namespace paxos::io {

class UringCommunicator final : public Engine {
public:
    /// Null: no rung from `first` down is granted; `refusals` says why. Tests start lower, or put
    /// their own `setup`.
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
    void run();

    std::size_t sends_max_;  ///< Requests 0 .. sends_max_ - 1 are sends, those above receives.
    Ring ring_;              ///< Last: goes first, while the buffers still stand.
};

}  // namespace paxos::io
