// Attacks a node of a run with authentication. The attacker sees all traffic and can send from any
// address, but has no key. It sends forged and altered datagrams, and datagrams of an earlier run.
// One send with UDP_SEGMENT sends a batch of datagrams, so that 10^8 datagrams take only minutes.
//
//   forger capture INTERFACE IP PORT FILE             captures 64 datagrams that are sent to the
//                                                     node, and writes them to FILE
//   forger forge INTERFACE IP PORT FILE COUNT RATE    captures 64 datagrams of the current run, and
//                                                     sends COUNT datagrams, RATE per second;
//                                                     FILE has datagrams of an earlier run
//
// The node receives at IP and PORT. INTERFACE is a network interface that the node's traffic uses.
// `forge` prints how many of its datagrams the kernel accepted. Both commands need CAP_NET_RAW and
// CAP_NET_ADMIN. Exit code 1 means that a system call failed, 2 that the arguments are invalid.
#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <netinet/in.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <fstream>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "paxos/random.h"
#include "wire/checksum.h"
#include "wire/datagram.h"

namespace paxos::forger {
namespace {

constexpr std::size_t captured_max = 64;
constexpr std::size_t size_max = limits::datagram_size + limits::message_size;
using Bytes = std::vector<std::byte>;

[[noreturn]] void fail(const char* call) {
    std::fprintf(stderr, "forger: %s: %s\n", call, std::strerror(errno));
    std::exit(1);
}

struct Captured {
    sockaddr_in from;
    Bytes bytes;
};

/// The node under attack, and the interface that its traffic uses.
struct Target {
    sockaddr_in address{};
    unsigned interface = 0;
};

/// Returns the first datagram of `packet`. Returns nothing if `packet` is not addressed to `target`
/// or holds no datagram of a run.
std::optional<Captured> read(std::span<const std::byte> packet, const Target& target) {
    iphdr ip;
    udphdr udp;
    wire::Header header;
    constexpr std::size_t headers_size = sizeof ip + sizeof udp;
    if (packet.size() < headers_size + sizeof header) return std::nullopt;
    std::memcpy(&ip, packet.data(), sizeof ip);
    std::memcpy(&udp, packet.data() + sizeof ip, sizeof udp);
    std::memcpy(&header, packet.data() + headers_size, sizeof header);
    const std::size_t size = sizeof header + header.message_count * sizeof(Message);
    if (ip.version != 4 || ip.ihl != 5 || ip.protocol != IPPROTO_UDP ||
        ip.daddr != target.address.sin_addr.s_addr || udp.dest != target.address.sin_port ||
        header.magic != wire::datagram_magic || packet.size() < headers_size + size)
        return std::nullopt;
    Captured captured{};
    captured.from.sin_family = AF_INET;
    captured.from.sin_addr.s_addr = ip.saddr;
    captured.from.sin_port = udp.source;
    const auto datagram = packet.subspan(headers_size, size);
    captured.bytes.assign(datagram.begin(), datagram.end());
    return captured;
}

/// Captures `captured_max` datagrams to `target`.
std::vector<Captured> capture(const Target& target) {
    // ETH_P_ALL: packet sockets with another protocol do not see what a bridge forwards.
    const int socket = ::socket(AF_PACKET, SOCK_DGRAM, htons(ETH_P_ALL));
    sockaddr_ll at{};
    at.sll_family = AF_PACKET;
    at.sll_protocol = htons(ETH_P_ALL);
    at.sll_ifindex = static_cast<int>(target.interface);
    if (socket < 0 || ::bind(socket, reinterpret_cast<sockaddr*>(&at), sizeof at) != 0)
        fail("packet socket");
    std::vector<Captured> captured;
    std::vector<std::byte> packet(65536);
    while (captured.size() < captured_max) {
        const ssize_t size = ::recv(socket, packet.data(), packet.size(), 0);
        if (size < 0 && errno != EINTR) fail("recv");
        if (size < 0) continue;
        if (auto one = read({packet.data(), static_cast<std::size_t>(size)}, target))
            captured.push_back(std::move(*one));
    }
    ::close(socket);
    return captured;
}

class Forger {
public:
    Forger(const Target& target, std::vector<Captured> now, std::vector<Bytes> earlier)
        : target_(target), now_(std::move(now)), earlier_(std::move(earlier)) {
        std::memcpy(&run_, now_.front().bytes.data() + offsetof(wire::Header, run), sizeof run_);
        for (const Captured& one : now_) socket_of(one.from);
    }
    Forger(const Forger&) = delete;
    Forger& operator=(const Forger&) = delete;
    ~Forger() {
        for (const auto& [port, socket] : sockets_) ::close(socket);
    }

    /// Sends a batch of at most `count` datagrams. Returns how many the kernel accepted.
    std::size_t send(std::size_t count) {
        const Captured& model = now_[random_.below(now_.size())];
        batch_.clear();
        Bytes one = model.bytes;
        const auto kind = random_.below(6);
        if (kind == 1 || kind == 2) one = earlier_[random_.below(earlier_.size())];
        if (kind == 3) one.resize(random_.below(size_max));
        if (kind == 4) one.resize(sizeof(wire::Header) + sizeof(Message));
        if (one.empty()) one.resize(1);
        count = std::min(count, limits::datagrams_per_send);
        for (std::size_t i = 0; i < count; ++i) {
            alter(one, kind, model.bytes);
            batch_.insert(batch_.end(), one.begin(), one.end());
        }
        return send_batch(socket_of(model.from), one.size()) ? count : 0;
    }

private:
    /// Turns `one` into the next datagram of a batch. Keeps the size of `one`. The new datagram has
    /// no valid tag of this run.
    void alter(Bytes& one, std::uint64_t kind, const Bytes& model) {
        switch (kind) {
            case 0:  // A captured datagram with a bit flipped.
                one = model;
                one[random_.below(one.size())] ^= static_cast<std::byte>(1U << random_.below(8));
                return;
            case 1: return;  // A datagram of an earlier run.
            case 2:          // A datagram of an earlier run, with the id of this run.
                std::memcpy(one.data() + offsetof(wire::Header, run), &run_, sizeof run_);
                return;
            case 3:  // A datagram that was cut, or extended by random bytes.
                if (one.size() == model.size()) return alter(one, 0, model);
                for (std::size_t i = model.size(); i < one.size(); ++i)
                    one[i] = static_cast<std::byte>(random_.next());
                return;
            case 4: return forge(one);
            default:  // A captured datagram with other recipients or other watermarks.
                one = model;
                const std::size_t at = random_.below(2) == 0 ? offsetof(wire::Header, destination)
                                                             : offsetof(wire::Header, learned);
                const std::uint64_t change = random_.next() << 1 | 1;
                std::uint64_t field = 0;
                std::memcpy(&field, one.data() + at, sizeof field);
                field ^= change;
                std::memcpy(one.data() + at, &field, sizeof field);
        }
    }
    /// Turns `one` into a datagram with a header of this run and a DECIDE of a made-up value. The
    /// DECIDE would break the safety of the run if the node accepted it. In place of a valid tag
    /// the datagram has the checksum that runs without authentication use, or a random tag.
    void forge(Bytes& one) {
        wire::Header header;
        std::memcpy(&header, one.data(), sizeof header);
        header.message_count = 1;
        Message decide{};
        decide.kind = MessageKind::decide;
        decide.from = header.sender;
        decide.slot_count = 1;
        decide.slot = header.learned + random_.below(16);
        decide.ballot = Ballot{1, header.sender};
        decide.detail = 7;
        decide.value.words[0] = random_.next();
        std::memcpy(one.data(), &header, sizeof header);
        std::memcpy(one.data() + sizeof header, &decide, sizeof decide);
        const std::array<std::uint64_t, 2> tag = random_.below(2) == 0
                                                     ? std::array{wire::checksum_of(one.data(),
                                                                                    one.size()),
                                                                  std::uint64_t{0}}
                                                     : std::array{random_.next(), random_.next()};
        std::memcpy(one.data(), tag.data(), sizeof tag);
    }

    [[nodiscard]] bool send_batch(int socket, std::size_t size) {
        iovec part{batch_.data(), batch_.size()};
        alignas(cmsghdr) std::array<char, CMSG_SPACE(sizeof(std::uint16_t))> control{};
        msghdr header{};
        header.msg_name = &target_.address;
        header.msg_namelen = sizeof target_.address;
        header.msg_iov = &part;
        header.msg_iovlen = 1;
        if (batch_.size() > size) {
            header.msg_control = control.data();
            header.msg_controllen = control.size();
            cmsghdr* const segment = CMSG_FIRSTHDR(&header);
            segment->cmsg_level = IPPROTO_UDP;
            segment->cmsg_type = UDP_SEGMENT;
            segment->cmsg_len = CMSG_LEN(sizeof(std::uint16_t));
            const auto segment_size = static_cast<std::uint16_t>(size);
            std::memcpy(CMSG_DATA(segment), &segment_size, sizeof segment_size);
        }
        for (;;) {
            if (::sendmsg(socket, &header, 0) >= 0) return true;
            if (errno == ENOBUFS) return false;
            if (errno != EINTR) fail("sendmsg");
        }
    }
    /// Returns a socket that sends with the source address `from`, which belongs to another host.
    int socket_of(const sockaddr_in& from) {
        const auto [place, is_new] = sockets_.try_emplace({from.sin_addr.s_addr, from.sin_port},
                                                          -1);
        if (!is_new) return place->second;
        const int on = 1, socket = ::socket(AF_INET, SOCK_DGRAM, 0);
        place->second = socket;
        if (socket < 0 || ::setsockopt(socket, SOL_IP, IP_TRANSPARENT, &on, sizeof on) != 0 ||
            ::bind(socket, reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0)
            fail("bind to the source address of a captured datagram");
        return socket;
    }

    Target target_;
    std::vector<Captured> now_;
    std::vector<Bytes> earlier_;
    std::map<std::pair<in_addr_t, in_port_t>, int> sockets_;
    std::uint64_t run_ = 0;
    Random random_{1};
    Bytes batch_;
};

double seconds() {
    timespec now{};
    ::clock_gettime(CLOCK_MONOTONIC, &now);
    return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) / 1e9;
}

void write_file(const std::string& path, const std::vector<Captured>& captured) {
    std::ofstream file(path, std::ios::binary);
    for (const Captured& one : captured) {
        const auto size = static_cast<std::uint32_t>(one.bytes.size());
        file.write(reinterpret_cast<const char*>(&size), sizeof size);
        file.write(reinterpret_cast<const char*>(one.bytes.data()), size);
    }
    if (!file.flush()) fail("writing the file");
}

std::vector<Bytes> read_file(const std::string& path) {
    std::ifstream file(path, std::ios::binary);
    std::vector<Bytes> all;
    std::uint32_t size = 0;
    while (file.read(reinterpret_cast<char*>(&size), sizeof size)) {
        all.emplace_back(size);
        file.read(reinterpret_cast<char*>(all.back().data()), size);
    }
    if (all.empty()) fail("reading the file");
    return all;
}

int forge(const Target& target, const std::string& earlier, std::uint64_t count, double rate) {
    Forger forger(target, capture(target), read_file(earlier));
    const double begin = seconds();
    std::uint64_t tried = 0, sent = 0;
    while (tried < count) {
        const double ahead = static_cast<double>(tried) / rate - (seconds() - begin);
        if (ahead > 0.001) {
            const timespec pause{0, 1'000'000};
            ::nanosleep(&pause, nullptr);
            continue;
        }
        const std::size_t now = std::min<std::uint64_t>(count - tried, limits::datagrams_per_send);
        sent += forger.send(now);
        tried += now;
    }
    std::printf("%llu\n", static_cast<unsigned long long>(sent));
    return 0;
}

}  // namespace

int run(const std::vector<std::string>& words) {
    const bool captures = words.size() == 6 && words[1] == "capture";
    if (!captures && !(words.size() == 8 && words[1] == "forge")) return 2;
    Target target;
    target.interface = ::if_nametoindex(words[2].c_str());
    target.address.sin_family = AF_INET;
    target.address.sin_port = htons(static_cast<std::uint16_t>(std::stoul(words[4])));
    if (target.interface == 0 ||
        ::inet_pton(AF_INET, words[3].c_str(), &target.address.sin_addr) != 1)
        return 2;
    if (!captures) return forge(target, words[5], std::stoull(words[6]), std::stod(words[7]));
    write_file(words[5], capture(target));
    return 0;
}

}  // namespace paxos::forger

int main(int count, char** words) { return paxos::forger::run({words, words + count}); }
