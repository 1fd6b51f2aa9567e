// Class Strangers: senders that do not belong to the cluster. They send random bytes, and valid
// datagrams of a run with another id, from an unrelated port and from the ports next to those of
// the nodes.
//
// If this process may open raw sockets (CAP_NET_RAW), the strangers capture the nodes'
// datagrams too, and send copies, some of them damaged, from the nodes' sending ports. Each
// datagram for which the strangers compute a checksum has another run id. With the id of this run
// such a datagram could break safety, because the checksum has no key (docs/protocol.md).
#pragma once

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cstring>
#include <optional>

#include "chaos/scenario.h"
#include "paxos/random.h"
#include "support/datagrams.h"

namespace paxos::chaos {

/// Binds a socket to `port` on the loopback interface and closes the socket. Returns whether the
/// port could be bound, that is, whether no other socket holds it.
inline bool try_to_take(std::uint16_t port) {
    const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    address.sin_port = htons(port);
    const bool is_free = ::bind(socket, reinterpret_cast<const sockaddr*>(&address),
                                sizeof address) == 0;
    if (socket >= 0) ::close(socket);
    return is_free;
}

class Strangers {
public:
    /// The cluster has `nodes` nodes, which receive at the ports [port, port + nodes). `cut_paths`:
    /// see Scenario.
    Strangers(std::uint16_t port, std::size_t nodes, Paths cut_paths, std::uint64_t seed)
        : port_(port), nodes_(nodes), cut_paths_(std::move(cut_paths)), random_(seed) {
        for (const int beside : {0, port - 1, static_cast<int>(port + nodes)}) {
            const int socket = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
            sockaddr_in from = address(static_cast<std::uint16_t>(beside));
            socklen_t size = sizeof from;
            auto* const bound = reinterpret_cast<sockaddr*>(&from);
            if (::bind(socket, bound, size) != 0) {  // In use: the kernel chooses another port.
                from.sin_port = 0;
                static_cast<void>(::bind(socket, bound, size));
            }
            static_cast<void>(::getsockname(socket, bound, &size));
            ports_.push_back(ntohs(from.sin_port));
            sockets_.push_back(socket);
        }
        listener_ = ::socket(AF_PACKET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, htons(ETH_P_IP));
        forger_ = ::socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_RAW);
    }
    ~Strangers() {
        for (const int socket : sockets_) ::close(socket);
        if (listener_ >= 0) ::close(listener_);
        if (forger_ >= 0) ::close(forger_);
    }
    Strangers(const Strangers&) = delete;
    Strangers& operator=(const Strangers&) = delete;

    /// Sends `datagrams` datagrams, each from a random sender to a random node.
    void talk(int datagrams) {
        listen();
        for (int i = 0; i < datagrams; ++i) {
            const auto to = static_cast<std::uint16_t>(port_ + random_.below(nodes_));
            if (can_forge() && !heard_.empty() && random_.below(4) == 0) {
                forge(to);
                continue;
            }
            const std::vector<std::byte> datagram = make();
            const sockaddr_in address_to = address(to);
            static_cast<void>(::sendto(
                sockets_[random_.below(sockets_.size())], datagram.data(), datagram.size(),
                MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&address_to), sizeof address_to));
        }
    }
    /// Number of the nodes' datagrams that were captured.
    [[nodiscard]] std::size_t heard() const { return heard_.size(); }
    /// Number of packets made from captured datagrams and sent from the ports of nodes.
    [[nodiscard]] std::uint64_t forged() const { return forged_; }
    /// Whether this process may capture and forge packets (CAP_NET_RAW).
    [[nodiscard]] bool can_forge() const { return listener_ >= 0 && forger_ >= 0; }

private:
    static constexpr std::size_t heard_max = 64;
    /// The TTL by which read() recognises forged packets and ignores them. The nodes' packets have
    /// a TTL of 64.
    static constexpr std::uint8_t forged_ttl = 63;
    struct Heard {
        std::uint16_t from, to;  ///< Ports of the sending and of the receiving node.
        std::size_t sender;      ///< The sending node.
        std::vector<std::byte> datagram;
    };

    static sockaddr_in address(std::uint16_t port) {
        sockaddr_in address{};
        address.sin_family = AF_INET;
        address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
        address.sin_port = htons(port);
        return address;
    }

    /// Makes a datagram: random bytes, valid messages under another run id, or a copy of a captured
    /// datagram. The result may be truncated or extended.
    std::vector<std::byte> make() {
        std::vector<std::byte> bytes(random_.below(1500));
        for (std::byte& byte : bytes) byte = static_cast<std::byte>(random_.next());
        if (random_.below(2) == 0) {
            const auto sender = static_cast<NodeId>(random_.below(nodes_));
            std::vector<Message> messages;
            for (std::uint64_t left = random_.below(4); left > 0; --left)
                messages.push_back(test::message_of(test::all_kinds[random_.below(7)], sender,
                                                    random_.below(100'000)));
            bytes = test::Datagram::good(sender, std::move(messages)).to_bytes();
        } else if (!heard_.empty()) {
            bytes = heard_[random_.below(heard_.size())].datagram;
        }
        if (random_.below(4) == 0) bytes.resize(random_.below(2 * bytes.size() + 1));
        return bytes;
    }

    /// Captures at most 16 packets of the nodes, and keeps the first datagram of each. A packet
    /// holds up to 44 datagrams: the nodes use UDP_SEGMENT, and loopback does not split such sends.
    void listen() {
        std::array<std::byte, 65536> packet;
        for (int left = 16; listener_ >= 0 && heard_.size() < heard_max && left > 0; --left) {
            const ssize_t size = ::recv(listener_, packet.data(), packet.size(), MSG_DONTWAIT);
            if (size < 0) return;
            if (auto heard = read({packet.data(), static_cast<std::size_t>(size)}))
                heard_.push_back(std::move(*heard));
        }
    }
    [[nodiscard]] bool is_ours(std::uint16_t port) const {
        return std::ranges::find(ports_, port) != ports_.end();
    }
    [[nodiscard]] std::optional<Heard> read(std::span<const std::byte> packet) const {
        iphdr ip;
        udphdr udp;
        wire::Header header;
        if (packet.size() < sizeof ip + sizeof udp + sizeof header) return std::nullopt;
        std::memcpy(&ip, packet.data(), sizeof ip);
        std::memcpy(&udp, packet.data() + sizeof ip, sizeof udp);
        std::memcpy(&header, packet.data() + sizeof ip + sizeof udp, sizeof header);
        const std::uint16_t from = ntohs(udp.source), to = ntohs(udp.dest);
        const std::size_t size = sizeof header + header.message_count * sizeof(Message);
        if (ip.ihl != 5 || ip.protocol != IPPROTO_UDP || ip.ttl == forged_ttl || is_ours(from) ||
            to < port_ || to >= port_ + nodes_ || header.magic != wire::datagram_magic ||
            packet.size() < sizeof ip + sizeof udp + size)
            return std::nullopt;
        const auto datagram = packet.subspan(sizeof ip + sizeof udp, size);
        return Heard{from, to, header.sender, {datagram.begin(), datagram.end()}};
    }

    /// Sends a captured datagram again, from its sender's address. The datagram goes either to its
    /// original recipient, unchanged (like a duplicate that the network makes), or to the port
    /// `to`. In the second case it is sent unchanged, truncated, with one bit flipped, or with
    /// another run id and a valid checksum. Sends nothing on a cut path: a datagram that was sent
    /// to several nodes is valid at each of them, so a copy would get through to the node that the
    /// cut isolates.
    void forge(std::uint16_t to) {
        const Heard& heard = heard_[random_.below(heard_.size())];
        std::vector<std::byte> bytes = heard.datagram;
        switch (random_.below(5)) {
            case 0: to = heard.to; break;
            case 1: break;
            case 2: bytes.resize(random_.below(bytes.size())); break;
            case 3:
                bytes[random_.below(bytes.size())] ^= static_cast<std::byte>(1 << random_.below(8));
                break;
            default:
                const std::uint64_t run = random_.next();
                std::memcpy(bytes.data() + offsetof(wire::Header, run), &run, sizeof run);
                const std::uint64_t checksum = wire::checksum_of(bytes.data(), bytes.size());
                std::memcpy(bytes.data(), &checksum, sizeof checksum);
        }
        if (cut_paths_.contains({heard.sender, static_cast<std::size_t>(to - port_)})) return;
        iphdr ip{};
        ip.version = 4;
        ip.ihl = 5;
        ip.ttl = forged_ttl;
        ip.protocol = IPPROTO_UDP;
        ip.saddr = ip.daddr = htonl(INADDR_LOOPBACK);
        udphdr udp{};  // A checksum of 0 means that there is none. IPv4 allows that.
        udp.source = htons(heard.from);
        udp.dest = htons(to);
        udp.len = htons(static_cast<std::uint16_t>(sizeof udp + bytes.size()));
        std::vector<std::byte> packet(sizeof ip + sizeof udp + bytes.size());
        ip.tot_len = htons(static_cast<std::uint16_t>(packet.size()));
        std::memcpy(packet.data(), &ip, sizeof ip);
        std::memcpy(packet.data() + sizeof ip, &udp, sizeof udp);
        if (!bytes.empty())
            std::memcpy(packet.data() + sizeof ip + sizeof udp, bytes.data(), bytes.size());
        const sockaddr_in address_to = address(0);
        if (::sendto(forger_, packet.data(), packet.size(), MSG_DONTWAIT,
                     reinterpret_cast<const sockaddr*>(&address_to), sizeof address_to) > 0)
            ++forged_;
    }

    std::uint16_t port_;
    std::size_t nodes_;
    Paths cut_paths_;
    Random random_;
    // One socket is bound to a port that the kernel chose. The others are bound to the ports just
    // below and just above those of the nodes, if these two ports were free.
    std::vector<int> sockets_;
    std::vector<std::uint16_t> ports_;  // The ports of `sockets_`.
    int listener_ = -1;                 // Captures loopback packets; needs CAP_NET_RAW.
    int forger_ = -1;                   // Sends raw IP packets; needs CAP_NET_RAW.
    std::vector<Heard> heard_;
    std::uint64_t forged_ = 0;
};

}  // namespace paxos::chaos
