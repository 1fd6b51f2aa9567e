// Death marks: one word per node, in memory that a launcher shares with its nodes. A node's word is
// marked when the node's process ends. The node's next incarnation, if there is one, clears the
// mark when it can receive.
//
// 1. A word has one writer at a time: the node, then the kernel when the node's process ends, then
//    the launcher after it has reaped the process. A new process of the node is forked only after
//    that.
// 2. A reader that sees a mark cleared also sees what the new incarnation published before it
//    cleared the mark.
//
// A node registers its word as a robust futex (set_robust_list(2)). When its process ends, the
// kernel sets FUTEX_OWNER_DIED in the word before it releases the process's memory. The launcher
// learns of the death milliseconds later. It marks the word too, in case the node ended before it
// registered or the kernel has no robust futexes.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include <linux/futex.h>

#include "paxos/quorum.h"

namespace paxos::node {

class DeathMarks {
public:
    using Word = std::atomic<std::uint32_t>;
    static_assert(Word::is_always_lock_free && sizeof(Word) == sizeof(std::uint32_t));

    /// REQUIRES: the node's process has ended.
    void mark(NodeId node) { words_[node].store(FUTEX_OWNER_DIED, std::memory_order_release); }
    /// Clears the mark of a node on another host, whose process cannot write to this host's memory.
    void unmark(NodeId node) { words_[node].store(0, std::memory_order_release); }
    /// The marked nodes among the first `nodes`. After this call, the caller can read all that the
    /// marked nodes wrote to shared memory (board.h).
    [[nodiscard]] NodeMask marked(std::size_t nodes) const {
        NodeMask marked;
        for (std::size_t i = 0; i < nodes; ++i)
            if (words_[i].load(std::memory_order_acquire) & FUTEX_OWNER_DIED) [[unlikely]]
                marked.add(static_cast<NodeId>(i));
        return marked;
    }
    [[nodiscard]] Word& word(NodeId node) { return words_[node]; }

private:
    std::array<Word, limits::nodes_max> words_{};
};

/// Clears the mark of `word`, and makes the kernel set it again if the calling thread ends during
/// this object's lifetime. Create the object when the node can receive, because other nodes send to
/// the node once the mark is cleared. The object replaces the thread's robust list, so the thread
/// must not use robust pthread mutexes.
class DeathMarker {
public:
    /// If the kernel refuses the registration, only the launcher marks the word.
    explicit DeathMarker(DeathMarks::Word& word);
    DeathMarker(const DeathMarker&) = delete;
    DeathMarker& operator=(const DeathMarker&) = delete;
    /// Unregisters the word, so that the kernel does not mark it when the thread ends later.
    ~DeathMarker();

private:
    robust_list entry_{};
    robust_list_head head_{};
};

}  // namespace paxos::node
