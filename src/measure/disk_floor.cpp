// See disk_floor.h.
#include "measure/disk_floor.h"

#include <array>
#include <atomic>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <memory>
#include <new>
#include <vector>

#include <fcntl.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/fd.h"
#include "base/histogram.h"
#include "base/shared_memory.h"
#include "paxos/limits.h"

namespace paxos::measure {
namespace {

constexpr std::uint64_t duration_ns = 200'000'000;
constexpr std::size_t block_size = 4096;
// Blocks of a file. After the last block, the first one is rewritten.
constexpr std::size_t blocks = 256;

struct alignas(block_size) Block {
    std::array<std::byte, block_size> bytes;
};

/// Memory that the processes share. All bytes are zero at first.
struct Shared {
    std::atomic<std::uint64_t> is_begun;
    std::array<Histogram, limits::nodes_max> durations;
};

std::uint64_t now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(time.tv_nsec);
}

class DiskFloor {
public:
    explicit DiskFloor(std::string& problem) : problem_(problem) {}
    ~DiskFloor() {
        for (const pid_t process : processes_) static_cast<void>(::kill(process, SIGKILL));
        reap();
    }
    DiskFloor(const DiskFloor&) = delete;
    DiskFloor& operator=(const DiskFloor&) = delete;

    [[nodiscard]] double run(const std::string& directory, std::size_t processes) {
        if (!memory_.map("paxos_fast disk floor", sizeof(Shared), problem_)) return 0;
        for (std::size_t i = 0; i < processes; ++i) {
            new (&shared().durations[i]) Histogram;
            if (!make_file(directory) || !start(i)) return 0;
        }
        shared().is_begun = 1;
        reap();
        const auto all = std::make_unique<Histogram>();
        for (std::size_t i = 0; i < processes; ++i) all->merge(shared().durations[i]);
        if (all->samples() == 0) problem_ = "no write succeeded";
        return static_cast<double>(all->percentile(0.5));
    }

private:
    [[nodiscard]] Shared& shared() const { return *static_cast<Shared*>(memory_.get()); }

    bool refuse(const std::string& what) {
        problem_ = what + ": " + std::strerror(errno);
        return false;
    }
    /// Creates a file, unlinks it and writes its blocks. The name of the file is random, because
    /// launchers of other nodes may create files in the same directory.
    bool make_file(const std::string& directory) {
        const std::string pattern = directory + "/floor-XXXXXX";
        std::string path = pattern;
        Fd file(::mkostemp(path.data(), O_CLOEXEC | O_DIRECT));
        if (!file.is_open() && errno == EINVAL) {
            path = pattern;
            file = Fd(::mkostemp(path.data(), O_CLOEXEC));
        }
        if (!file.is_open()) return refuse(directory);
        static_cast<void>(::unlink(path.c_str()));
        const std::vector<Block> zeros(blocks);
        const auto size = static_cast<ssize_t>(zeros.size() * block_size);
        if (::pwrite(file.get(), zeros.data(), zeros.size() * block_size, 0) != size ||
            ::fsync(file.get()) != 0)
            return refuse(path);
        files_.push_back(std::move(file));
        return true;
    }
    bool start(std::size_t index) {
        const pid_t parent = ::getpid();
        // Allocated before the fork: another thread may hold the allocator's locks during the fork,
        // and they would stay locked in the child.
        const auto block = std::make_unique<Block>();
        block->bytes.fill(std::byte{'x'});
        const pid_t process = ::fork();
        if (process < 0) return refuse("fork");
        if (process == 0) {
            // The kernel kills the process when its parent ends. getppid detects a parent that
            // ended before prctl.
            if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || ::getppid() != parent) ::_exit(1);
            write_blocks(files_[index].get(), *block, shared().durations[index]);
            ::_exit(0);
        }
        processes_.push_back(process);
        return true;
    }
    void write_blocks(int file, Block& block, Histogram& durations) const {
        const iovec part{block.bytes.data(), block_size};
        while (shared().is_begun == 0) ::sched_yield();
        std::uint64_t at = now();
        const std::uint64_t end = at + duration_ns;
        for (std::size_t i = 0; at < end; ++i) {
            const auto offset = static_cast<off_t>(i % blocks * block_size);
            if (::pwritev2(file, &part, 1, offset, RWF_DSYNC) != block_size) ::_exit(1);
            const std::uint64_t then = at;
            at = now();
            durations.record(at - then);
        }
    }
    void reap() {
        for (const pid_t process : processes_)
            while (::waitpid(process, nullptr, 0) < 0 && errno == EINTR) {}
        processes_.clear();
    }

    std::string& problem_;
    SharedMemory memory_;
    std::vector<Fd> files_;
    std::vector<pid_t> processes_;
};

}  // namespace

double measure_disk_floor(const std::string& directory, std::size_t processes,
                          std::string& problem) {
    return DiskFloor(problem).run(directory, processes);
}

}  // namespace paxos::measure
