#include "control/listener.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <list>

#include "base/text.h"
#include "control/handshake.h"
#include "control/handshake_io.h"
#include "paxos/assert.h"

namespace paxos::control {
namespace {

constexpr std::size_t accepts_max = 64;  // Maximum number of connections accepted in one step.
constexpr int backlog = 128;

/// Whether `begin` may be the start of a Hello. If not, the connection is refused at once.
bool may_be_ours(Bytes begin) {
    const std::size_t size = std::min(begin.size(), handshake_magic.size());
    return std::memcmp(begin.data(), handshake_magic.data(), size) == 0;
}

}  // namespace

std::string Refusals::text() const {
    if (count() == 0) return {};
    std::string kinds;
    if (strangers != 0)
        kinds = std::to_string(strangers) +
                (strangers == 1 ? " from another program" : " from other programs");
    const auto add = [&](std::uint64_t number, const char* one) {
        if (number != 0) kinds += (kinds.empty() ? "" : ", ") + counted(number, one);
    };
    add(silent, "unfinished handshake");
    add(wrong_keys, "wrong key");
    add(other_builds, "other build");
    add(taken_ranks, "duplicate rank");
    return "refused " + counted(count(), "connection") + " (" + kinds + "), last " + last;
}

Fd open_listening_socket(std::uint16_t port, std::string& error) {
    // Opens an IPv6 socket that accepts IPv4 connections too. On a host without IPv6, opens an IPv4
    // socket.
    Fd socket{::socket(AF_INET6, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    const int on = 1, off = 0;
    Address any = *Address::parse("::", port);
    if (socket.is_open()) {
        ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    } else {
        socket = Fd{::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
        any = *Address::parse("0.0.0.0", port);
    }
    if (!socket.is_open()) {
        error = std::string("socket: ") + std::strerror(errno);
        return {};
    }
    // Without SO_REUSEADDR the connections of the previous run keep the port for a minute
    // (TIME_WAIT).
    ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    if (::bind(socket.get(), any.get(), any.size()) != 0 || ::listen(socket.get(), backlog) != 0) {
        error = "TCP port " + std::to_string(port) + " cannot be opened: " + std::strerror(errno) +
                (errno == EADDRINUSE
                     ? "; choose another port, or end the program that uses this one"
                     : "");
        return {};
    }
    return socket;
}

struct Listener::State {
    /// A connection whose process has not joined yet.
    struct Pending {
        Fd socket;
        Address far;
        Tick deadline = 0;
        MessageReader reader;
        enum class Step { hello, proof, identity } step = Step::hello;
        Hello hello{};
        Challenge challenge{};
        std::optional<Channel> channel;  // From Step::identity on, it is set and owns the socket.

        [[nodiscard]] int fd() const { return channel ? channel->fd() : socket.get(); }
    };

    Fd socket;
    Secret secret;
    Identity self;
    std::list<Pending> pending;  // Oldest first.
    std::vector<Channel> joined;
    std::vector<bool> has_joined;
    Refusals refusals;

    State(Fd listening, const Secret& given, Identity identity)
        : socket(std::move(listening)),
          secret(given),
          self(std::move(identity)),
          has_joined(self.size) {
        PAXOS_ASSERT(self.rank == 0 && self.size >= 1);
        has_joined[0] = true;
    }

    void refuse(const Pending& one, std::uint64_t& counter, const std::string& why) {
        ++counter;
        refusals.last = one.far.ip() + ": " + why;
    }

    void accept(Tick now) {
        for (std::size_t i = 0; i < accepts_max; ++i) {
            Pending one;
            one.socket = Fd{
                ::accept4(socket.get(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC)};
            // accept4 fails if no connection is waiting, if a connection has already failed, or if
            // this process has no descriptor left. In the last case, a later step accepts the
            // connection, after a pending one has been closed.
            if (!one.socket.is_open()) return;
            // The address is unknown if the connection has already failed. In that case, the
            // handshake fails too.
            one.far = Address::of_peer(one.socket.get()).value_or(Address::loopback(0));
            one.deadline = now + handshake_timeout_ns;
            if (pending.size() == handshakes_max) {
                refuse(pending.front(), refusals.silent, "closed in favour of a newer connection");
                pending.pop_front();
            }
            pending.push_back(std::move(one));
        }
    }

    /// Continues a handshake. False if the connection was refused or its process has joined.
    bool advance(Pending& one, Tick now) {
        if (one.step == Pending::Step::hello && !take_hello(one)) return false;
        if (one.step == Pending::Step::proof && !take_proof(one, now)) return false;
        if (one.step == Pending::Step::identity && !take_identity(one, now)) return false;
        if (now < one.deadline) return true;
        refuse(one, refusals.silent, "no handshake within " + seconds_text(handshake_timeout_ns));
        return false;
    }

    bool take_hello(Pending& one) {
        const MessageReader::Result result = one.reader.read(one.socket.get(), one.hello);
        const bool is_stranger = result == MessageReader::Result::complete
                                     ? !is_ours(one.hello)
                                     : !may_be_ours(one.reader.received());
        if (is_stranger) {  // The peer counts as a stranger even if it has closed the connection.
            refuse(one, refusals.strangers, "not a paxos_fast process");
            return false;
        }
        if (result == MessageReader::Result::ended) {
            refuse(one, refusals.silent, "closed the connection before the handshake");
            return false;
        }
        if (result == MessageReader::Result::incomplete) return true;
        one.challenge = make_challenge(secret, one.hello);
        // A connector of another version reads our version from the challenge and reports the
        // difference.
        if (!send_whole(one.socket.get(), one.challenge)) {
            refuse(one, refusals.silent, "closed the connection before the handshake");
            return false;
        }
        if (one.hello.version != handshake_version) {
            refuse(one, refusals.other_builds, "another version of paxos_fast");
            return false;
        }
        one.step = Pending::Step::proof;
        return true;
    }

    bool take_proof(Pending& one, Tick now) {
        Proof proof;
        switch (one.reader.read(one.socket.get(), proof)) {
            case MessageReader::Result::ended:
                refuse(one, refusals.silent, "closed the connection before the handshake");
                return false;
            case MessageReader::Result::incomplete: return true;
            case MessageReader::Result::complete: break;
        }
        if (!is_proved(secret, one.hello, one.challenge, proof)) {
            refuse(one, refusals.wrong_keys, "another key");
            return false;
        }
        one.channel.emplace(std::move(one.socket),
                            keys_of_listener(secret, one.hello, one.challenge), now);
        one.step = Pending::Step::identity;
        return true;
    }

    bool take_identity(Pending& one, Tick now) {
        one.channel->step(now);
        const std::optional<Frame> frame = one.channel->take();
        if (!frame) {
            if (one.channel->state() == Channel::State::open) return true;
            refuse(one, refusals.silent, one.channel->why());
            return false;
        }
        std::optional<Identity> theirs;
        if (frame->is(FrameKind::identity)) theirs = decode_identity(frame->content);
        std::string why = theirs ? difference(self, *theirs) : "sent no identity";
        std::uint64_t* counter = &refusals.other_builds;
        if (why.empty() && has_joined[theirs->rank]) {
            counter = &refusals.taken_ranks;
            const std::string rank = "n" + std::to_string(theirs->rank);
            why = rank + " has already joined, so the process on " + theirs->host + " cannot be " +
                  rank + " too";
        }
        if (!why.empty()) {
            refuse(one, *counter, why);
            // The frame is small and the outbox is empty, so the kernel accepts the frame before
            // the socket is closed.
            static_cast<void>(one.channel->send(FrameKind::refused, std::as_bytes(std::span{why})));
            return false;
        }
        if (!one.channel->send(FrameKind::welcome, encode(self))) return false;
        has_joined[theirs->rank] = true;
        one.channel->set_peer(std::move(*theirs));
        joined.push_back(std::move(*one.channel));
        return false;
    }
};

Listener::Listener(Fd socket, const Secret& secret, Identity self)
    : state_(std::make_unique<State>(std::move(socket), secret, std::move(self))) {}
Listener::~Listener() = default;
Listener::Listener(Listener&&) noexcept = default;

void Listener::watch(std::vector<pollfd>& watched) const {
    watched.push_back({state_->socket.get(), POLLIN, 0});
    for (const State::Pending& one : state_->pending) watched.push_back({one.fd(), POLLIN, 0});
}

void Listener::step(Tick now) {
    state_->accept(now);
    state_->pending.remove_if([&](State::Pending& one) { return !state_->advance(one, now); });
}

Tick Listener::deadline() const {
    Tick first = ~Tick{0};
    for (const State::Pending& one : state_->pending) first = std::min(first, one.deadline);
    return first;
}

std::optional<Channel> Listener::take() {
    if (state_->joined.empty()) return std::nullopt;
    std::optional<Channel> channel{std::move(state_->joined.front())};
    state_->joined.erase(state_->joined.begin());
    return channel;
}

void Listener::forget(std::uint32_t rank) {
    PAXOS_ASSERT(rank != 0 && state_->has_joined[rank]);
    state_->has_joined[rank] = false;
}

std::vector<std::uint32_t> Listener::missing() const {
    std::vector<std::uint32_t> ranks;
    for (std::uint32_t rank = 0; rank < state_->self.size; ++rank)
        if (!state_->has_joined[rank]) ranks.push_back(rank);
    return ranks;
}

const Refusals& Listener::refusals() const { return state_->refusals; }

}  // namespace paxos::control
