// The allocation guard: counts the allocations of this process. While the guard is armed, every
// allocation aborts the process.
//
// It enforces that a node allocates nothing after the start barrier. Linking allocation_guard.cpp
// replaces malloc and operator new with versions that check a plain flag and call the linked
// allocator (mimalloc if present, otherwise the C library's).
//
// 1. Freeing memory does not count as an allocation.
// 2. Sanitizer builds replace and count nothing. A static build replaces only operator new, because
//    malloc in the C library's archive cannot be replaced. `is_available` says whether arming has
//    an effect.
// 3. Flag and count are not atomic, because they are meant for processes with one thread. With more
//    threads the count may miss some allocations.
#pragma once

#include <cstdint>

namespace paxos::node::allocation_guard {

/// From now on an allocation prints its size and a backtrace to stderr and aborts.
void arm();
void disarm();
/// Allocations since the process started, including reallocations. A forked process continues its
/// parent's count.
[[nodiscard]] std::uint64_t count();
/// If false, nothing is replaced, `arm` does nothing, and `count` stays 0.
[[nodiscard]] bool is_available();

}  // namespace paxos::node::allocation_guard
