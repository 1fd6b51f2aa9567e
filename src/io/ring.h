// One io_uring. It is opened with the best flags that the kernel accepts. Its requests are built
// once. A run submits requests and returns when they have completed.
//
// 1. One thread of one process opens and uses the ring, after any fork (SINGLE_ISSUER).
// 2. `run` returns when every request added with `add` has completed, so the kernel then uses none
//    of their buffers. Requests added with `add_detached` may complete in a later run.
// 3. Requests have fixed places in memory and are built once. Adding a request to the submission
//    queue writes only its number (four bytes), so all runs use the same cache lines of requests.
// 4. The completion queue has at least four entries for each request that can be in flight. A lost
//    completion is fatal.
// 5. A detached request is not added again before it has completed.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <string>

#include <liburing.h>

#include "io/clock.h"
#include "io/communicator.h"

namespace paxos::io {

/// A set of setup flags.
struct SetupFlags {
    unsigned flags;
    const char* name;
};
/// The flag sets, best first. SINGLE_ISSUER: the kernel need not guard against a second thread.
/// DEFER_TASKRUN: deferred work runs inside our calls of io_uring_enter; without the flag it
/// interrupts the core (29 us per message). SUBMIT_ALL: without it, one bad request stops the
/// requests behind it. COOP_TASKRUN: deferred work does not interrupt the core either, but runs at
/// any system call. CQSIZE: for invariant 4 above.
inline constexpr std::array<SetupFlags, 3> setup_flags{{
    {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL |
         IORING_SETUP_CQSIZE,
     "DEFER_TASKRUN"},
    {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_CQSIZE, "COOP_TASKRUN"},
    {0, "plain"},
}};

/// io_uring_setup, or a test's replacement: returns a descriptor or a negated errno.
using SetupCall = int (*)(unsigned entries, io_uring_params* params);

class Ring {
public:
    Ring() = default;
    ~Ring();
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    /// Opens a ring for `requests` requests and tests it with a NOP. Tries `setup_flags` in order,
    /// from index `first` on, and uses the first set that the kernel accepts. False: the kernel
    /// accepts none. `refusals` says why the kernel refused the sets before the accepted one, or
    /// why it accepts none.
    bool open(std::size_t requests, std::size_t first, SetupCall setup, std::string& refusals);
    [[nodiscard]] std::size_t flag_set() const { return flag_set_; }

    /// Registers `fds`, which saves a look-up for each request. Returns false if the kernel refuses
    /// the registration. After a registration, requests must have IOSQE_FIXED_FILE and name a file
    /// by its position in `fds`. Without it, they name a file by its descriptor.
    [[nodiscard]] bool add_files(std::span<const int> fds);

    /// The place where request `number` is built, once. The completion of the request carries its
    /// user_data.
    [[nodiscard]] io_uring_sqe& request(std::size_t number) { return ring_.sq.sqes[number]; }
    /// Adds request `number` to the next run. REQUIRES: fewer than `requests` requests (see open())
    /// were added to this run.
    void add(std::size_t number) {
        ring_.sq.array[tail_ & mask_] = static_cast<unsigned>(number);
        ++tail_;
    }
    /// Like add(), but no run waits for this request. The caller calls `settle_detached` when the
    /// request has completed.
    void add_detached(std::size_t number) {
        add(number);
        ++detached_;
    }
    void settle_detached() { --detached_; }
    /// Submits all added requests with one io_uring_enter. Calls `on_completion(user_data, result)`
    /// for each request that has completed. Calls io_uring_enter again only if a completion is
    /// missing. Adds the calls to `counters.enters`.
    template <class OnCompletion>
    void run(Counters& counters, OnCompletion&& on_completion);

private:
    /// Why a flag set was refused; error 0: it was accepted.
    struct Refusal {
        int error = 0;
        const char* what = "";
        [[nodiscard]] std::string text() const;
    };
    [[nodiscard]] Refusal open_with(std::size_t requests, const SetupFlags& set, SetupCall setup);
    [[nodiscard]] int probe();
    [[nodiscard]] int enter(unsigned flags);
    /// Handles an io_uring_enter that failed, or after which completions are missing. Aborts if no
    /// further call can bring them. Returns the time since which calls have brought no completion,
    /// or 0 if this call brought some (`came`).
    [[nodiscard]] Tick check_missing(int entered, std::size_t came, Tick stuck_since);

    io_uring ring_{};
    bool is_open_ = false;
    bool has_files_ = false;
    std::size_t flag_set_ = 0;
    unsigned enter_flags_ = 0;  ///< Flags of every enter.
    unsigned mask_ = 0;         ///< Number of entries of the submission queue, minus one.
    unsigned tail_ = 0;         ///< Our tail of the submission queue.
    /// Number of requests completed since the ring was opened. Equals tail_ if none is in flight.
    unsigned completed_ = 0;
    unsigned detached_ = 0;  ///< Detached requests in flight.
};

template <class OnCompletion>
void Ring::run(Counters& counters, OnCompletion&& on_completion) {
    // Release: the kernel must see the numbers before the tail that covers them.
    io_uring_smp_store_release(ring_.sq.ktail, tail_);
    Tick stuck_since = 0;
    // Requests that are not detached do not block, so they complete while the first call submits
    // them. DEFER_TASKRUN defers later completions until a call with GETEVENTS. That flag costs a
    // tenth of an empty io_uring_enter, so the first call has it only if a detached request is in
    // flight. In that case the call is made even if no other request was added. Further calls are
    // made only while a completion is missing, and always have the flag.
    bool has_detached = detached_ != 0;
    for (unsigned flags = has_detached ? IORING_ENTER_GETEVENTS : 0;
         has_detached || completed_ + detached_ != tail_; flags = IORING_ENTER_GETEVENTS) {
        has_detached = false;
        ++counters.enters;
        const int entered = enter(flags);
        unsigned head = 0;
        unsigned came = 0;
        io_uring_cqe* completion = nullptr;
        io_uring_for_each_cqe(&ring_, head, completion) {
            on_completion(completion->user_data, completion->res);
            ++came;
        }
        io_uring_cq_advance(&ring_, came);
        completed_ += came;
        if (completed_ + detached_ != tail_ || entered < 0) [[unlikely]]
            stuck_since = check_missing(entered, came, stuck_since);
    }
}

}  // namespace paxos::io
