// Copies a node's board to another host. While the node runs, only its status words, its new
// digests and, with --log, its trace records are sent. After the node has ended, the board is sent
// as bytes.
//
// 1. packed() and unpack() are called only after the node's process has ended, when nothing else on
//    either host writes or reads the board.
// 2. They leave out the trace ring, the moments that --explain records, and the entries of
//    NodeBoard::rows that the plan does not use. Together these are most of the board's bytes.
// 3. Bytes from another host never make this host read or write outside the board. Texts are
//    terminated on arrival, and code that reads a length from the board checks it against a limit.
#pragma once

#include <cstdint>
#include <vector>

#include "cluster/host_messages.h"
#include "control/clock_offset.h"
#include "node/board.h"

namespace paxos::cluster {

[[nodiscard]] Status status_of(const node::NodeBoard& board);
void set_status(node::NodeBoard& board, const Status& status);

/// Maximum number of bytes of the board in one frame.
inline constexpr std::size_t board_part_size = std::size_t{256} << 10;

/// The bytes of `board`, with its first `rows` rows, to be sent in parts of board_part_size.
[[nodiscard]] std::vector<std::byte> packed(const node::NodeBoard& board, std::size_t rows);
/// Copies the bytes of packed() to `board`. False if `bytes` does not have the size of a packed
/// board.
[[nodiscard]] bool unpack(control::Bytes bytes, std::size_t rows, node::NodeBoard& board);

/// Converts the times on `board` from another host's clock to this host's clock, and leaves
/// durations unchanged. No other code converts times of another host's clock to times of this
/// host's clock.
void convert_times(node::NodeBoard& board, std::size_t rows,
                   const control::ClockOffset::Estimate& clock);
void convert_times(Status& status, const control::ClockOffset::Estimate& clock);
void convert_times(trace::Record& record, const control::ClockOffset::Estimate& clock);

/// Reads what has been added to a node's digests since the last call. The node may run meanwhile.
/// An entry of the digests covers an interval of slots. When the array of entries is full, the node
/// doubles the size of the intervals (node/board.h). Reads the entries of complete intervals only,
/// and reads nothing while the node doubles the size.
class DigestSender {
public:
    /// The content of a DIGESTS frame. Empty if there is nothing to send.
    [[nodiscard]] std::vector<std::byte> next(const node::Digests& digests);

private:
    std::uint64_t log2_size_ = 0;
    std::uint32_t sent_ = 0;  // Number of intervals that were sent.
};

/// Copies the content of a DIGESTS frame to `digests`. False if the content is malformed.
[[nodiscard]] bool take_digests(control::Bytes content, node::Digests& digests);

}  // namespace paxos::cluster
