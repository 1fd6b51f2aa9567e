// Memory that this process shares with the processes that it forks later.
//
// 1. The memory is one sealed memfd, so no process can shrink it. If a process shrank it, accesses
//    by the other processes would fault.
// 2. The descriptor is closed as soon as the memory is mapped, so only children share the memory.
// 3. Pages that no process touches use no physical memory.
#pragma once

#include <cstddef>
#include <string>

namespace paxos {

class SharedMemory {
public:
    SharedMemory() = default;
    SharedMemory(const SharedMemory&) = delete;
    SharedMemory& operator=(const SharedMemory&) = delete;
    ~SharedMemory();

    /// Maps `size` bytes, all zero. /proc/PID/maps shows them under `name`. False: `error` says
    /// what failed and why, and gives the remedy if one is known. REQUIRES: nothing is mapped yet.
    [[nodiscard]] bool map(const char* name, std::size_t size, std::string& error);
    /// The memory, page-aligned; null if nothing is mapped.
    [[nodiscard]] void* get() const { return address_; }

private:
    void* address_ = nullptr;
    std::size_t size_ = 0;
};

}  // namespace paxos
