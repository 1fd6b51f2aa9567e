// The allocation guard: counts every allocation of this process, and while armed makes one end it.
//
// A node allocates nothing after the start barrier; the guard is what makes that sentence more than
// an intention. Who links this file has malloc and operator new replaced by versions that look at
// one plain flag and hand on to the allocator that is linked (mimalloc where it is, else the C
// library's).
//
// 1. Freeing is never an allocation.
// 2. Under sanitizers nothing is replaced and nothing is counted; in a static build only operator
//    new is (the C library's archive keeps malloc to itself). `is_available` says whether arming
//    does anything.
// 3. Flag and count are plain words for processes of one thread. Threads may allocate meanwhile;
//    the count may then miss some.
#pragma once

#include <cstdint>

namespace paxos::node::allocation_guard {

/// From now on an allocation says what it is on stderr, with the calls that led to it, and aborts.
void arm();
void disarm();
/// Allocations since the process began, reallocations included. A forked process counts on from its
/// parent's.
[[nodiscard]] std::uint64_t count();
/// False where nothing is replaced: then `arm` does nothing and `count` stays 0.
[[nodiscard]] bool is_available();

}  // namespace paxos::node::allocation_guard
