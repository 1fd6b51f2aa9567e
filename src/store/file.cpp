// See file.h.
#include "store/file.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <poll.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <utility>

namespace paxos::store {
namespace {

struct flock whole_file(short type) {
    struct flock lock{};
    lock.l_type = type;
    lock.l_whence = SEEK_SET;
    return lock;  // l_start and l_len are 0, which means the whole file.
}

}  // namespace

int FileImage::open(const std::string& path) {
    // O_NONBLOCK, because opening a FIFO without it would wait for a writer.
    fd_ = Fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    struct stat status{};
    if (!fd_.is_open() || ::fstat(fd_.get(), &status) != 0) return errno;
    if (!S_ISREG(status.st_mode)) return EINVAL;
    size_ = static_cast<std::uint64_t>(status.st_size);
    // These two calls give advice, so their failures do not matter. The first call drops cached
    // pages, so that the disk is read. The second call requests read-ahead.
    static_cast<void>(::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_DONTNEED));
    static_cast<void>(::posix_fadvise(fd_.get(), 0, 0, POSIX_FADV_SEQUENTIAL));
    return 0;
}

int FileImage::read(std::uint64_t offset, std::span<std::byte> into) {
    while (!into.empty()) {
        const ssize_t got = ::pread(fd_.get(), into.data(), into.size(),
                                    static_cast<off_t>(offset));
        if (got < 0 && errno == EINTR) continue;
        if (got < 0) return errno;
        if (got == 0) return EIO;  // The file was truncated in the meantime.
        into = into.subspan(static_cast<std::size_t>(got));
        offset += static_cast<std::uint64_t>(got);
    }
    return 0;
}

bool FileImage::is_in_use() const {
    struct flock held = whole_file(F_RDLCK);
    return ::fcntl(fd_.get(), F_OFD_GETLK, &held) == 0 && held.l_type != F_UNLCK;
}

void PlainDevice::begin_write(std::uint64_t offset, std::span<const std::byte> bytes) {
    // pwritev2 only reads the bytes; iovec lacks const.
    const iovec part{const_cast<std::byte*>(bytes.data()), bytes.size()};
    ssize_t written = 0;
    do {
        written = ::pwritev2(fd_, &part, 1, static_cast<off_t>(offset), RWF_DSYNC);
    } while (written < 0 && errno == EINTR);  // EINTR: nothing was written; it is no disk error.
    result_ = written < 0 ? -errno : written;
}

std::optional<std::int64_t> PlainDevice::result() { return std::exchange(result_, std::nullopt); }

int open_for_writes(const std::string& path, Fd& fd) {
    constexpr int flags = O_RDWR | O_CLOEXEC | O_NOCTTY;
    fd = Fd(::open(path.c_str(), flags | O_DIRECT));
    if (!fd.is_open() && errno == EINVAL) fd = Fd(::open(path.c_str(), flags));
    return fd.is_open() ? 0 : errno;
}

int lock(int fd) {
    struct flock wanted = whole_file(F_WRLCK);
    if (::fcntl(fd, F_OFD_SETLK, &wanted) == 0) return 0;
    return errno == EACCES ? EAGAIN : errno;
}

void wait_until_free(const std::string& path, int ms_max) {
    constexpr int pause_ms = 2;
    FileImage image;
    if (image.open(path) != 0) return;  // The next open reports the error.
    for (int waited_ms = 0; image.is_in_use() && waited_ms < ms_max; waited_ms += pause_ms)
        ::poll(nullptr, 0, pause_ms);  // A signal only makes the next check come earlier.
}

int sync_directory(const std::string& path) {
    const Fd fd(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
    return fd.is_open() && ::fsync(fd.get()) == 0 ? 0 : errno;
}

std::string file_system_of(const std::string& path) {
    struct statfs status{};
    if (::statfs(path.c_str(), &status) != 0) return "unknown";
    struct Name {
        std::uint64_t magic;
        const char* name;
    };
    static constexpr Name names[] = {
        {EXT4_SUPER_MAGIC, "ext4"}, {XFS_SUPER_MAGIC, "xfs"},   {BTRFS_SUPER_MAGIC, "btrfs"},
        {TMPFS_MAGIC, "tmpfs"},     {F2FS_SUPER_MAGIC, "f2fs"}, {OVERLAYFS_SUPER_MAGIC, "overlay"},
        {NFS_SUPER_MAGIC, "nfs"},   {FUSE_SUPER_MAGIC, "fuse"}};
    const auto type = static_cast<std::uint32_t>(status.f_type);
    for (const Name& known : names)
        if (known.magic == type) return known.name;
    std::array<char, 24> text{};
    std::snprintf(text.data(), text.size(), "type 0x%x", type);
    return text.data();
}

}  // namespace paxos::store
