// Read access to the bytes of a node's file: a real file, or one that a test or the simulator keeps
// in memory.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>

namespace paxos::store {

class Image {
public:
    virtual ~Image() = default;
    [[nodiscard]] virtual std::uint64_t size() const = 0;
    /// Fills `into` with the bytes from `offset` on. Returns 0, or the errno. REQUIRES: the bytes
    /// are within size().
    [[nodiscard]] virtual int read(std::uint64_t offset, std::span<std::byte> into) = 0;
};

}  // namespace paxos::store
