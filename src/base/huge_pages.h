// Memory in huge pages, for what a node allocates once and uses until it ends. Before the run
// starts, a node touches 15 MB, and a durable node 40 MB. With small pages this would take
// thousands of page faults, each of which costs microseconds under a hypervisor.
#pragma once

#include <cstddef>
#include <new>

namespace paxos {

/// `size` bytes, aligned to 2 MiB and not initialised. The pages are huge if the kernel has huge
/// pages, otherwise small. Fails like operator new. REQUIRES: `size` is far below SIZE_MAX.
[[nodiscard]] void* allocate_huge_pages(std::size_t size);
/// Frees `memory`, which allocate_huge_pages() returned.
void free_huge_pages(void* memory) noexcept;

/// An allocator for containers. REQUIRES: the size in bytes is far below SIZE_MAX.
template <class T>
struct HugePageAllocator {
    using value_type = T;  // NOLINT(readability-identifier-naming): the name that containers use

    [[nodiscard]] T* allocate(std::size_t count) {
        return static_cast<T*>(allocate_huge_pages(count * sizeof(T)));
    }
    void deallocate(T* memory, std::size_t /*count*/) noexcept { free_huge_pages(memory); }
    friend bool operator==(const HugePageAllocator&, const HugePageAllocator&) = default;
};

}  // namespace paxos
