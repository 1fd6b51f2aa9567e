// Opens UDP sockets. If the kernel refuses an option that a run can do without, the Socket records
// this.
#include "io/sockets.h"

#include <cerrno>
#include <cstring>
#include <ctime>

#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "io/clock.h"
#include "io/probe.h"

namespace paxos::io {
namespace {

constexpr Tick port_timeout_ns = ns_per_second;
constexpr Tick port_retry_ns = 5'000'000;

bool set_option(int fd, int level, int name, int value) {
    return setsockopt(fd, level, name, &value, sizeof value) == 0;
}

/// Requests a buffer beyond the system's limit. If that is refused for lack of CAP_NET_ADMIN,
/// requests as much as the limit allows. Returns the size granted.
std::size_t set_buffer(int fd, int forced_name, int name) {
    const int wanted = static_cast<int>(socket_buffer_wanted);
    // If the kernel refuses both requests, the buffer keeps its default size. In any case
    // getsockopt returns the actual size.
    if (!set_option(fd, SOL_SOCKET, forced_name, wanted)) set_option(fd, SOL_SOCKET, name, wanted);
    int granted = 0;
    socklen_t size = sizeof granted;
    if (getsockopt(fd, SOL_SOCKET, name, &granted, &size) != 0 || granted < 0) return 0;
    return static_cast<std::size_t>(granted);
}

/// Binds. If the port is taken, retries for `port_timeout_ns`. Returns 0 or an errno.
int bind_with_retries(int fd, const Address& address) {
    const Tick begin = now();
    while (::bind(fd, address.get(), address.size()) != 0) {
        const int reason = errno;
        const bool may_become_free = reason == EADDRINUSE && address.port() != 0;
        if (!may_become_free || now() - begin >= port_timeout_ns) return reason;
        const timespec pause = to_timespec(port_retry_ns);
        nanosleep(&pause, nullptr);  // A signal only makes the retry come earlier.
    }
    return 0;
}

std::string explain_bind(const Address& address, int reason) {
    const std::uint16_t port = address.port();
    std::string text = "port " + std::to_string(port) + ": bind to " + address.ip() + ": " +
                       std::strerror(reason);
    if (reason == EADDRINUSE && port != 0)
        text +=
            ": another process uses it, perhaps an earlier run; `ss -ulpn` shows which; "
            "choose another port, or give none";
    else if (reason == EADDRINUSE)
        text += ": no port is free; see sysctl net.ipv4.ip_local_port_range";
    else if (reason == EACCES)
        text += ": ports below 1024 need root; choose a higher one";
    else
        text += loopback_remedy(reason);
    return text;
}

/// Creates a socket of the family of `address`.
Socket create(const Address& address, std::string& error) {
    Socket made;
    made.fd = ::socket(address.family(), SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (made.fd >= 0) return made;
    const int reason = errno;
    error = std::string("socket: ") + std::strerror(reason);
    if (reason == EMFILE || reason == ENFILE)
        error += ": raise the limit of open files (ulimit -n)";
    if (reason == EAFNOSUPPORT) error += ": this kernel lacks the protocol of " + address.text();
    if (reason == EPERM || reason == EACCES)
        error += ": a sandbox (seccomp, AppArmor, SELinux) forbids it";
    return made;
}

/// Binds `socket` and reads its address. On failure closes it.
void bind(Socket& socket, const Address& address, std::string& error) {
    if (const int reason = bind_with_retries(socket.fd, address); reason != 0) {
        error = explain_bind(address, reason);
        return close(socket);
    }
    const std::optional<Address> bound = Address::of_socket(socket.fd);
    if (!bound) {
        error = std::string("getsockname: ") + std::strerror(errno);
        return close(socket);
    }
    socket.address = *bound;
}

}  // namespace

Socket open_udp_socket(const Address& address, std::string& error) {
    Socket made = create(address, error);
    if (made.is_open()) bind(made, address, error);
    if (!made.is_open()) return made;
    made.receive_buffer_size = set_buffer(made.fd, SO_RCVBUFFORCE, SO_RCVBUF);
    made.send_buffer_size = set_buffer(made.fd, SO_SNDBUFFORCE, SO_SNDBUF);
    made.counts_drops = set_option(made.fd, SOL_SOCKET, SO_RXQ_OVFL, 1);
    made.coalesces = set_option(made.fd, IPPROTO_UDP, UDP_GRO, 1);
    return made;
}

Socket open_send_socket(const Address& source, const Address* to, std::string& error) {
    Socket made = create(source, error);
    if (!made.is_open()) return made;
    // Linux has supported SO_REUSEPORT since 3.9. Without it, the bind of a second socket to the
    // same port fails, and `error` says so. For a port that the kernel chooses, the option is set
    // after the bind: otherwise the kernel might choose the port of another sender.
    const bool is_given = source.port() != 0;
    if (is_given) set_option(made.fd, SOL_SOCKET, SO_REUSEPORT, 1);
    bind(made, source, error);
    if (!made.is_open()) return made;
    if (!is_given) set_option(made.fd, SOL_SOCKET, SO_REUSEPORT, 1);
    made.send_buffer_size = set_buffer(made.fd, SO_SNDBUFFORCE, SO_SNDBUF);
    if (to == nullptr || ::connect(made.fd, to->get(), to->size()) == 0) return made;
    const int reason = errno;
    error = "connect to " + to->text() + ": " + std::strerror(reason) + send_remedy(reason);
    close(made);
    return made;
}

void close(Socket& socket) {
    // The descriptor is released even if close reports an error (close(2)); a datagram socket has
    // nothing to flush.
    if (socket.fd >= 0) ::close(socket.fd);
    socket.fd = -1;
}

}  // namespace paxos::io
