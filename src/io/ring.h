// One io_uring: opened down a ladder of flags, filled with requests built once, run until each has
// completed.
//
// 1. Opened and used by one thread of one process, after any fork (SINGLE_ISSUER; io-facts 1).
// 2. `run` returns when every request added since the last `run` has completed: no buffer is then
//    the kernel's.
// 3. Requests stand in fixed places of the submission queue's memory, built once. The queue itself
//    holds their numbers, so a turn writes four bytes a request and always touches the same few
//    cache lines.
// 4. The completion queue holds four times what can be in flight (io-facts 9). Losing a completion
//    ends the program.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include <liburing.h>

#include "io/communicator.h"

namespace paxos::io {

/// One step of the ladder: what the ring is asked to be.
struct Rung {
    unsigned flags;
    const char* name;
};
/// From the best down (io-facts 2). SINGLE_ISSUER: the kernel need not guard against a second
/// thread. DEFER_TASKRUN: leftover work runs inside our enters, never as an interrupt to the core
/// (29 us a message without it). SUBMIT_ALL: one bad request does not stop those behind it.
/// COOP_TASKRUN: no interrupt either, but work is run at any system call. CQSIZE: see 4.
inline constexpr std::array<Rung, 3> rungs{{
    {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_DEFER_TASKRUN | IORING_SETUP_SUBMIT_ALL |
         IORING_SETUP_CQSIZE,
     "DEFER_TASKRUN"},
    {IORING_SETUP_SINGLE_ISSUER | IORING_SETUP_COOP_TASKRUN | IORING_SETUP_CQSIZE, "COOP_TASKRUN"},
    {0, "plain"},
}};

/// io_uring_setup, or what a test puts in its place: a descriptor, or an errno negated.
using SetupCall = int (*)(unsigned entries, io_uring_params* params);

class Ring {
public:
    Ring() = default;
    ~Ring();
    Ring(const Ring&) = delete;
    Ring& operator=(const Ring&) = delete;

    /// Opens a ring for `requests` requests on the highest rung from `first` down that the kernel
    /// grants, and shows by an empty request that it works. False: there is none. `refusals` says
    /// why each higher one was not taken.
    bool open(std::size_t requests, std::size_t first, SetupCall setup, std::string& refusals);
    [[nodiscard]] std::size_t rung() const { return rung_; }

    /// What to put into a request's fd and flags for `fd`: a registered file, which is not looked
    /// up for each request, or where that is refused the plain descriptor.
    struct File {
        int fd;
        std::uint8_t flags;
    };
    [[nodiscard]] File add_file(int fd);

    /// The place of request `number`, to be built once. Its user_data comes back with its
    /// completion.
    [[nodiscard]] io_uring_sqe& request(std::size_t number) { return ring_.sq.sqes[number]; }
    /// Asks for request `number` in the next run. REQUIRES: fewer than `requests` asked for so far.
    void add(std::size_t number) {
        ring_.sq.array[tail_ & mask_] = static_cast<unsigned>(number);
        ++tail_;
    }
    /// Hands the kernel all that was added, in one enter, and calls `on_completion(user_data,
    /// result)` for each; enters again only if a completion is missing. Every enter is counted.
    template <class OnCompletion>
    void run(Counters& counters, OnCompletion&& on_completion);

private:
    /// Why a rung was not granted; error 0: it was.
    struct Refusal {
        int error = 0;
        const char* what = "";
        [[nodiscard]] std::string text() const;
    };
    [[nodiscard]] Refusal open_rung(std::size_t requests, const Rung& rung, SetupCall setup);
    [[nodiscard]] int probe();
    [[nodiscard]] int enter(unsigned flags);
    /// Judges an enter after which completions were missing. Ends the program where waiting on
    /// would be in vain. `stuck_since`: when enters began to bring nothing; 0: they do not.
    void judge(int entered, std::size_t came, std::uint64_t& stuck_since);

    io_uring ring_{};
    bool is_open_ = false;
    bool has_file_ = false;
    std::size_t rung_ = 0;
    unsigned enter_flags_ = 0;  ///< Of every enter.
    unsigned mask_ = 0;         ///< Entries of the submission queue less one.
    unsigned tail_ = 0;         ///< Of the submission queue, ours.
    /// Requests completed since the ring was opened: tail_ when nothing is in flight.
    unsigned completed_ = 0;
};

template <class OnCompletion>
void Ring::run(Counters& counters, OnCompletion&& on_completion) {
    // The kernel must see the numbers before the tail that covers them.
    io_uring_smp_store_release(ring_.sq.ktail, tail_);
    std::uint64_t stuck_since = 0;
    // Non-blocking requests complete as they are submitted. GETEVENTS, which costs a tenth of an
    // empty enter, is for completions that DEFER_TASKRUN holds back: only a second enter, for one
    // that is missing, asks for them.
    for (unsigned flags = 0; completed_ != tail_; flags = IORING_ENTER_GETEVENTS) {
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
        if (completed_ != tail_ || entered < 0) [[unlikely]]
            judge(entered, came, stuck_since);
    }
}

}  // namespace paxos::io
