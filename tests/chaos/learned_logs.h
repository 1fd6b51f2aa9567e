// Class LearnedLogs: reads the logs of all nodes of a run, dead nodes included, from the files that
// the nodes themselves wrote (src/node/learned_log.h), and compares the logs slot by slot.
#pragma once

#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <span>
#include <string>
#include <vector>

#include "node/learned_log.h"

namespace paxos::chaos {

class LearnedLogs {
public:
    LearnedLogs(const std::filesystem::path& folder, std::size_t nodes) : logs_(nodes) {
        for (std::size_t node = 0; node < nodes; ++node)
            logs_[node] = map(folder / ("n" + std::to_string(node) + ".log"));
        for (Slot slot = 0; slot < node::LearnedEntry::count_max; ++slot) compare(slot);
    }
    ~LearnedLogs() {
        for (const auto& log : logs_)
            if (!log.empty())
                ::munmap(const_cast<node::LearnedEntry*>(log.data()), log.size_bytes());
    }
    LearnedLogs(const LearnedLogs&) = delete;
    LearnedLogs& operator=(const LearnedLogs&) = delete;

    /// Names the first slot for which two nodes learned different values or an entry is damaged.
    /// Empty if there is no such slot.
    [[nodiscard]] const std::string& difference() const { return difference_; }
    /// Number of slots that at least two nodes have learned.
    [[nodiscard]] std::uint64_t compared() const { return compared_; }
    /// Number of slots that `node` has learned.
    [[nodiscard]] std::uint64_t entries(std::size_t node) const { return entries_[node]; }

private:
    using Log = std::span<const node::LearnedEntry>;

    /// Maps the file of a node. Returns an empty log if the file is missing or incomplete.
    static Log map(const std::filesystem::path& path) {
        constexpr std::size_t size = node::LearnedEntry::count_max * sizeof(node::LearnedEntry);
        const int fd = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
        if (fd < 0) return {};
        struct stat status{};
        const bool is_whole = ::fstat(fd, &status) == 0 &&
                              static_cast<std::size_t>(status.st_size) == size;
        void* const address = is_whole ? ::mmap(nullptr, size, PROT_READ, MAP_SHARED, fd, 0)
                                       : MAP_FAILED;
        ::close(fd);
        if (address == MAP_FAILED) return {};
        return {static_cast<const node::LearnedEntry*>(address), node::LearnedEntry::count_max};
    }

    void compare(Slot slot) {
        const node::LearnedEntry* first = nullptr;
        std::size_t first_node = 0, holders = 0;
        for (std::size_t node = 0; node < logs_.size(); ++node) {
            if (logs_[node].empty() || logs_[node][slot].slot_end == 0) continue;
            const node::LearnedEntry& entry = logs_[node][slot];
            ++holders;
            ++entries_[node];
            if (entry.slot_end != slot + 1 || entry.ballot == 0)
                note("n" + std::to_string(node) + " has a damaged entry", slot);
            if (first == nullptr) {
                first = &entry;
                first_node = node;
            } else if (entry.value != first->value) {
                note("n" + std::to_string(first_node) + " and n" + std::to_string(node) +
                         " have learned different values",
                     slot);
            }
        }
        compared_ += holders >= 2;
    }
    void note(const std::string& what, Slot slot) {
        if (difference_.empty()) difference_ = what + " in slot " + std::to_string(slot);
    }

    std::vector<Log> logs_;
    std::vector<std::uint64_t> entries_ = std::vector<std::uint64_t>(logs_.size());
    std::string difference_;
    std::uint64_t compared_ = 0;
};

}  // namespace paxos::chaos
