// Access to a node's file: reads for recovery, durable writes through pwritev2, and the lock.
#pragma once

#include <string>

#include "base/fd.h"
#include "store/device.h"
#include "store/image.h"

namespace paxos::store {

/// Reads through the page cache, which reads ahead.
class FileImage : public Image {
public:
    /// Opens `path` for reading. Returns 0 or the errno; EINVAL: not a regular file.
    [[nodiscard]] int open(const std::string& path);
    [[nodiscard]] std::uint64_t size() const override { return size_; }
    [[nodiscard]] int read(std::uint64_t offset, std::span<std::byte> into) override;
    /// Whether a process has locked the file for a node.
    [[nodiscard]] bool is_in_use() const;

private:
    Fd fd_;
    std::uint64_t size_ = 0;
};

/// Writes with pwritev2 and RWF_DSYNC. begin_write() waits for the disk.
class PlainDevice : public Device {
public:
    /// The caller keeps `fd` open.
    explicit PlainDevice(int fd) : fd_(fd) {}
    void begin_write(std::uint64_t offset, std::span<const std::byte> bytes) override;
    [[nodiscard]] std::optional<std::int64_t> result() override;

private:
    int fd_;
    std::optional<std::int64_t> result_;
};

/// Opens `path` for durable writes. They bypass the page cache, unless the file system has no
/// O_DIRECT. Returns 0 or the errno.
[[nodiscard]] int open_for_writes(const std::string& path, Fd& fd);

/// Locks the whole file for the open file description of `fd` (S27). The kernel releases the lock
/// when no descriptor and no write in progress uses the description any more. So the next process
/// that locks the file never reads it while it still changes. Returns 0 or the errno; EAGAIN:
/// another process holds the lock.
[[nodiscard]] int lock(int fd);

/// Waits until no process has locked the file, at most for `ms_max` ms. The wait is needed because
/// the io_uring of a process that has just died keeps its files open for some 45 ms.
void wait_until_free(const std::string& path, int ms_max);

/// Makes the names in a directory durable. Returns 0 or the errno.
[[nodiscard]] int sync_directory(const std::string& path);

/// The type of the file system of `path`, such as "ext4" or "tmpfs"; "type 0x..." if this function
/// does not know the name of the type, "unknown" if statfs() fails.
[[nodiscard]] std::string file_system_of(const std::string& path);

}  // namespace paxos::store
