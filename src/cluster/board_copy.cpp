// See board_copy.h. While a node writes the board, words are copied one by one. After the node has
// ended, the board is copied as bytes.
#include "cluster/board_copy.h"

#include <algorithm>
#include <atomic>

namespace paxos::cluster {
namespace {

using node::Digests;
using node::NodeBoard;

/// Calls `copy(first byte, size)` for each of the three pieces of the board that are sent. `Board`
/// is NodeBoard or const NodeBoard.
template <class Board, class Copy>
void for_each_piece(Board& board, std::size_t rows, Copy&& copy) {
    const auto at = [&](auto& member) {
        using Byte = std::conditional_t<std::is_const_v<Board>, const std::byte, std::byte>;
        return reinterpret_cast<Byte*>(&member);
    };
    const auto begin = at(board);
    copy(begin, static_cast<std::size_t>(at(board.rows) - begin));
    copy(at(board.rows), rows * sizeof(node::RowBoard));
    copy(at(board.storage), static_cast<std::size_t>(at(board.trace) - at(board.storage)));
}

}  // namespace

Status status_of(const NodeBoard& board) {
    Status status;
    status.state = board.state.seen();
    status.learned = board.learned.seen();
    status.skipped = board.skipped.get();
    status.plan_end = board.plan_end.seen();
    status.proposing = board.proposing.get();
    status.heard = board.heard.get();
    status.leader = board.leader.get();
    status.turns = board.turns.get();
    const node::IncarnationBoard& incarnation = board.incarnation;
    status.begin = incarnation.begin.get();
    status.recovered = incarnation.recovered.get();
    status.behind = incarnation.behind.get();
    status.ready_at = incarnation.ready_at.get();
    status.took_part_at = incarnation.took_part_at.get();
    status.caught_up_at = incarnation.caught_up_at.get();
    for (std::size_t i = 0; i < node::rows_max; ++i)
        status.row_begun_at[i] = board.rows[i].first_proposal_at.get();
    return status;
}

void set_status(NodeBoard& board, const Status& status) {
    board.skipped.set(status.skipped);
    board.proposing.set(status.proposing);
    board.heard.set(status.heard);
    board.leader.set(status.leader);
    board.turns.set(status.turns);
    node::IncarnationBoard& incarnation = board.incarnation;
    incarnation.begin.set(status.begin);
    incarnation.recovered.set(status.recovered);
    incarnation.behind.set(status.behind);
    incarnation.took_part_at.set(status.took_part_at);
    incarnation.caught_up_at.set(status.caught_up_at);
    incarnation.ready_at.set(status.ready_at);
    for (std::size_t i = 0; i < node::rows_max; ++i)
        board.rows[i].first_proposal_at.set(status.row_begun_at[i]);
    board.plan_end.publish(status.plan_end);
    board.learned.publish(status.learned);
    board.state.publish(status.state);
}

std::vector<std::byte> packed(const NodeBoard& board, std::size_t rows) {
    std::vector<std::byte> bytes;
    for_each_piece(board, rows, [&](const std::byte* piece, std::size_t size) {
        bytes.insert(bytes.end(), piece, piece + size);
    });
    return bytes;
}

bool unpack(control::Bytes bytes, std::size_t rows, NodeBoard& board) {
    std::size_t expected = 0;
    for_each_piece(board, rows, [&](std::byte*, std::size_t size) { expected += size; });
    if (bytes.size() != expected) return false;
    for_each_piece(board, rows, [&](std::byte* piece, std::size_t size) {
        std::memcpy(piece, bytes.data(), size);
        bytes = bytes.subspan(size);
    });
    board.io_text.back() = board.error.back() = '\0';
    return true;
}

void convert_times(NodeBoard& board, std::size_t rows,
                   const control::ClockOffset::Estimate& clock) {
    const auto convert = [&](node::Word& word) {
        // A time of 0 means that the event did not happen.
        if (word.get() != 0) word.set(clock.to_ours(word.get()));
    };
    for (node::Word* word : {&board.incarnation.ready_at, &board.incarnation.took_part_at,
                             &board.incarnation.caught_up_at})
        convert(*word);
    for (std::size_t i = 0; i < rows; ++i) {
        convert(board.rows[i].first_proposal_at);
        convert(board.rows[i].last_decision_at);
        convert(board.rows[i].learned_at);
    }
}

void convert_times(Status& status, const control::ClockOffset::Estimate& clock) {
    const auto convert = [&](std::uint64_t& at) {
        if (at != 0) at = clock.to_ours(at);
    };
    for (std::uint64_t* at : {&status.ready_at, &status.took_part_at, &status.caught_up_at})
        convert(*at);
    for (std::uint64_t& at : status.row_begun_at) convert(at);
}

void convert_times(trace::Record& record, const control::ClockOffset::Estimate& clock) {
    record.at = clock.to_ours(record.at);
}

std::vector<std::byte> DigestSender::next(const Digests& digests) {
    const std::uint64_t log2_size = digests.log2_size.seen();
    const Slot end = digests.complete_end.seen();
    if (log2_size >= Digests::doubling) return {};
    const auto whole = static_cast<std::uint32_t>(
        std::min<Slot>(end >> log2_size, Digests::entries_max));
    // Each entry is the digest of an interval of slots. If the node has doubled the size of the
    // intervals, all entries are sent again.
    if (log2_size != log2_size_) sent_ = 0;
    if (whole <= sent_) return {};

    const DigestsHead head{.log2_size = log2_size,
                           .complete_end = Slot{whole} << log2_size,
                           .first = sent_,
                           .count = whole - sent_};
    const control::Bytes head_bytes = control::bytes_of(head);
    std::vector<std::byte> content(head_bytes.begin(), head_bytes.end());
    for (const auto* words : {&digests.entry, &digests.slots})
        for (std::uint32_t i = sent_; i < whole; ++i) {
            const std::uint64_t word = (*words)[i].get();
            const control::Bytes bytes = control::bytes_of(word);
            content.insert(content.end(), bytes.begin(), bytes.end());
        }
    // The entries must be read before the size is read again. If the size is unchanged, the node
    // has not merged any of the entries read.
    std::atomic_thread_fence(std::memory_order_acquire);
    if (digests.log2_size.get() != log2_size) return {};
    log2_size_ = log2_size;
    sent_ = whole;
    return content;
}

bool take_digests(control::Bytes content, Digests& digests) {
    DigestsHead head;
    if (content.size() < sizeof head || !read(content.first(sizeof head), head)) return false;
    content = content.subspan(sizeof head);
    const std::uint64_t end = std::uint64_t{head.first} + head.count;
    if (end > Digests::entries_max || content.size() != std::size_t{head.count} * 16) return false;
    for (auto* words : {&digests.entry, &digests.slots}) {
        for (std::uint32_t i = 0; i < head.count; ++i) {
            std::uint64_t word = 0;
            std::memcpy(&word, content.data() + i * sizeof word, sizeof word);
            (*words)[head.first + i].set(word);
        }
        content = content.subspan(head.count * sizeof(std::uint64_t));
        // If the node has doubled the size of its intervals since the last frame, the old entries
        // from `end` on belong to the smaller intervals.
        if (digests.log2_size.get() != head.log2_size)
            for (std::size_t i = end; i < Digests::entries_max; ++i) (*words)[i].set(0);
    }
    digests.log2_size.set(head.log2_size);
    digests.complete_end.publish(head.complete_end);
    return true;
}

}  // namespace paxos::cluster
