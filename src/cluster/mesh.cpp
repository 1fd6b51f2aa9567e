// See mesh.h.
#include "cluster/mesh.h"

#include <cerrno>
#include <cstring>
#include <utility>

#include <netinet/in.h>
#include <sys/socket.h>

#include "paxos/limits.h"

namespace paxos::cluster {
namespace {

constexpr std::uint64_t probe_magic = 0x6d65736870617873;
/// Maximum number of datagrams that one call of receive() reads. Without this limit, a call may
/// never return, because a foreign process may send as fast as this one reads.
constexpr std::size_t receives_max = 4096;

}  // namespace

Mesh::Mesh(const io::Socket& receiver, const io::PeerTable& peers, NodeId self, std::uint64_t run)
    : receiver_(receiver), peers_(peers), self_(self), run_(run) {
    std::string error;
    is_open_ = sockets_.open(peers_, self_, error);
    if (!is_open_) set_text(report_.error, error);
    for (std::size_t i = 0; i < peers_.size() && is_open_; ++i) {
        const auto to = static_cast<NodeId>(i);
        if (to == self_) continue;
        // Without this option, a datagram larger than the MTU would be fragmented and would still
        // arrive. A run could not use that size, because the kernel does not fragment a send that
        // contains many datagrams (UDP_SEGMENT).
        const bool is_v6 = peers_[to].family() == AF_INET6;
        static_assert(IPV6_PMTUDISC_DO == IP_PMTUDISC_DO);
        const int always_df = IP_PMTUDISC_DO;
        if (::setsockopt(sockets_[to], is_v6 ? IPPROTO_IPV6 : IPPROTO_IP,
                         is_v6 ? IPV6_MTU_DISCOVER : IP_MTU_DISCOVER, &always_df,
                         sizeof always_df) != 0)
            set_text(report_.error, std::string("IP_MTU_DISCOVER: ") + std::strerror(errno));
        read_mtu(to);  // Called here so that each report has the MTU.
    }
}

bool Mesh::send() {
    bool has_changed = false;
    for (std::size_t i = 0; i < peers_.size() && is_open_; ++i) {
        const auto to = static_cast<NodeId>(i);
        if (to == self_) continue;
        send(to, sizeof(Probe));
        for (std::uint32_t size = limits::datagram_size_min; size <= limits::datagram_size;
             size += limits::message_size)
            send(to, size);
        has_changed = read_mtu(to) || has_changed;
    }
    return has_changed;
}

void Mesh::send(NodeId to, std::uint32_t size) {
    std::array<std::byte, limits::datagram_size> bytes{};
    const Probe probe{.magic = probe_magic, .run = run_, .from = self_, .size = size};
    std::memcpy(bytes.data(), &probe, sizeof probe);
    // The first attempt may return the error of an earlier datagram that was refused. The second
    // attempt then sends this datagram. If a datagram is lost, the next call of send() sends it
    // again.
    for (int attempt = 0; attempt < 2; ++attempt) {
        if (::send(sockets_[to], bytes.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0) return;
        const bool is_too_large = errno == EMSGSIZE && size > limits::datagram_size_min;
        if (errno != ECONNREFUSED && !is_too_large)
            set_text(report_.error, "to n" + std::to_string(to) + ": " + std::strerror(errno));
    }
}

bool Mesh::read_mtu(NodeId to) {
    const bool is_v6 = peers_[to].family() == AF_INET6;
    int mtu = 0;
    socklen_t size = sizeof mtu;
    if (::getsockopt(sockets_[to], is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, is_v6 ? IPV6_MTU : IP_MTU,
                     &mtu, &size) != 0 ||
        mtu <= 0)
        return false;
    const auto known = static_cast<std::uint32_t>(mtu);
    return std::exchange(report_.mtu[to], known) != known;
}

bool Mesh::receive() {
    bool is_more = false;
    std::array<std::byte, 65536> bytes;
    for (std::size_t left = receives_max; left > 0; --left) {
        Address from;
        socklen_t from_size = Address::size_max;
        const ssize_t size = ::recvfrom(receiver_.fd, bytes.data(), bytes.size(), MSG_DONTWAIT,
                                        from.get(), &from_size);
        if (size < 0 && (errno == EINTR || errno == ECONNREFUSED)) continue;
        if (size < 0) break;
        Probe probe{};
        if (static_cast<std::size_t>(size) < sizeof probe) continue;
        std::memcpy(&probe, bytes.data(), sizeof probe);
        const io::PeerIndex sender = peers_.find(from);
        const bool has_size = probe.size == sizeof probe || limits::is_datagram_size(probe.size);
        // `size` may be larger than probe.size, because with UDP_GRO several datagrams may arrive
        // as one.
        if (!has_size || probe.magic != probe_magic || probe.run != run_ || sender == io::no_peer ||
            sender != probe.from || probe.size > static_cast<std::size_t>(size) ||
            probe.size <= report_.heard[sender])
            continue;
        report_.heard[sender] = probe.size;
        is_more = true;
    }
    return is_more;
}

}  // namespace paxos::cluster
