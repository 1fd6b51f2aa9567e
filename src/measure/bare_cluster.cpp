#include "measure/bare_cluster.h"

#include <linux/sock_diag.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <fstream>
#include <optional>

#include "measure/text.h"

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

namespace paxos::measure {
namespace {

/// Bytes requested for the receive buffer of a socket. Enough for several batches from every peer.
constexpr int receive_buffer_size = 32 << 20;

std::string failed(const char* call) { return std::string(call) + ": " + std::strerror(errno); }

/// Text such as "; the MTU of lo is 1280", for a failed send on the loopback interface. A small MTU
/// is the likely reason for such a failure. Empty if the MTU cannot be read.
std::string mtu_text() {
    std::ifstream file("/sys/class/net/lo/mtu");
    std::string mtu;
    return file >> mtu ? "; the MTU of lo is " + mtu : "";
}

bool refuse(const char* call, std::string& problem) {
    problem = failed(call);
    return false;
}

/// The reason why `process` ended without a measurement. Does not reap the process.
std::string end_text(pid_t process) {
    siginfo_t end{};
    const auto id = static_cast<id_t>(process);
    if (waitid(P_PID, id, &end, WEXITED | WNOHANG | WNOWAIT) == 0 && end.si_code == CLD_KILLED)
        return "its process was killed by signal " + std::to_string(end.si_status);
    return "no exchange was completed in time";
}

}  // namespace

BareCluster::~BareCluster() {
    for (const pid_t process : processes_) kill(process, SIGKILL);
    for (const pid_t process : processes_)
        while (waitpid(process, nullptr, 0) < 0 && errno == EINTR) {}
    for (const int socket : sockets_) close(socket);
}

bool BareCluster::open(const Address& address, std::size_t first, std::size_t count,
                       std::string& problem) {
    if (!memory_.map("paxos_fast floor", sizeof(BareOutcome), problem)) return false;
    outcome_ = new (memory_.get()) BareOutcome;
    first_ = first;
    own_.assign(count, address.at(0));
    own_.front() = address;
    return std::ranges::all_of(own_, [&](Address& one) { return bind_socket(one, problem); });
}

bool BareCluster::start(const std::vector<Address>& peers, std::string& problem) {
    peers_ = peers;
    // Processes of other hosts cannot write to `outcome_`, so they count as ready at once. The
    // orders to start them were sent before this call.
    outcome_->ready.store(static_cast<std::uint32_t>(peers_.size() - own_.size()));
    // Process 0 is started last, because the other processes must exist when it begins.
    for (std::size_t i = own_.size(); i-- > 0;)
        if (!fork_node(first_ + i, problem)) return false;
    return true;
}

BareEnd BareCluster::wait(int stop_fd, std::string& problem) {
    // Calls the kernel directly, because glibc 2.36 declares pidfd_open without extern "C".
    const int first = static_cast<int>(syscall(SYS_pidfd_open, processes_.back(), 0));
    if (first < 0) {
        problem = failed("pidfd_open");
        return BareEnd::failed;
    }
    // poll ignores a descriptor of -1.
    pollfd watched[2] = {{.fd = first, .events = POLLIN, .revents = 0},
                         {.fd = stop_fd, .events = POLLIN, .revents = 0}};
    const std::uint64_t deadline = bare_now() + plan_.time_limit_ns;
    int events = 0;
    do {
        const std::uint64_t now = bare_now();
        const std::uint64_t left_ms = now < deadline ? (deadline - now) / 1'000'000 + 1 : 0;
        events = poll(watched, 2, static_cast<int>(left_ms));
    } while (events < 0 && errno == EINTR);
    close(first);
    if (watched[1].revents != 0) return BareEnd::stopped;
    if (outcome_->done.load()) return BareEnd::measured;
    problem = events == 0 ? "no answer in time" : end_text(processes_.back());
    if (const int error = outcome_->send_error.load(); error != 0)
        problem += ": " + errno_text(error) + " at " + counted(outcome_->refused.load(), "send") +
                   (own_.front().is_loopback() ? mtu_text() : "");
    return BareEnd::failed;
}

BareFigures BareCluster::figures() const {
    const BareOutcome& outcome = *outcome_;
    BareFigures figures{
        .median_ns = outcome.median_ns, .rate = outcome.rate, .refused = outcome.refused.load()};
    for (const int fd : sockets_) {
        std::array<std::uint32_t, SK_MEMINFO_VARS> counts{};
        socklen_t size = sizeof counts;
        if (getsockopt(fd, SOL_SOCKET, SO_MEMINFO, counts.data(), &size) == 0)
            figures.dropped += counts[SK_MEMINFO_DROPS];
    }
    return figures;
}

bool BareCluster::bind_socket(Address& address, std::string& problem) {
    const int fd = socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return refuse("socket", problem);
    sockets_.push_back(fd);
    const int on = 1;
    // SO_RCVBUFFORCE needs privileges. SO_RCVBUF needs none, but net.core.rmem_max limits the size.
    if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &receive_buffer_size,
                   sizeof receive_buffer_size) != 0 &&
        setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer_size, sizeof receive_buffer_size) !=
            0)
        return refuse("setsockopt(SO_RCVBUF)", problem);
    // An error is ignored. If the kernel does not support UDP_GRO, each receive returns only one
    // datagram, and the measured floor is slower.
    if (plan_.coalesce) setsockopt(fd, IPPROTO_UDP, UDP_GRO, &on, sizeof on);
    if (bind(fd, address.get(), address.size()) != 0) return refuse("bind", problem);
    const std::optional<Address> bound = Address::of_socket(fd);
    if (!bound) return refuse("getsockname", problem);
    address = *bound;
    return true;
}

bool BareCluster::fork_node(std::size_t id, std::string& problem) {
    const pid_t parent = getpid();
    const pid_t process = fork();
    if (process < 0) return refuse("fork", problem);
    if (process == 0) {
        // The kernel kills the process when its parent ends. getppid detects a parent that ended
        // before prctl.
        if (prctl(PR_SET_PDEATHSIG, SIGKILL) != 0 || getppid() != parent) _exit(1);
        run_node(id);
        _exit(0);
    }
    processes_.push_back(process);
    return true;
}

void BareCluster::run_node(std::size_t id) const {
    cpu_set_t cores;
    CPU_ZERO(&cores);
    CPU_SET(static_cast<std::size_t>(plan_.core_of[id]), &cores);
    if (sched_setaffinity(0, sizeof cores, &cores) != 0) _exit(1);
    BareNode node;
    node.id = id;
    node.socket = sockets_[id - first_];
    node.alone = is_alone(id);
    node.peers = &peers_;
    node.outcome = outcome_;
    if (id == 0)
        plan_.measure(node);
    else
        plan_.answer(node);
}

bool BareCluster::is_alone(std::size_t id) const {
    const auto machine_of = [&](std::size_t one) {
        return plan_.machine_of.empty() ? 0 : plan_.machine_of[one];
    };
    for (std::size_t other = 0; other < plan_.core_of.size(); ++other)
        if (other != id && plan_.core_of[other] == plan_.core_of[id] &&
            machine_of(other) == machine_of(id))
            return false;
    return true;
}

bool BareNode::others_are_ready() const {
    const std::uint64_t deadline = bare_now() + 1'000'000'000;
    while (outcome->ready.load() + 1 < peers->size()) {
        if (bare_now() > deadline) return false;
        sched_yield();
    }
    return true;
}

void BareNode::idle() const {
    if (!alone) sched_yield();
}

void BareNode::note_refused(int error) const {
    outcome->send_error.store(error);
    outcome->refused.fetch_add(1);
}

BareEnd run_bare(const BarePlan& plan, int stop_fd, BareFigures& figures, std::string& problem) {
    BareCluster cluster(plan);
    if (!cluster.open(Address::loopback(0), 0, plan.core_of.size(), problem) ||
        !cluster.start(cluster.own(), problem))
        return BareEnd::failed;
    const BareEnd end = cluster.wait(stop_fd, problem);
    if (end == BareEnd::measured) figures = cluster.figures();
    return end;
}

std::uint64_t bare_now() {
    timespec time{};
    clock_gettime(CLOCK_MONOTONIC, &time);  // Cannot fail with this clock.
    return static_cast<std::uint64_t>(time.tv_sec) * 1'000'000'000 +
           static_cast<std::uint64_t>(time.tv_nsec);
}

}  // namespace paxos::measure
