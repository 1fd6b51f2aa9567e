#include "base/huge_pages.h"

#include <sys/mman.h>

namespace paxos {
namespace {

constexpr std::size_t huge_page_size = std::size_t{2} << 20U;
constexpr std::align_val_t alignment{huge_page_size};

}  // namespace

void* allocate_huge_pages(std::size_t size) {
    // The end of the last huge page is lost. In small pages, the 500 page faults of an end of 2 MB
    // would be most of those of the start.
    const std::size_t whole = (size + huge_page_size - 1) / huge_page_size * huge_page_size;
    void* const memory = ::operator new(whole, alignment);
    // Refused by a kernel without transparent huge pages, which then uses small ones.
    static_cast<void>(::madvise(memory, whole, MADV_HUGEPAGE));
    return memory;
}

void free_huge_pages(void* memory) noexcept { ::operator delete(memory, alignment); }

}  // namespace paxos
