// The communicator: batched UDP between the peers of a table. It has no knowledge of Paxos.
//
// One exchange per turn (a pass of the node's loop) sends what was queued and receives what has
// arrived, without waiting. There are two implementations: io_uring (one io_uring_enter per
// exchange) and sendmmsg/recvmmsg. With io_uring, exchanges also write to a file: one exchange
// submits a write, and a later exchange takes the result of the write.
//
// 1. A communicator is created by the process and thread that use it, after the launcher has forked
//    this process.
// 2. Nothing is allocated after `open`. `open` touches all buffers, so that no later access to them
//    takes a page fault.
// 3. Queued bytes must not change until the exchange that sends them has returned.
// 4. Received bytes are valid until the next exchange.
// 5. An exchange never waits for a write.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>

#include "io/io_kind.h"
#include "io/peers.h"
#include "io/send_sockets.h"

namespace paxos::io {

/// Maximum of Options::sends_max. For so many sends and 1024 receives, the submission queue has
/// 16384 entries, because its size is rounded up to a power of two. Without IORING_SETUP_CQSIZE,
/// Ring::open_with() doubles the size to 32768 entries, which is the kernel's maximum.
inline constexpr std::size_t sends_max_max = 8192;

struct Options {
    int socket = -1;  ///< Bound, not connected; O_NONBLOCK is not needed. The caller closes it.
    /// The addresses of the peers. Outlives the communicator.
    const PeerTable* peers = nullptr;
    /// A connected socket to each peer, for sends; null: sends leave from `socket`. Outlives the
    /// communicator.
    const SendSockets* connected = nullptr;
    /// A file for durable writes; -1: none. Needs io_uring. The caller closes it.
    int file = -1;
    IoKind kind = IoKind::automatic;
    /// Maximum number of sends in one system call. An exchange with more sends makes several system
    /// calls. 1 .. 8192.
    std::size_t sends_max = 0;
    /// Largest number of receives tried in one exchange; 64 KiB of memory each. 1 .. 1024.
    std::size_t receives_max = 0;
    /// Smallest number of receives tried in one exchange. 1 .. receives_max.
    std::size_t receives_min = 1;
};

/// One receive: one datagram, or several, each of `segment_size` bytes except the last (UDP_GRO).
struct Received {
    std::byte* bytes;  ///< 64-byte aligned, writable.
    std::uint32_t size;
    std::uint32_t segment_size;  ///< Equals `size` if there is one datagram.
    PeerIndex from;              ///< no_peer: from an address that is not in the table.
};

/// How many datagrams the kernel refused with one errno.
struct Refusal {
    int error = 0;  ///< 0: none.
    std::uint64_t datagrams = 0;
};

/// A send is one datagram, or several with UDP_SEGMENT. All datagrams of a send are delivered or
/// dropped together on the loopback interface, so totals can be checked. The following equations
/// hold for the sums over all sockets of a cluster if no send is in flight. The second one also
/// requires that `kernel_dropped` and `truncated` are zero:
///
///     sends = receives + kernel_dropped + truncated
///     datagrams_sent = datagrams_received
struct Counters {
    std::uint64_t enters = 0;          ///< System calls made by exchanges.
    std::uint64_t sends = 0;           ///< Sends that the kernel accepted.
    std::uint64_t datagrams_sent = 0;  ///< Datagrams that the kernel accepted.
    std::uint64_t receives = 0;        ///< Receives that brought data.
    std::uint64_t datagrams_received = 0;
    /// Sends to this socket that the kernel dropped, mostly because its receive queue was full.
    std::uint64_t kernel_dropped = 0;
    /// Datagrams that the kernel refused (ENOBUFS, ECONNREFUSED, EPERM, ...).
    std::uint64_t send_errors = 0;
    /// `send_errors` by errno. The last element counts the datagrams of all errnos that have no
    /// element of their own, and names the latest of these errnos.
    std::array<Refusal, 4> refusals{};
    /// Sends that failed with UDP_SEGMENT, but of which the kernel then accepted at least one
    /// datagram without UDP_SEGMENT. After the first such send, UDP_SEGMENT is no longer used.
    std::uint64_t segment_fallbacks = 0;
    /// Receives that the kernel truncated (MSG_TRUNC, MSG_CTRUNC). The communicator drops them.
    std::uint64_t truncated = 0;
};

class Communicator {
public:
    /// Opens the requested implementation, or the best available one. Null on failure: `error` has
    /// what failed, why, and the remedy.
    static std::unique_ptr<Communicator> open(const Options& options, std::string& error);
    virtual ~Communicator() = default;

    /// Queues `size` bytes for `to`: datagrams of `segment_size` bytes each except the last.
    /// REQUIRES: `to` is in the table; at most 65507 bytes in at most 64 datagrams; segment_size
    /// not 0.
    virtual void queue(PeerIndex to, const std::byte* bytes, std::size_t size,
                       std::size_t segment_size) = 0;
    /// Sends all that was queued and receives what has arrived. Returns the number of receives that
    /// brought data.
    virtual std::size_t exchange() = 0;
    /// Like exchange(), but receives nothing. Datagrams that have arrived stay in the socket.
    virtual void send_only() = 0;
    [[nodiscard]] virtual std::span<const Received> received() const = 0;
    /// Sleeps until something can be received, at most for `timeout_ns`. If a write is in progress,
    /// sleeps at most for a tenth of a millisecond, so that the next exchange can take the result
    /// of the write.
    virtual void wait(std::uint64_t timeout_ns) = 0;
    /// Queues a write of `bytes` to the file at `offset`; the next exchange submits it. When the
    /// write ends, the bytes that it has written are durable (RWF_DSYNC). `bytes` must not change
    /// until the write has ended. REQUIRES: Options::file is open; no write is in progress;
    /// write_result() has returned the result of the previous write.
    virtual void begin_write(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
    /// The result of a write that has ended, returned once: the number of bytes written, or a
    /// negated errno. None: no result is available.
    [[nodiscard]] virtual std::optional<std::int64_t> write_result() = 0;
    [[nodiscard]] virtual const Counters& counters() const = 0;
    /// Brings `kernel_dropped` up to date. Each received datagram brings the number of drops before
    /// that datagram; this function adds the drops after the last received datagram. Makes a system
    /// call, so it is meant for the end of a run, not for a turn.
    virtual void read_drops() = 0;
    /// The implementation, and why a better one is not used: "io_uring", "mmsg: io_uring is
    /// forbidden by ...".
    [[nodiscard]] virtual const std::string& description() const = 0;
    [[nodiscard]] virtual IoKind kind() const = 0;
};

}  // namespace paxos::io
