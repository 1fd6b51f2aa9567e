// Calls sched_setaffinity and sched_getaffinity with sets that are as large as the machine needs.
#include "io/cores.h"

#include <cerrno>
#include <cstring>

#include <sched.h>

namespace paxos::io {
namespace {

/// More cores than any machine has. sched_getaffinity refuses a set smaller than the kernel's own.
constexpr int cores_max = 1 << 16;

/// A set of cores that has a bit for each core below `cores`.
class CoreSet {
public:
    explicit CoreSet(int cores)
        : size_(CPU_ALLOC_SIZE(static_cast<std::size_t>(cores))),
          words_(size_ / sizeof(unsigned long), 0UL) {}
    [[nodiscard]] cpu_set_t* get() { return reinterpret_cast<cpu_set_t*>(words_.data()); }
    [[nodiscard]] std::size_t size() const { return size_; }
    [[nodiscard]] int cores() const { return static_cast<int>(size_ * 8); }
    [[nodiscard]] bool has(int core) const {
        const auto bit = static_cast<std::size_t>(core);
        return words_[bit / word_bits] >> bit % word_bits & 1;
    }
    void add(int core) {
        const auto bit = static_cast<std::size_t>(core);
        words_[bit / word_bits] |= 1UL << bit % word_bits;
    }

private:
    static constexpr std::size_t word_bits = sizeof(unsigned long) * 8;
    std::size_t size_;
    std::vector<unsigned long> words_;
};

}  // namespace

std::vector<int> affinity_mask(std::string& error, int process) {
    for (int cores = 1024; cores <= cores_max; cores *= 2) {
        CoreSet set(cores);
        if (sched_getaffinity(process, set.size(), set.get()) != 0) {
            if (errno == EINVAL) continue;  // The kernel's set is larger.
            break;
        }
        std::vector<int> mine;
        for (int core = 0; core < set.cores(); ++core)
            if (set.has(core)) mine.push_back(core);
        return mine;
    }
    error = std::string("sched_getaffinity: ") + std::strerror(errno);
    return {};
}

bool pin_to(int core, std::string& error) {
    if (core < 0 || core >= cores_max) {
        error = "core " + std::to_string(core) + ": no such core";
        return false;
    }
    CoreSet set(core + 1);
    set.add(core);
    if (sched_setaffinity(0, set.size(), set.get()) == 0) return true;
    error = "core " + std::to_string(core) + ": sched_setaffinity: " + std::strerror(errno) +
            (errno == EINVAL ? " (no such core, or not in this process's cpuset)" : "");
    return false;
}

void yield() { sched_yield(); }  // Cannot fail on Linux (sched_yield(2)).

}  // namespace paxos::io
