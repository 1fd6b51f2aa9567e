#include "cluster/signals.h"

#include <cerrno>
#include <cstring>

#include <poll.h>
#include <sys/signalfd.h>

namespace paxos::cluster {
namespace {

bool is_ignored(int signal) {
    struct sigaction action{};
    return ::sigaction(signal, nullptr, &action) == 0 && action.sa_handler == SIG_IGN;
}

}  // namespace

bool Signals::hold(std::string& error) {
    sigset_t set;
    sigemptyset(&set);
    for (const int signal : {SIGINT, SIGTERM, SIGHUP})
        if (!is_ignored(signal)) sigaddset(&set, signal);
    if (const int reason = pthread_sigmask(SIG_BLOCK, &set, &old_mask_); reason != 0) {
        error = std::string("signals: pthread_sigmask: ") + std::strerror(reason);
        return false;
    }
    // If SIGCHLD were ignored, the kernel would reap the children, and wait4 could not report how
    // they ended.
    struct sigaction usual{};
    usual.sa_handler = SIG_DFL;
    // sigaction cannot fail for this signal (sigaction(2)).
    ::sigaction(SIGCHLD, &usual, &old_child_);
    held_ = true;
    fd_ = Fd{::signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC)};
    if (!fd_.is_open())
        error = std::string("signals: signalfd: ") + std::strerror(errno) +
                (errno == EMFILE || errno == ENFILE ? ": raise the limit of open files (ulimit -n)"
                                                    : "");
    return fd_.is_open();
}

bool Signals::is_pending() const {
    pollfd watched{.fd = fd_.get(), .events = POLLIN, .revents = 0};
    return ::poll(&watched, 1, 0) == 1;
}

int Signals::take() {
    signalfd_siginfo info{};
    if (!fd_.is_open() ||
        ::read(fd_.get(), &info, sizeof info) != static_cast<ssize_t>(sizeof info))
        return 0;
    return static_cast<int>(info.ssi_signo);
}

Signals::~Signals() {
    if (!held_) return;
    ::sigaction(SIGCHLD, &old_child_, nullptr);
    pthread_sigmask(SIG_SETMASK, &old_mask_, nullptr);
}

}  // namespace paxos::cluster
