// The communicator: batched UDP between the peers of a table. Knows datagrams, nothing of Paxos.
//
// One exchange a turn: it sends what was queued and takes what has arrived, never waiting. Two
// engines stand behind the same three calls: io_uring (one io_uring_enter an exchange) and
// sendmmsg/recvmmsg.
//
// 1. Made in the process and on the thread that uses it, after the fork (io-facts 1).
// 2. No allocation after `open`. Buffers are touched before `open` returns.
// 3. Bytes queued stay untouched by their owner until the exchange that sends them has returned.
// 4. Bytes received live until the next exchange.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string>

#include "io/io_kind.h"
#include "io/peers.h"

namespace paxos::io {

struct Options {
    int socket = -1;  ///< Bound, unconnected, non-blocking not needed; stays the caller's to close.
    /// Where peers are. Outlives the communicator.
    const PeerTable* peers = nullptr;
    IoKind kind = IoKind::automatic;
    /// Sends of one turn; one more than that costs a second system call. 1 .. 8192.
    std::size_t sends_max = 0;
    /// Receives tried in one exchange at most, 64 KiB of memory each. 1 .. 1024.
    std::size_t receives_max = 0;
    /// Tried in every exchange, however little arrives. 1 .. receives_max.
    std::size_t receives_min = 1;
};

/// One receive: one datagram, or several of `segment_size` bytes each but for the last (UDP_GRO).
struct Received {
    std::byte* bytes;  ///< 64-byte aligned, writable.
    std::uint32_t size;
    std::uint32_t segment_size;  ///< `size` where there is one datagram.
    PeerIndex from;              ///< no_peer: from an address that is not in the table.
};

/// The datagrams that the kernel refused to send with one errno.
struct Refusal {
    int error = 0;  ///< 0: none.
    std::uint64_t datagrams = 0;
};

/// The ledger (io-facts 6) closes in wholes. A whole is what one send handed to the kernel: one
/// datagram, or several by UDP_SEGMENT, which the loopback interface delivers, and a full queue
/// drops, as one. With nothing in flight, over all sockets of a cluster: sends = receives +
/// kernel_dropped + truncated. Where kernel_dropped and truncated are zero it closes in datagrams
/// too: datagrams_sent = datagrams_received.
struct Counters {
    std::uint64_t enters = 0;          ///< System calls of exchanges.
    std::uint64_t sends = 0;           ///< Wholes that the kernel took.
    std::uint64_t datagrams_sent = 0;  ///< Datagrams that the kernel took.
    std::uint64_t receives = 0;        ///< Wholes that arrived.
    std::uint64_t datagrams_received = 0;
    std::uint64_t kernel_dropped = 0;  ///< Wholes that found the socket's queue full (SO_RXQ_OVFL).
    /// Datagrams that the kernel refused (ENOBUFS, ECONNREFUSED, EPERM, ...).
    std::uint64_t send_errors = 0;
    std::array<Refusal, 4> refusals{};  ///< `send_errors` by errno; the last one includes the rest.
    /// UDP_SEGMENT failed and was switched off; the send went out plainly.
    std::uint64_t segment_fallbacks = 0;
    /// Receives cut off by the kernel (MSG_TRUNC, MSG_CTRUNC): dropped.
    std::uint64_t truncated = 0;
};

class Communicator {
public:
    /// Opens the engine asked for, or the best there is. Null on failure: `error` says what, why,
    /// and what helps.
    static std::unique_ptr<Communicator> open(const Options& options, std::string& error);
    virtual ~Communicator() = default;

    /// Queues `size` bytes for `to`: datagrams of `segment_size` bytes each but for the last.
    /// REQUIRES: `to` is in the table; at most 65507 bytes in at most 64 datagrams; segment_size
    /// not 0.
    virtual void queue(PeerIndex to, const std::byte* bytes, std::size_t size,
                       std::size_t segment_size) = 0;
    /// Sends all that was queued, takes what has arrived. Returns the number of receives that
    /// brought something.
    virtual std::size_t exchange() = 0;
    [[nodiscard]] virtual std::span<const Received> received() const = 0;
    /// Sleeps until something can be received, or for `timeout_ns`.
    virtual void wait(std::uint64_t timeout_ns) = 0;
    [[nodiscard]] virtual const Counters& counters() const = 0;
    /// Asks the kernel for drops that no later datagram has told of. A system call: for the end of
    /// a run, not a turn.
    virtual void read_drops() = 0;
    /// Which engine, which step of its ladder, and why not a higher one: "io_uring", "mmsg:
    /// io_uring is disabled ...".
    [[nodiscard]] virtual const std::string& description() const = 0;
    [[nodiscard]] virtual IoKind kind() const = 0;
};

}  // namespace paxos::io
