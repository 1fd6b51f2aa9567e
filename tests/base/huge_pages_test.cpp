// Tests of huge pages: they are aligned and requested from the kernel.
#include "base/huge_pages.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstdint>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace paxos::huge_pages_test {
namespace {

constexpr std::size_t huge_page_size = std::size_t{2} << 20U;

/// The flags of the mapping that contains `address`, as in "rd wr mr mw me ac hg ".
std::string flags_of(const void* address) {
    const auto wanted = reinterpret_cast<std::uintptr_t>(address);
    std::ifstream maps("/proc/self/smaps");
    bool is_inside = false;
    for (std::string line; std::getline(maps, line);) {
        std::uintptr_t first = 0, end = 0;
        char dash = 0;
        std::istringstream words(line);
        if (words >> std::hex >> first >> dash >> end && dash == '-')
            is_inside = first <= wanted && wanted < end;
        else if (is_inside && line.starts_with("VmFlags: "))
            return line.substr(9);
    }
    return "";
}

TEST(HugePages, are_aligned_and_can_be_written_to_the_last_byte) {
    for (const std::size_t size :
         {std::size_t{1}, huge_page_size - 1, huge_page_size, 3 * huge_page_size + 5000}) {
        void* const memory = allocate_huge_pages(size);
        EXPECT_EQ(reinterpret_cast<std::uintptr_t>(memory) % huge_page_size, 0U);
        std::fill_n(static_cast<std::byte*>(memory), size, std::byte{1});
        free_huge_pages(memory);
    }
}

TEST(HugePages, are_requested_from_the_kernel) {
    if (!std::ifstream("/sys/kernel/mm/transparent_hugepage/enabled"))
        GTEST_SKIP() << "this kernel has no transparent huge pages";
    const std::vector<std::uint64_t, HugePageAllocator<std::uint64_t>> numbers(huge_page_size, 7);
    EXPECT_NE(flags_of(numbers.data()).find("hg "), std::string::npos) << flags_of(numbers.data());
    EXPECT_EQ(numbers.back(), 7U);
}

}  // namespace
}  // namespace paxos::huge_pages_test
