// Aligned memory that the simulated worlds of a thread reuse, so that a new world causes no page
// faults.
#pragma once

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>

namespace paxos::sim {

class Memory {
public:
    /// At least `size` bytes, aligned to a cache line. The old content is lost.
    std::byte* get(std::size_t size) {
        if (size <= size_) return bytes_.get();
        size = (size + 63) / 64 * 64;
        bytes_.reset();
        bytes_.reset(static_cast<std::byte*>(std::aligned_alloc(64, size)));
        if (!bytes_) throw std::bad_alloc();
        size_ = size;
        return bytes_.get();
    }

private:
    struct Free {
        void operator()(std::byte* bytes) const { std::free(bytes); }
    };
    std::unique_ptr<std::byte, Free> bytes_;
    std::size_t size_ = 0;
};

}  // namespace paxos::sim
