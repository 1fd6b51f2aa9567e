#include "node/death_marks.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace paxos::node {

DeathMarker::DeathMarker(DeathMarks::Word& word) {
    entry_.next = &head_.list;
    head_.list.next = &entry_;
    head_.futex_offset = reinterpret_cast<const char*>(&word) -
                         reinterpret_cast<const char*>(&entry_);
    // The kernel marks a word only if the word holds the thread's id. The word is registered before
    // its mark is cleared. In the opposite order, the word of a thread that ends in between would
    // stay unmarked.
    static_cast<void>(::syscall(SYS_set_robust_list, &head_, sizeof head_));
    // Release: a node that sees this store must see what this incarnation published on the board.
    word.store(static_cast<std::uint32_t>(::gettid()), std::memory_order_release);
}

DeathMarker::~DeathMarker() {
    static_cast<void>(::syscall(SYS_set_robust_list, nullptr, sizeof head_));
}

}  // namespace paxos::node
