// Replaces malloc, operator new and their relatives. Each replacement that allocates calls `note`,
// then an entry point of the linked allocator. Both glibc and libmimalloc.so export __libc_malloc
// and the like, so the same forwarding works with either.
#include "node/allocation_guard.h"

#include <cerrno>
#include <cstddef>
#include <cstdio>
#include <cstdlib>
#include <new>

#include <execinfo.h>
#include <unistd.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || \
    __has_feature(memory_sanitizer)
#define PAXOS_GUARD_OFF
#endif
#endif
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define PAXOS_GUARD_OFF
#endif

namespace paxos::node::allocation_guard {
namespace {

bool armed = false;
std::uint64_t allocations = 0;

}  // namespace

bool is_available() {
#ifdef PAXOS_GUARD_OFF
    return false;
#else
    return true;
#endif
}

void arm() { armed = is_available(); }

void disarm() { armed = false; }

std::uint64_t count() { return allocations; }

}  // namespace paxos::node::allocation_guard

#ifndef PAXOS_GUARD_OFF

namespace {

namespace guard = paxos::node::allocation_guard;

[[noreturn]] void report(const char* how, std::size_t size, const char* why) {
    guard::armed = false;
    char text[128];
    const int length = std::snprintf(text, sizeof text, "paxos_fast: %s of %zu bytes: %s\n", how,
                                     size, why);
    if (length > 0 && ::write(STDERR_FILENO, text, static_cast<std::size_t>(length)) > 0) {
        // The guard is disarmed already, because the first backtrace loads a library and allocates.
        void* calls[32];
        ::backtrace_symbols_fd(calls, ::backtrace(calls, 32), STDERR_FILENO);
    }
    std::abort();
}

inline void note(const char* how, std::size_t size) {
    ++guard::allocations;
    if (__builtin_expect(guard::armed, 0)) report(how, size, "nothing may be allocated now");
}

}  // namespace

#ifndef PAXOS_STATIC

extern "C" {

// NOLINTBEGIN(bugprone-reserved-identifier, readability-identifier-naming): the allocator's names.
void* __libc_malloc(std::size_t size);
void* __libc_calloc(std::size_t count, std::size_t size);
void* __libc_realloc(void* old, std::size_t size);
void* __libc_memalign(std::size_t alignment, std::size_t size);
void __libc_free(void* old);
// NOLINTEND(bugprone-reserved-identifier, readability-identifier-naming)

}  // extern "C"

namespace {

void* take(std::size_t size) { return __libc_malloc(size); }
void* take(std::size_t size, std::size_t alignment) {
    // libmimalloc 2.0.9 misaligns a size of 256, 512 or 1024 bytes if 128 < alignment <= size;
    // other sizes are correct.
    const bool suspect = alignment > 128 && size <= 1024 && (size & (size - 1)) == 0;
    return __libc_memalign(alignment, suspect ? size + 16 : size);
}
void give_back(void* old) { __libc_free(old); }

}  // namespace

extern "C" {

void* malloc(std::size_t size) {
    note("malloc", size);
    return __libc_malloc(size);
}
void* calloc(std::size_t count, std::size_t size) {
    note("calloc", size * count);
    return __libc_calloc(count, size);
}
void* realloc(void* old, std::size_t size) {
    note("realloc", size);
    return __libc_realloc(old, size);
}
void* memalign(std::size_t alignment, std::size_t size) {
    note("memalign", size);
    return take(size, alignment);
}
void* aligned_alloc(std::size_t alignment, std::size_t size) {
    note("aligned_alloc", size);
    return take(size, alignment);
}
int posix_memalign(void** place, std::size_t alignment, std::size_t size) {
    note("posix_memalign", size);
    if (alignment % sizeof(void*) != 0 || (alignment & (alignment - 1)) != 0 || alignment == 0)
        return EINVAL;
    void* const memory = take(size, alignment);
    if (memory == nullptr) return ENOMEM;
    *place = memory;
    return 0;
}
void free(void* old) { __libc_free(old); }

}  // extern "C"

#else

namespace {
void* take(std::size_t size) { return std::malloc(size); }
void* take(std::size_t size, std::size_t alignment) {
    return std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment);
}
void give_back(void* old) { std::free(old); }
}  // namespace

#endif  // PAXOS_STATIC

// libmimalloc.so's operator new does not call malloc, so operator new is replaced as well.

namespace {

/// Returns `memory`. If it is null, ends the process with a message and exit code 3 (the host is
/// not fit), because this folder is compiled without exceptions.
void* present(void* memory, std::size_t size) {
    if (memory != nullptr) [[likely]]
        return memory;
    char text[160];
    const int length = std::snprintf(
        text, sizeof text,
        "paxos_fast: out of memory: an allocation of %zu bytes failed; "
        "raise the limit (ulimit -v) or free memory\n",
        size);
    // A failed write is ignored, because the exit code still reports the error.
    [[maybe_unused]] const ssize_t written = ::write(STDERR_FILENO, text,
                                                     static_cast<std::size_t>(length));
    ::_exit(3);
}

}  // namespace

void* operator new(std::size_t size) {
    note("operator new", size);
    return present(take(size == 0 ? 1 : size), size);
}
void* operator new[](std::size_t size) { return ::operator new(size); }
void* operator new(std::size_t size, const std::nothrow_t&) noexcept {
    note("operator new", size);
    return take(size == 0 ? 1 : size);
}
void* operator new[](std::size_t size, const std::nothrow_t& tag) noexcept {
    return ::operator new(size, tag);
}
void* operator new(std::size_t size, std::align_val_t alignment) {
    note("operator new", size);
    return present(take(size == 0 ? 1 : size, static_cast<std::size_t>(alignment)), size);
}
void* operator new[](std::size_t size, std::align_val_t alignment) {
    return ::operator new(size, alignment);
}
void* operator new(std::size_t size, std::align_val_t alignment, const std::nothrow_t&) noexcept {
    note("operator new", size);
    return take(size == 0 ? 1 : size, static_cast<std::size_t>(alignment));
}
void* operator new[](std::size_t size, std::align_val_t alignment,
                     const std::nothrow_t& tag) noexcept {
    return ::operator new(size, alignment, tag);
}

void operator delete(void* old) noexcept { give_back(old); }
void operator delete[](void* old) noexcept { give_back(old); }
void operator delete(void* old, std::size_t) noexcept { give_back(old); }
void operator delete[](void* old, std::size_t) noexcept { give_back(old); }
void operator delete(void* old, std::align_val_t) noexcept { give_back(old); }
void operator delete[](void* old, std::align_val_t) noexcept { give_back(old); }
void operator delete(void* old, std::size_t, std::align_val_t) noexcept { give_back(old); }
void operator delete[](void* old, std::size_t, std::align_val_t) noexcept { give_back(old); }
void operator delete(void* old, const std::nothrow_t&) noexcept { give_back(old); }
void operator delete[](void* old, const std::nothrow_t&) noexcept { give_back(old); }
void operator delete(void* old, std::align_val_t, const std::nothrow_t&) noexcept {
    give_back(old);
}
void operator delete[](void* old, std::align_val_t, const std::nothrow_t&) noexcept {
    give_back(old);
}

#endif  // PAXOS_GUARD_OFF
