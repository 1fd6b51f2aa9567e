// Durable writes to a node's file. PlainDevice (file.h) writes with pwritev2, CommunicatorDevice
// (node/storage.h) through the io_uring of a running node. The devices of tests and of the
// simulator keep what is written and inject faults.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>

namespace paxos::store {

class Device {
public:
    virtual ~Device() = default;
    /// Begins to write `bytes` at `offset`. When the write has succeeded, the bytes are durable.
    /// They must not change until the write has ended. REQUIRES: no write is in progress; `bytes`,
    /// their size and `offset` are aligned to blocks.
    virtual void begin_write(std::uint64_t offset, std::span<const std::byte> bytes) = 0;
    /// The result of the write in progress, returned once: the number of bytes written, or a
    /// negative errno. None: the write has not ended.
    [[nodiscard]] virtual std::optional<std::int64_t> result() = 0;
};

}  // namespace paxos::store
