#include "node/death_marks.h"

#include <sys/syscall.h>
#include <unistd.h>

namespace paxos::node {

DeathMarker::DeathMarker(DeathMarks::Word& word) {
    entry_.next = &head_.list;
    head_.list.next = &entry_;
    head_.futex_offset = reinterpret_cast<const char*>(&word) -
                         reinterpret_cast<const char*>(&entry_);
    // The word may still have the mark of the previous incarnation. The word is registered first,
    // and then the thread's id replaces the mark. If the thread ends between these two steps, the
    // old mark remains. In the opposite order, the word of a thread that ends between the steps
    // would hold the id, and the kernel would not mark the word.
    static_cast<void>(::syscall(SYS_set_robust_list, &head_, sizeof head_));
    // Release: a node that sees this store must see what this incarnation published on the board.
    word.store(static_cast<std::uint32_t>(::gettid()), std::memory_order_release);
}

DeathMarker::~DeathMarker() {
    static_cast<void>(::syscall(SYS_set_robust_list, nullptr, sizeof head_));
}

}  // namespace paxos::node
