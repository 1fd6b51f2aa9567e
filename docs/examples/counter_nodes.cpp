// A counter that is replicated on three processes, over UDP on loopback.
//
//   counter_nodes        prints the process and the port of each node, and runs until it is killed
//
// Every node applies the decided commands in the order of their slots, so all nodes have the same
// total. The leader proposes the commands that clients send, and answers each command after
// applying it. If the leader dies, another node leads, so the counter keeps working as long as two
// nodes live.
//
// State is kept in memory only, so a node that has died must not be started again.
#include <arpa/inet.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <map>
#include <memory>

#include "counter.h"
#include "paxos/multi.h"
#include "turn/turn.h"

void paxos::assert_failed(const char* condition, const char* file, int line) {
    std::fprintf(stderr, "%s:%d: %s\n", file, line, condition);
    std::abort();
}

namespace {

using Limits = paxos::limits::Small;
using Protocol = paxos::Replica<Limits, paxos::Multi>;
constexpr std::size_t node_count = 3;

struct Socket {
    int fd = -1;
    sockaddr_in address{};
};

[[noreturn]] void fail(const char* what) {
    std::perror(what);
    std::exit(EXIT_FAILURE);
}

/// A socket at a free port of 127.0.0.1.
Socket open_socket() {
    Socket result{.fd = socket(AF_INET, SOCK_DGRAM, 0)};
    result.address.sin_family = AF_INET;
    result.address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof result.address;
    auto* const address = reinterpret_cast<sockaddr*>(&result.address);
    if (result.fd < 0 || bind(result.fd, address, size) != 0 ||
        getsockname(result.fd, address, &size) != 0)
        fail("counter_nodes: no socket");
    return result;
}

struct Cluster {
    std::array<Socket, node_count> peers;    // The socket of each node for the other nodes.
    std::array<Socket, node_count> clients;  // The socket of each node for clients.
    std::uint64_t run;  // Random, so that nodes reject datagrams of another cluster.
};

/// UDP with plain system calls. A datagram that the kernel does not take is lost; the protocol
/// retransmits its messages.
class Udp {
public:
    static constexpr std::size_t arrivals_max = 32;
    struct Received {
        const std::byte* bytes;
        std::size_t size, segment_size;
        paxos::NodeId from;
    };

    Udp(const Cluster& cluster, paxos::NodeId self) : cluster_(cluster), self_(self) {}

    std::size_t exchange() {
        for (count_ = 0; count_ < arrivals_max; ++count_) {
            sockaddr_in from{};
            socklen_t from_size = sizeof from;
            Buffer& buffer = buffers_[count_];
            const ssize_t size = recvfrom(cluster_.peers[self_].fd, buffer.bytes.data(),
                                          buffer.bytes.size(), MSG_DONTWAIT,
                                          reinterpret_cast<sockaddr*>(&from), &from_size);
            if (size < 0) break;
            received_[count_] = {buffer.bytes.data(), static_cast<std::size_t>(size),
                                 static_cast<std::size_t>(size), node_at(from)};
        }
        return count_;
    }
    [[nodiscard]] std::span<const Received> received() const { return {received_.data(), count_}; }
    void note_heard(paxos::NodeId /*node*/) {}
    void send(std::span<const paxos::Send> sends, paxos::NodeMask ended, paxos::Tick /*now*/) {
        for (const paxos::Send& send : sends)
            for (std::size_t i = 0; i < send.datagram_count(); ++i)
                (send.to - ended).for_each([&](paxos::NodeId to) {
                    const sockaddr_in& address = cluster_.peers[to].address;
                    sendto(cluster_.peers[self_].fd, send.datagram(i), send.size_of_datagram(i),
                           MSG_DONTWAIT, reinterpret_cast<const sockaddr*>(&address),
                           sizeof address);
                });
    }

private:
    struct Buffer {
        alignas(64) std::array<std::byte, paxos::limits::datagram_size_max> bytes;
    };
    [[nodiscard]] paxos::NodeId node_at(const sockaddr_in& from) const {
        for (std::size_t node = 0; node < node_count; ++node)
            if (cluster_.peers[node].address.sin_port == from.sin_port &&
                cluster_.peers[node].address.sin_addr.s_addr == from.sin_addr.s_addr)
                return static_cast<paxos::NodeId>(node);
        return paxos::no_node;
    }

    const Cluster& cluster_;
    paxos::NodeId self_;
    std::array<Buffer, arrivals_max> buffers_{};
    std::array<Received, arrivals_max> received_{};
    std::size_t count_ = 0;
};

struct Clock {
    [[nodiscard]] paxos::Tick now() const {
        timespec time{};
        clock_gettime(CLOCK_MONOTONIC, &time);
        return static_cast<paxos::Tick>(time.tv_sec) * 1'000'000'000 +
               static_cast<paxos::Tick>(time.tv_nsec);
    }
};

class Node {
public:
    Node(const Cluster& cluster, paxos::NodeId self)
        : self_(self),
          clients_(cluster.clients[self].fd),
          peers_(cluster.peers[self].fd),
          udp_(cluster, self),
          turn_({.self = self, .nodes = node_count, .seed = self, .timing = {}},
                {.self = self, .nodes = node_count, .run = cluster.run}, udp_, Clock{},
                pool_.data(), {}) {}

    [[noreturn]] void run() {
        for (;;) {
            // Wakes for messages, and each millisecond for the timers of the protocol.
            std::array<pollfd, 2> sources{pollfd{peers_, POLLIN, 0}, pollfd{clients_, POLLIN, 0}};
            poll(sources.data(), sources.size(), 1);
            turn_.exchange();
            turn_.step({}, [&](paxos::Slot next, paxos::Tick) { return propose(next); });
            apply();
        }
    }

private:
    static constexpr std::size_t ring = Limits::window_max;

    /// Takes the commands of clients. If this node leads, offers them for the next slots; otherwise
    /// drops them. If a command is not decided, the client resends it.
    paxos::Proposals propose(paxos::Slot next) {
        offered_ = std::max(offered_, next);
        counter::Command command{};
        sockaddr_in from{};
        socklen_t size = sizeof from;
        while (offered_ - next < ring &&
               recvfrom(clients_, &command, sizeof command, MSG_DONTWAIT,
                        reinterpret_cast<sockaddr*>(&from), &size) == sizeof command) {
            if (command.client == 0 || turn_.protocol().lead() != paxos::Lead::leading) continue;
            address_of_[command.client] = from;
            values_[offered_++ % ring] = counter::value_of(command);
        }
        return {offered_, values_.data(), ring - 1, ring / 2};
    }

    void apply() {
        const auto& output = turn_.output();
        if (output.violation.kind != paxos::ViolationKind::none) {
            std::fprintf(stderr,
                         "node %d: a message or a decision breaks the rules of Paxos "
                         "(violation %d)\n",
                         self_, static_cast<int>(output.violation.kind));
            std::abort();
        }
        if (output.skipped.size() != 0) {
            // This node was paused for so long that no node retains the commands that it missed.
            std::fprintf(stderr, "node %d: missed commands; its total would be wrong\n", self_);
            std::_Exit(EXIT_FAILURE);
        }
        for (auto slot = output.decisions.first; slot < output.decisions.end; ++slot)
            apply(turn_.protocol().value_of(slot));
    }
    void apply(const paxos::Value& value) {
        if (value.is_no_op()) return;  // A no-op fills a gap that a dead leader left.
        const counter::Command command = counter::command_of(value);
        counter::Reply& last = last_of_[command.client];
        if (command.number > last.number) {
            total_ += command.amount;
            last = {command.client, command.number, total_, self_};
        }
        const auto from = address_of_.find(command.client);
        if (from == address_of_.end()) return;
        sendto(clients_, &last, sizeof last, MSG_DONTWAIT,
               reinterpret_cast<const sockaddr*>(&from->second), sizeof from->second);
    }

    paxos::NodeId self_;
    int clients_, peers_;
    Udp udp_;
    alignas(64) std::array<std::byte, paxos::SendPool<Limits>::pool_size> pool_{};
    paxos::Turn<Protocol, Limits, Udp, Clock> turn_;
    std::array<paxos::Value, ring> values_{};  // The value offered for slot s is at s % ring.
    paxos::Slot offered_ = 0;                  // Values are offered for all slots below this one.
    std::int64_t total_ = 0;
    std::map<std::uint64_t, counter::Reply> last_of_;  // The last reply to each client.
    std::map<std::uint64_t, sockaddr_in> address_of_;  // Where to send the reply to each client.
};

}  // namespace

int main() {
    Cluster cluster{};
    for (std::size_t node = 0; node < node_count; ++node) {
        cluster.peers[node] = open_socket();
        cluster.clients[node] = open_socket();
    }
    if (getrandom(&cluster.run, sizeof cluster.run, 0) < 0) fail("counter_nodes");
    const pid_t parent = getpid();
    for (std::size_t self = 0; self < node_count; ++self) {
        const pid_t process = fork();
        if (process < 0) fail("counter_nodes: fork");
        if (process == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);  // No node outlives this program.
            if (getppid() != parent) return EXIT_FAILURE;
            std::make_unique<Node>(cluster, static_cast<paxos::NodeId>(self))->run();
        }
        std::printf("node %zu: process %d, port %d\n", self, process,
                    ntohs(cluster.clients[self].address.sin_port));
        std::fflush(stdout);
    }
    while (wait(nullptr) > 0) {}
    std::fprintf(stderr, "counter_nodes: no node is left\n");
    return EXIT_FAILURE;
}
