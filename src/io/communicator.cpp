// Communicator::open(), which chooses the implementation: the requested one or, by default,
// io_uring. If io_uring is not available, the default falls back to sendmmsg and recvmmsg. A
// communicator for durable writes has no fallback, because these writes need io_uring.
#include "io/communicator.h"

#include "io/mmsg_communicator.h"
#include "io/uring_communicator.h"
#include "paxos/assert.h"

namespace paxos::io {
namespace {

// The buffers of 1024 receives take 64 MiB. One recvmmsg call takes at most 1024 messages, too.
constexpr std::size_t receives_max_max = 1024;

std::string range_error(const char* name, std::size_t value, std::size_t max) {
    return std::string(name) + ' ' + std::to_string(value) + ": must be 1 to " +
           std::to_string(max);
}

}  // namespace

std::unique_ptr<Communicator> Communicator::open(const Options& options, std::string& error) {
    PAXOS_ASSERT(options.peers != nullptr);
    if (options.sends_max < 1 || options.sends_max > sends_max_max) {
        error = range_error("sends_max", options.sends_max, sends_max_max);
        return nullptr;
    }
    if (options.receives_max < 1 || options.receives_max > receives_max_max) {
        error = range_error("receives_max", options.receives_max, receives_max_max);
        return nullptr;
    }
    if (options.receives_min < 1 || options.receives_min > options.receives_max) {
        error = range_error("receives_min", options.receives_min, options.receives_max);
        return nullptr;
    }
    if (options.kind == IoKind::mmsg && options.file >= 0) {
        error = "durable writes need io_uring, and mmsg was requested";
        return nullptr;
    }
    if (options.kind == IoKind::mmsg) return std::make_unique<MmsgCommunicator>(options, "mmsg");

    std::string refusals;
    if (std::unique_ptr<Communicator> uring = UringCommunicator::open(options, refusals))
        return uring;
    if (options.kind == IoKind::automatic && options.file < 0)
        return std::make_unique<MmsgCommunicator>(options, "mmsg: " + refusals);
    error = (options.file < 0 ? "io_uring was requested and is not available: "
                              : "durable writes need io_uring, which is not available: ") +
            refusals +
            "; remedies: sysctl -w kernel.io_uring_disabled=0, a container profile that allows "
            "io_uring (docker: --security-opt seccomp=unconfined), or mmsg instead of uring";
    return nullptr;
}

}  // namespace paxos::io
