// See mesh.h.
#include "cluster/mesh.h"

#include <cerrno>
#include <cstring>

#include <netinet/in.h>
#include <sys/socket.h>

#include "paxos/limits.h"

namespace paxos::cluster {
namespace {

constexpr std::uint64_t probe_magic = 0x6d65736870617873;
/// Maximum number of datagrams read per call: a foreign process may send as fast as they are read.
constexpr std::size_t receives_max = 4096;

}  // namespace

Mesh::Mesh(const io::Socket& receiver, const io::PeerTable& peers, NodeId self, std::uint64_t run)
    : receiver_(receiver), peers_(peers), self_(self), run_(run) {
    std::string error;
    is_open_ = sockets_.open(peers_, self_, error);
    if (!is_open_) set_text(report_.error, error);
    for (std::size_t i = 0; i < peers_.size() && is_open_; ++i)
        if (i != self_) read_mtu(static_cast<NodeId>(i));  // So that each report has the MTU.
}

void Mesh::send() {
    if (!is_open_) return;
    std::array<std::byte, limits::datagram_size> bytes{};
    const Probe probe{.magic = probe_magic, .run = run_, .from = self_};
    std::memcpy(bytes.data(), &probe, sizeof probe);
    for (std::size_t i = 0; i < peers_.size(); ++i) {
        const auto to = static_cast<NodeId>(i);
        if (to == self_) continue;
        for (const std::size_t size : {sizeof probe, bytes.size()}) {
            // send() may return the error of an earlier datagram that was refused. The second
            // attempt then sends this one. Lost datagrams are repeated by the next call.
            for (int attempt = 0; attempt < 2; ++attempt) {
                if (::send(sockets_[to], bytes.data(), size, MSG_DONTWAIT | MSG_NOSIGNAL) >= 0)
                    break;
                if (errno != ECONNREFUSED)
                    set_text(report_.error,
                             "to n" + std::to_string(i) + ": " + std::strerror(errno));
            }
        }
        read_mtu(to);
    }
}

void Mesh::read_mtu(NodeId to) {
    const bool is_v6 = peers_[to].family() == AF_INET6;
    int mtu = 0;
    socklen_t size = sizeof mtu;
    if (::getsockopt(sockets_[to], is_v6 ? IPPROTO_IPV6 : IPPROTO_IP, is_v6 ? IPV6_MTU : IP_MTU,
                     &mtu, &size) == 0 &&
        mtu > 0)
        report_.mtu[to] = static_cast<std::uint32_t>(mtu);
}

bool Mesh::receive() {
    const MeshReport before = report_;
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
        if (probe.magic != probe_magic || probe.run != run_ || sender == io::no_peer ||
            sender != probe.from)
            continue;
        const std::uint64_t bit = NodeMask::of(sender).bits();
        report_.heard_small |= bit;
        // With UDP_GRO two full ones may arrive as one.
        if (static_cast<std::size_t>(size) >= limits::datagram_size) report_.heard_full |= bit;
    }
    return report_.heard_small != before.heard_small || report_.heard_full != before.heard_full;
}

}  // namespace paxos::cluster
