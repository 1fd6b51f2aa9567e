// The functions that the io_uring and the mmsg communicator share. Only wait() and read_drops()
// make system calls of their own.
#include "io/engine.h"

#include <algorithm>
#include <cerrno>
#include <iterator>
#include <limits>

#include <linux/sock_diag.h>
#include <poll.h>

#include "io/clock.h"
#include "io/fail.h"

namespace paxos::io {
namespace {

constexpr std::size_t datagram_bytes_max = 65507;  // The maximum of UDP over IPv4.

}  // namespace

Engine::Engine(const Options& options, std::string description)
    : socket_(options.socket),
      sends_(options, counters_),
      receives_(options.receives_min, options.receives_max, *options.peers, counters_),
      description_(std::move(description)) {}

void Engine::queue(PeerIndex to, const std::byte* bytes, std::size_t size,
                   std::size_t segment_size) {
    PAXOS_ASSERT(size <= datagram_bytes_max && segment_size > 0);
    if (sends_.segments() || size <= segment_size) [[likely]] {
        if (sends_.full()) send_queued();
        return sends_.add(to, bytes, size, segment_size);
    }
    for (std::size_t offset = 0; offset < size; offset += segment_size) {
        if (sends_.full()) send_queued();
        sends_.add(to, bytes + offset, std::min(segment_size, size - offset), segment_size);
    }
}

void Engine::wait(std::uint64_t timeout_ns) {
    constexpr std::uint64_t longest = std::numeric_limits<std::int64_t>::max();
    const timespec timeout = to_timespec(std::min(timeout_ns, longest));
    pollfd watched{.fd = socket_, .events = POLLIN, .revents = 0};
    // A signal or a temporary lack of memory ends the wait early; the caller's loop continues.
    if (ppoll(&watched, 1, &timeout, nullptr) < 0 && errno != EINTR && errno != ENOMEM &&
        errno != EAGAIN)
        fail("waiting for the node's socket", errno, __FILE__, __LINE__);
    if ((watched.revents & POLLNVAL) != 0)
        fail("waiting for the node's socket", EBADF, __FILE__, __LINE__);
}

void Engine::read_drops() {
    std::uint32_t figures[SK_MEMINFO_VARS] = {};
    socklen_t size = sizeof figures;
    // Linux before 4.12 has no SO_MEMINFO. On such a kernel, drops after the last received datagram
    // are not counted.
    if (getsockopt(socket_, SOL_SOCKET, SO_MEMINFO, figures, &size) != 0 || size < sizeof figures)
        return;
    receives_.note_drops(figures[SK_MEMINFO_DROPS]);
}

}  // namespace paxos::io
