// A cluster of three nodes. Nodes 0 and 1 are real processes. The test itself acts as node 2 (the
// "outsider") and as the launcher.
#pragma once

#include <array>
#include <csignal>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>

#include "cluster/children.h"
#include "cluster/cluster.h"
#include "cluster/shared_board.h"
#include "io/clock.h"
#include "io/sockets.h"
#include "wire/wire.h"

namespace paxos::cluster {

class HandRunCluster {
public:
    static constexpr NodeId outsider = 2;
    using Bytes = std::vector<std::byte>;

    ~HandRunCluster() {
        children_.kill_all();
        for (io::Socket& socket : sockets_) io::close(socket);
        for (io::Socket& sender : senders_) io::close(sender);
    }

    /// Starts nodes 0 and 1. Returns the error; empty if there is none.
    std::string start(const node::Plan& plan) {
        plan_ = plan;
        plan_.nodes = 3;
        std::string error;
        if (!board_.map(plan_, error) || !place(plan_, {}, placement_, error)) return error;
        wake_ = Fd{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
        if (!wake_.is_open()) return "eventfd";
        membership_.nodes = plan_.nodes;
        membership_.run = 0x1234'5678'9abc'def0;
        for (std::size_t i = 0; i < plan_.nodes; ++i) {
            sockets_[i] = io::open_udp_socket(io::Address::loopback(0), error);
            if (!sockets_[i].is_open()) return error;
            if (i == outsider) {
                peers_.add(sockets_[i].address);
                continue;
            }
            senders_[i] = io::open_send_socket(io::Address::loopback(0), nullptr, error);
            if (!senders_[i].is_open()) return error;
            peers_.add(sockets_[i].address, senders_[i].address);
        }
        const int off = 0;  // Without UDP_GRO, each receive returns one datagram.
        if (::setsockopt(sockets_[outsider].fd, IPPROTO_UDP, UDP_GRO, &off, sizeof off) != 0)
            return "UDP_GRO";
        for (NodeId i = 0; i < outsider; ++i)
            if (!children_.start(context_of(i), error)) return error;
        const bool is_ready = wait_until([&] {
            return state(0) != node::NodeState::starting && state(1) != node::NodeState::starting;
        });
        if (!is_ready) return "the nodes did not become ready in time";
        board().launcher.started_at.set(io::now());
        board().launcher.phase.publish(static_cast<std::uint64_t>(node::Phase::start));
        return "";
    }
    /// Stops the nodes cleanly and reaps them.
    void stop() {
        board().launcher.phase.publish(static_cast<std::uint64_t>(node::Phase::stop));
        static_cast<void>(wait_until([&] { return children_.reap(), children_.live().empty(); }));
        children_.kill_all();
    }
    /// Kills `node` as another program would, and waits until its process has ended. Does not reap
    /// the process. Returns false if it does not end.
    [[nodiscard]] bool kill_from_outside(NodeId node) const {
        if (::kill(children_.pid(node), SIGKILL) != 0) return false;
        pollfd ended{.fd = children_.pidfd(node), .events = POLLIN, .revents = 0};
        return ::poll(&ended, 1, 60'000) == 1;
    }
    void kill_all() { children_.kill_all(); }
    /// Publishes that the outsider has ended. Waits until each node has begun and completed a turn
    /// after the publication. Returns false if the wait takes too long.
    [[nodiscard]] bool end_outsider() {
        board().dead.mark(outsider);
        // The first turn counted may have begun before the mark, but the second one began after it.
        for (int i = 0; i < 2; ++i) {
            const std::uint64_t turns[] = {node(0).turns.get(), node(1).turns.get()};
            if (!wait_until([&] {
                    return node(0).turns.get() != turns[0] && node(1).turns.get() != turns[1];
                }))
                return false;
        }
        return true;
    }

    /// Waits for a condition. Returns false if it does not hold within a generous timeout.
    template <class Condition>
    [[nodiscard]] static bool wait_until(Condition&& condition) {
        for (int left = 60'000; left > 0; --left) {
            if (condition()) return true;
            ::poll(nullptr, 0, 1);
        }
        return false;
    }

    /// Sends from the outsider's own port.
    void send(NodeId to, const Bytes& bytes) const {
        const io::Address& address = sockets_[to].address;
        EXPECT_EQ(::sendto(sockets_[outsider].fd, bytes.data(), bytes.size(), 0, address.get(),
                           address.size()),
                  static_cast<ssize_t>(bytes.size()));
    }
    /// The next datagram received by the outsider, if there is one.
    [[nodiscard]] std::optional<Bytes> receive() const {
        Bytes bytes(limits::datagram_size);
        const ssize_t size = ::recv(sockets_[outsider].fd, bytes.data(), bytes.size(),
                                    MSG_DONTWAIT);
        if (size < 0) return std::nullopt;
        bytes.resize(static_cast<std::size_t>(size));
        return bytes;
    }

    [[nodiscard]] node::Board& board() const { return board_.get(); }
    [[nodiscard]] node::NodeBoard& node(NodeId node) const { return board().nodes[node]; }
    [[nodiscard]] node::NodeState state(NodeId id) const {
        return static_cast<node::NodeState>(node(id).state.seen());
    }
    [[nodiscard]] std::uint64_t rejected(NodeId id, wire::Rejection why) const {
        return node(id).rejected[static_cast<std::size_t>(why)].get();
    }
    [[nodiscard]] const Ending& ending(NodeId node) const { return children_.ending(node); }
    [[nodiscard]] std::uint64_t run_id() const { return membership_.run; }

private:
    [[nodiscard]] node::Context context_of(NodeId self) const {
        node::Context context;
        context.plan = &plan_;
        context.self = self;
        context.control = node::Control(board(), plan_.nodes, self);
        context.board = &node(self);
        context.socket = sockets_[self].fd;
        context.wake = wake_.get();
        context.membership = membership_;
        context.membership.self = self;
        context.peers = &peers_;
        context.core = placement_.core_of[self];
        context.idle = node::IdleKind::yield;
        context.shares_core = true;
        return context;
    }

    node::Plan plan_;
    Placement placement_;
    SharedBoard board_;
    Fd wake_;
    wire::Membership membership_;
    io::PeerTable peers_;
    std::array<io::Socket, 3> sockets_;
    std::array<io::Socket, 2> senders_;  // The ports from which nodes 0 and 1 send.
    Children children_;
};

}  // namespace paxos::cluster
