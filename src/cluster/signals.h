// Signals that would end the launcher, taken as events instead: while a Signals lives they wait in
// a descriptor.
//
// 1. A signal that was ignored before (nohup, a background job) stays ignored.
// 2. At the end everything is as it was, and a signal that came too late to be acted on is not
//    lost: `take` has it.
// 3. For the thread that runs the cluster; other threads keep their masks.
#pragma once

#include <csignal>
#include <string>

#include "cluster/fd.h"

namespace paxos::cluster {

class Signals {
public:
    Signals() = default;
    Signals(const Signals&) = delete;
    Signals& operator=(const Signals&) = delete;
    ~Signals();

    /// Begins to hold back SIGINT, SIGTERM and SIGHUP. False: `error` says why.
    [[nodiscard]] bool hold(std::string& error);
    /// Readable when a signal waits.
    [[nodiscard]] int fd() const { return fd_.get(); }
    /// The next signal that waits; 0: none.
    int take();

private:
    Fd fd_;
    bool held_ = false;
    sigset_t old_mask_{};
    struct sigaction old_child_{};
};

}  // namespace paxos::cluster
