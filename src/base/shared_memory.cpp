// See shared_memory.h.
#include "base/shared_memory.h"

#include <cerrno>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "paxos/assert.h"

namespace paxos {
namespace {

/// Resizes `fd` to `size` bytes, seals it and maps it. Returns the name of the call that failed
/// (errno has the reason), or null.
const char* map_descriptor(int fd, std::size_t size, void*& address) {
    if (::ftruncate(fd, static_cast<off_t>(size)) != 0) return "ftruncate";
    if (::fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_SEAL) != 0)
        return "F_ADD_SEALS";
    void* const mapped = ::mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    if (mapped == MAP_FAILED) return "mmap";
    address = mapped;
    return nullptr;
}

}  // namespace

bool SharedMemory::map(const char* name, std::size_t size, std::string& error) {
    PAXOS_ASSERT(address_ == nullptr);
    const int fd = ::memfd_create(name, MFD_CLOEXEC | MFD_ALLOW_SEALING);
    const char* const failed = fd < 0 ? "memfd_create" : map_descriptor(fd, size, address_);
    const int reason = errno;
    if (fd >= 0) ::close(fd);  // The mapping stays valid.
    if (failed == nullptr) {
        size_ = size;
        return true;
    }
    error = std::string("shared memory: ") + failed + " of " + std::to_string((size + 1023) >> 10) +
            " KiB: " + std::strerror(reason);
    if (reason == EMFILE || reason == ENFILE)
        error += ": raise the limit of open files (ulimit -n)";
    if (reason == EFBIG) error += ": raise the limit of the file size (ulimit -f)";
    if (reason == ENOMEM) error += ": raise the limit (ulimit -v) or free memory";
    return false;
}

SharedMemory::~SharedMemory() {
    // munmap cannot fail here, because the memory was mapped at this address with this size.
    if (address_ != nullptr) ::munmap(address_, size_);
}

}  // namespace paxos
