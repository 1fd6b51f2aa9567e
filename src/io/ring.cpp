// Ring (one io_uring): opens it with the best setup flags that the kernel accepts, and handles
// missing completions.
#include "io/ring.h"

#include <bit>
#include <cerrno>
#include <cstdio>
#include <cstring>

#include <unistd.h>

#include "io/clock.h"
#include "io/fail.h"

namespace paxos::io {
namespace {

/// The time without any completion after which the completion of a request counts as lost. Every
/// request completes within the io_uring_enter that submits it, except the detached ones (ring.h).
constexpr Tick completion_timeout_ns = 2 * ns_per_second;

/// The value of sysctl kernel.io_uring_disabled, which Linux has since 6.6. 0: io_uring is allowed;
/// 1: only for root and io_uring_group; 2: forbidden; -1: there is no such sysctl.
int disabled_by_sysctl() {
    std::FILE* file = std::fopen("/proc/sys/kernel/io_uring_disabled", "re");
    if (file == nullptr) return -1;
    int value = -1;
    if (std::fscanf(file, "%d", &value) != 1) value = -1;
    std::fclose(file);
    return value;
}

/// Whether io_uring_setup would fail with this error whatever the flags are.
bool is_ban(int error) { return error == EPERM || error == EACCES || error == ENOSYS; }

/// The likely cause of an error of an io_uring call, as a predicate: "not in this kernel (EINVAL)".
std::string explain(int error) {
    const char* known = strerrorname_np(error);
    const std::string name = known == nullptr ? "" : std::string(" (") + known + ')';
    if (const int value = disabled_by_sysctl(); error == EPERM && value > 0)
        return "forbidden by sysctl kernel.io_uring_disabled=" + std::to_string(value) + name;
    if (error == EPERM || error == EACCES)
        return "forbidden, likely by a container's seccomp profile" + name;
    if (error == ENOSYS)
        return "not in this kernel, or hidden by a container's seccomp profile" + name;
    if (error == EINVAL) return "not in this kernel" + name;
    if (error == ENOMEM)
        return "refused: out of memory, or above the limit of locked memory, ulimit -l" + name;
    return std::string("refused: ") + std::strerror(error);
}

}  // namespace

Ring::~Ring() {
    if (!is_open_) return;
    // The kernel releases a closed ring some 30 ms later. Until then a registered socket would keep
    // its port.
    if (has_files_) io_uring_unregister_files(&ring_);
    io_uring_queue_exit(&ring_);
}

bool Ring::open(std::size_t requests, std::size_t first, SetupCall setup, std::string& refusals) {
    for (std::size_t i = first; i < setup_flags.size(); ++i) {
        const Refusal refusal = open_with(requests, setup_flags[i], setup);
        if (refusal.error == 0) {
            flag_set_ = i;
            return true;
        }
        if (is_ban(refusal.error)) {
            refusals = "io_uring " + refusal.text();  // The other sets fail the same way.
            return false;
        }
        refusals += std::string(refusals.empty() ? "" : "; ") + setup_flags[i].name + ' ' +
                    refusal.text();
    }
    return false;
}

std::string Ring::Refusal::text() const { return what + explain(error); }

Ring::Refusal Ring::open_with(std::size_t requests, const SetupFlags& set, SetupCall setup) {
    io_uring_params params{};
    params.flags = set.flags;
    auto entries = static_cast<unsigned>(std::bit_ceil(requests));
    // Without CQSIZE the completion queue has twice the size of the submission queue. A doubled
    // submission queue gives the completion queue the same size as with CQSIZE.
    if ((set.flags & IORING_SETUP_CQSIZE) != 0)
        params.cq_entries = 4 * entries;
    else
        entries *= 2;
    const int fd = setup(entries, &params);
    if (fd < 0) return {-fd, "is "};
    if (const int mapped = io_uring_queue_mmap(fd, &params, &ring_); mapped < 0) {
        ::close(fd);
        return {-mapped, "cannot be mapped: "};
    }
    mask_ = params.sq_entries - 1;
    tail_ = completed_ = *ring_.sq.ktail;
    enter_flags_ = 0;
    // Registering the ring's descriptor saves a look-up in each io_uring_enter. Linux before 5.18
    // refuses the registration.
    if (io_uring_register_ring_fd(&ring_) == 1) enter_flags_ |= IORING_ENTER_REGISTERED_RING;
    if (const int error = probe(); error != 0) {
        io_uring_queue_exit(&ring_);
        return {error, "cannot be entered: "};
    }
    is_open_ = true;
    return {};
}

/// Submits a NOP, because a seccomp profile may allow io_uring_setup and forbid io_uring_enter.
/// Returns 0 or an errno.
int Ring::probe() {
    io_uring_prep_nop(&request(0));
    add(0);
    io_uring_smp_store_release(ring_.sq.ktail, tail_);
    if (const int entered = enter(IORING_ENTER_GETEVENTS); entered < 0) return -entered;
    if (io_uring_cq_ready(&ring_) != 1) return EIO;  // A NOP completes while it is submitted.
    io_uring_cq_advance(&ring_, 1);
    ++completed_;
    return 0;
}

bool Ring::add_files(std::span<const int> fds) {
    has_files_ = io_uring_register_files(&ring_, fds.data(), static_cast<unsigned>(fds.size())) ==
                 0;
    return has_files_;
}

int Ring::enter(unsigned flags) {
    // The number of requests that the kernel has not consumed yet: all that were added since the
    // last run(), or the rest of these if the previous io_uring_enter consumed only some of them.
    const unsigned untaken = tail_ - io_uring_smp_load_acquire(ring_.sq.khead);
    return io_uring_enter(static_cast<unsigned>(ring_.enter_ring_fd), untaken, 0,
                          enter_flags_ | flags, nullptr);
}

Tick Ring::check_missing(int entered, std::size_t came, Tick stuck_since) {
    if (entered == -EBADR || *ring_.cq.koverflow != 0)
        fail("io_uring: the completion queue overflowed and a completion is lost", 0, __FILE__,
             __LINE__);
    // EINTR: a signal. EAGAIN, EBUSY: the kernel is short of memory, or completions must be
    // consumed first. These errors are temporary.
    if (entered < 0 && entered != -EINTR && entered != -EAGAIN && entered != -EBUSY)
        fail("io_uring_enter", -entered, __FILE__, __LINE__);
    if (came > 0) return 0;
    if (stuck_since == 0) return now();
    if (now() - stuck_since > completion_timeout_ns)
        fail("io_uring: a request has not completed within two seconds", entered < 0 ? -entered : 0,
             __FILE__, __LINE__);
    return stuck_since;
}

}  // namespace paxos::io
