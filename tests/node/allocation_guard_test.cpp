// While the allocation guard is armed, an allocation prints the allocating function and aborts the
// program. Otherwise the guard only counts allocations.
#include "node/allocation_guard.h"

#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <vector>

#include <gtest/gtest.h>

namespace paxos::node::allocation_guard_test {
namespace {

/// Keeps the compiler from removing an allocation together with its release.
void keep(void* memory) { asm volatile("" : : "r"(memory) : "memory"); }

class AllocationGuard : public testing::Test {
protected:
    void SetUp() override {
        if (!allocation_guard::is_available())
            GTEST_SKIP() << "under a sanitizer the guard does not replace the allocator";
    }
};

TEST_F(AllocationGuard, counts_operator_new) {
    const std::uint64_t before = allocation_guard::count();
    auto one = std::make_unique<std::uint64_t>(1);
    keep(one.get());
    std::vector<int> many(1000);
    keep(many.data());
    EXPECT_EQ(allocation_guard::count(), before + 2);
}

TEST_F(AllocationGuard, freeing_is_not_counted) {
    auto one = std::make_unique<std::uint64_t>(1);
    keep(one.get());
    const std::uint64_t before = allocation_guard::count();
    one.reset();
    EXPECT_EQ(allocation_guard::count(), before);
}

TEST_F(AllocationGuard, allows_free_while_armed_and_everything_once_disarmed) {
    auto one = std::make_unique<std::uint64_t>(1);
    keep(one.get());
    allocation_guard::arm();
    one.reset();
    allocation_guard::disarm();
    one = std::make_unique<std::uint64_t>(2);
    keep(one.get());
    EXPECT_EQ(*one, 2U);
}

TEST_F(AllocationGuard, aligned_memory_is_aligned_and_counted) {
    const std::uint64_t before = allocation_guard::count();
    std::uint64_t taken = 0;
    for (std::size_t alignment = 16; alignment <= 8192; alignment *= 2) {
        for (std::size_t size = 1; size <= 16384; size = size < 64 ? size + 1 : size * 2) {
            void* const memory = ::operator new(size, std::align_val_t{alignment});
            keep(memory);
            ASSERT_EQ(reinterpret_cast<std::uintptr_t>(memory) % alignment, 0U)
                << size << " bytes with alignment " << alignment;
            ::operator delete(memory, std::align_val_t{alignment});
            ++taken;
        }
    }
    EXPECT_EQ(allocation_guard::count(), before + taken);
}

using AllocationGuardDeath = AllocationGuard;

TEST_F(AllocationGuardDeath, operator_new_while_armed_aborts_with_a_message) {
    EXPECT_EXIT(
        {
            allocation_guard::arm();
            keep(::operator new(24));
            std::_Exit(0);
        },
        testing::KilledBySignal(SIGABRT), "operator new of 24 bytes: nothing may be allocated now");
}

TEST_F(AllocationGuardDeath, a_vector_that_grows_while_armed_aborts) {
    std::vector<int> full(4);
    EXPECT_EXIT(
        {
            allocation_guard::arm();
            full.resize(5000);
            std::_Exit(0);
        },
        testing::KilledBySignal(SIGABRT), "operator new of 20000 bytes");
}

#ifndef PAXOS_STATIC
TEST_F(AllocationGuard, counts_allocations_by_C_functions) {
    const std::uint64_t before = allocation_guard::count();
    void* const first = std::malloc(100);
    keep(first);
    void* const second = std::calloc(3, 100);
    keep(second);
    void* const third = std::realloc(first, 100000);
    keep(third);
    void* fourth = nullptr;
    EXPECT_EQ(posix_memalign(&fourth, 4096, 100), 0);
    EXPECT_EQ(reinterpret_cast<std::uintptr_t>(fourth) % 4096, 0U);
    void* const fifth = std::aligned_alloc(64, 128);
    keep(fifth);
    EXPECT_EQ(allocation_guard::count(), before + 5);
    std::free(second);
    std::free(third);
    std::free(fourth);
    std::free(fifth);
}

TEST_F(AllocationGuardDeath, malloc_inside_the_C_library_while_armed_aborts) {
    EXPECT_EXIT(
        {
            allocation_guard::arm();
            keep(::strdup("eleven byte"));
            std::_Exit(0);
        },
        testing::KilledBySignal(SIGABRT), "malloc of 12 bytes: nothing may be allocated now");
}
#endif

}  // namespace
}  // namespace paxos::node::allocation_guard_test
