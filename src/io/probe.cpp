// Checks of the loopback interface, and explanations of what is wrong with it.
#include "io/probe.h"

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <vector>

#include <arpa/inet.h>
#include <linux/sock_diag.h>
#include <net/if.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

namespace paxos::io {
namespace {

/// Loopback normally delivers within the send call. An overloaded machine may take longer.
constexpr int delivery_ms_max = 1000;
constexpr std::size_t datagram_size_max = 65536;
/// Maximum number of datagrams read from one socket: more than any receive buffer holds.
constexpr std::size_t receives_max = 1'000'000;

constexpr const char* is_down = ": the loopback interface is down; remedy: ip link set lo up";
constexpr const char* is_filtered =
    ": a packet filter probably drops the datagram; see nft list ruleset, or iptables -L INPUT";

struct Loopback {
    bool is_known = false, is_up = false, has_address = false;
};

/// The current state of the loopback interface in this network namespace.
Loopback loopback_of(int fd) {
    Loopback loopback;
    ifreq request{};
    std::strcpy(request.ifr_name, "lo");
    if (ioctl(fd, SIOCGIFFLAGS, &request) != 0) return loopback;
    loopback.is_known = true;
    loopback.is_up = (request.ifr_flags & IFF_UP) != 0;
    if (ioctl(fd, SIOCGIFADDR, &request) != 0) return loopback;
    sockaddr_in address{};
    std::memcpy(&address, &request.ifr_addr, sizeof address);
    loopback.has_address = ntohl(address.sin_addr.s_addr) >> 24 == 127;
    return loopback;
}

enum class Arrival : std::uint8_t { came, none, failed };

/// Waits until a datagram arrives that consists of exactly the bytes in `sent`. Gives up when
/// nothing has arrived for `delivery_ms_max`.
Arrival receive(const Socket& to, const std::vector<std::byte>& sent,
                std::vector<std::byte>& buffer) {
    for (std::size_t left = receives_max; left > 0; --left) {
        pollfd watched{.fd = to.fd, .events = POLLIN, .revents = 0};
        const int events = poll(&watched, 1, delivery_ms_max);
        if (events < 0 && errno == EINTR) continue;
        if (events < 0) return Arrival::failed;
        if (events == 0) return Arrival::none;
        const ssize_t size = recv(to.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
        // If the socket has a pending error, this call returns it; the next call returns the data.
        if (size == static_cast<ssize_t>(sent.size()) &&
            std::equal(sent.begin(), sent.end(), buffer.begin()))
            return Arrival::came;
    }
    return Arrival::none;
}

}  // namespace

std::string loopback_remedy(int error) {
    if (error != ENETUNREACH && error != EADDRNOTAVAIL && error != ENETDOWN) return {};
    const int fd = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    if (fd < 0) return {};
    const Loopback loopback = loopback_of(fd);
    ::close(fd);
    if (loopback.is_known && !loopback.is_up) return is_down;
    if (loopback.is_known && !loopback.has_address)
        return ": the loopback interface does not have this address; "
               "remedy: ip addr add 127.0.0.1/8 dev lo";
    return ": there is no route to 127.0.0.1; see ip route show table local";
}

std::string send_remedy(int error) {
    if (error == EPERM || error == EACCES)
        return ": a packet filter probably refuses it; see nft list ruleset, or iptables -L OUTPUT";
    if (error == ENOBUFS || error == ENOMEM) return ": the kernel is short of memory for sockets";
    if (error == EAGAIN) return ": the send buffer was full; raise net.core.wmem_max";
    if (error == EMSGSIZE)
        return ": the MTU of the loopback interface is too small; see ip link show lo";
    return loopback_remedy(error);
}

bool probe(std::span<const Socket> sockets, std::size_t size, std::string& error) {
    std::vector<std::byte> sent(size), buffer(datagram_size_max);
    for (std::size_t i = 0; i < sockets.size(); ++i) {
        const Socket& from = sockets[i];
        const Socket& to = sockets[(i + 1) % sockets.size()];
        // Sends random bytes, so that no foreign datagram matches. If getrandom fails, sends the
        // address of the sending socket instead.
        if (getrandom(sent.data(), std::min<std::size_t>(size, 32), 0) < 0)
            std::memcpy(sent.data(), from.address.get(),
                        std::min<std::size_t>(size, from.address.size()));
        const std::string label = "probe from " + from.address.text() + " to " + to.address.text() +
                                  ": ";
        ssize_t result = 0;
        do {
            result = sendto(from.fd, sent.data(), sent.size(), MSG_NOSIGNAL, to.address.get(),
                            to.address.size());
        } while (result < 0 && errno == EINTR);
        if (result < 0) {
            const int reason = errno;
            error = label + "sendto: " + std::strerror(reason) + send_remedy(reason);
            return false;
        }
        const Arrival arrival = receive(to, sent, buffer);
        if (arrival == Arrival::came) continue;
        if (arrival == Arrival::failed) {
            error = label + "poll: " + std::strerror(errno);
        } else {
            const Loopback loopback = loopback_of(to.fd);
            error = label + "the datagram was sent but did not arrive within a second" +
                    (loopback.is_known && !loopback.is_up ? is_down : is_filtered);
        }
        return false;
    }
    return true;
}

std::uint64_t drain(const Socket& socket, const PeerTable& senders) {
    std::vector<std::byte> buffer(datagram_size_max);
    alignas(cmsghdr) std::array<char, 128> control{};
    std::uint64_t count = 0;
    // Bounded, because another process may fill the queue as fast as it is read.
    for (std::size_t left = receives_max; left > 0; --left) {
        Address from;
        iovec bytes{.iov_base = buffer.data(), .iov_len = buffer.size()};
        msghdr header{};
        header.msg_name = from.get();
        header.msg_namelen = Address::size_max;
        header.msg_iov = &bytes;
        header.msg_iovlen = 1;
        header.msg_control = control.data();
        header.msg_controllen = control.size();
        const ssize_t size = recvmsg(socket.fd, &header, MSG_DONTWAIT);
        if (size < 0 && (errno == EINTR || errno == ECONNREFUSED)) continue;
        if (size < 0) return count;
        if (senders.find(from) == no_peer) continue;
        int segment = 0;
        for (cmsghdr* part = CMSG_FIRSTHDR(&header); part != nullptr;
             part = CMSG_NXTHDR(&header, part))
            if (part->cmsg_level == IPPROTO_UDP && part->cmsg_type == UDP_GRO)
                std::memcpy(&segment, CMSG_DATA(part), sizeof segment);
        count += segment > 0 && segment < size
                     ? static_cast<std::uint64_t>((size + segment - 1) / segment)
                     : 1;
    }
    return count;
}

std::uint32_t drops_of(int socket) {
    std::array<std::uint32_t, SK_MEMINFO_VARS> counts{};
    socklen_t size = sizeof counts;
    if (getsockopt(socket, SOL_SOCKET, SO_MEMINFO, counts.data(), &size) != 0) return 0;
    return counts[SK_MEMINFO_DROPS];
}

}  // namespace paxos::io
