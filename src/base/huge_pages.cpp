#include "base/huge_pages.h"

#include <sys/mman.h>

namespace paxos {
namespace {

constexpr std::size_t huge_page_size = std::size_t{2} << 20U;
constexpr std::align_val_t alignment{huge_page_size};

}  // namespace

void* allocate_huge_pages(std::size_t size) {
    // Rounds up to whole huge pages, which wastes the end of the last one. Otherwise the last part
    // of `size`, less than 2 MiB, would be in small pages. Touching that part would cause up to 512
    // page faults, which would be most of the page faults of a starting node.
    const std::size_t whole = (size + huge_page_size - 1) / huge_page_size * huge_page_size;
    void* const memory = ::operator new(whole, alignment);
    // If the kernel has no transparent huge pages, this call fails and the pages are small.
    static_cast<void>(::madvise(memory, whole, MADV_HUGEPAGE));
    return memory;
}

void free_huge_pages(void* memory) noexcept { ::operator delete(memory, alignment); }

}  // namespace paxos
