#include "node/learned_log.h"

#include <atomic>
#include <cstdlib>
#include <cstring>

#include <fcntl.h>
#include <sys/mman.h>
#include <unistd.h>

namespace paxos::node {
namespace {

constexpr std::size_t file_size = LearnedEntry::count_max * sizeof(LearnedEntry);

}  // namespace

std::unique_ptr<LearnedLog> LearnedLog::open(NodeId self, bool continues, std::string& error) {
    const char* const folder = std::getenv("LEARNED_LOG_FOLDER");
    if (folder == nullptr || *folder == '\0') return nullptr;
    const std::string path = std::string(folder) + "/n" + std::to_string(self) + ".log";
    const auto fail = [&](int reason) {
        error = path + ": " + std::strerror(reason) +
                ": LEARNED_LOG_FOLDER must be a writable folder with " +
                std::to_string(file_size >> 20) + " MiB free for each node";
        return nullptr;
    };
    const int fd = ::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | (continues ? 0 : O_TRUNC),
                          0600);
    if (fd < 0) return fail(errno);
    // Allocates the blocks now. Without this, a store to the mapping would raise SIGBUS on a full
    // disk.
    if (const int reason = ::posix_fallocate(fd, 0, file_size); reason != 0) {
        ::close(fd);
        return fail(reason);
    }
    void* const address = ::mmap(nullptr, file_size, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
    const int reason = errno;
    ::close(fd);  // The mapping stays valid.
    if (address == MAP_FAILED) return fail(reason);
    return std::unique_ptr<LearnedLog>(new LearnedLog(static_cast<LearnedEntry*>(address)));
}

LearnedLog::~LearnedLog() { ::munmap(entries_, file_size); }  // Cannot fail on a valid mapping.

void LearnedLog::add(Slot slot, Ballot ballot, const Value& value) {
    if (slot >= LearnedEntry::count_max) return;
    LearnedEntry& entry = entries_[slot];
    entry.ballot = ballot.bits();
    entry.value = value;
    // Stored last: if the node is killed before this store, the slot counts as not learned.
    std::atomic_ref(entry.slot_end).store(slot + 1, std::memory_order_release);
}

}  // namespace paxos::node
