// Blocks the signals that would end the launcher, and reads them from a descriptor (signalfd).
//
// 1. A signal that was ignored before (nohup, a background job) stays ignored.
// 2. The destructor restores the previous state. After that, a signal that is still pending takes
//    effect.
// 3. Changes the signal mask of the calling thread only. Also sets SIGCHLD to its default action
//    for the whole process: if SIGCHLD were ignored, wait4 could not report how the children ended.
#pragma once

#include <csignal>
#include <string>

#include "base/fd.h"

namespace paxos::cluster {

class Signals {
public:
    Signals() = default;
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals();

    /// Blocks SIGINT, SIGTERM and SIGHUP and opens the descriptor. If false, `error` says why.
    [[nodiscard]] bool hold(std::string& error);
    /// Readable when a signal is pending.
    [[nodiscard]] int fd() const { return fd_.get(); }
    [[nodiscard]] bool is_pending() const;
    /// The next pending signal; 0 if there is none.
    int take();

private:
    Fd fd_;
    bool held_ = false;
    sigset_t old_mask_{};
    struct sigaction old_child_{};
};

}  // namespace paxos::cluster
