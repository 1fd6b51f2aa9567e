#include "control/connector.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "base/text.h"
#include "control/handshake.h"
#include "control/handshake_io.h"
#include "control/listener.h"
#include "paxos/assert.h"

namespace paxos::control {
namespace {

/// Minimum time between two attempts at the same address. It is needed because an attempt may fail
/// at once.
constexpr Tick retry_ns = 50'000'000;
// Maximum number of bytes of a refusal that are shown.
constexpr std::size_t reason_size_max = 512;

/// The printable text of a refusal.
std::string reason_of(Bytes bytes) {
    return printable(
        {reinterpret_cast<const char*>(bytes.data()), std::min(bytes.size(), reason_size_max)});
}

}  // namespace

struct Connector::State {
    struct Candidate {
        Address address;
        std::string problem = "no answer";
        bool has_other_key = false;
    };
    enum class Step { idle, connecting, challenge, welcome };

    std::vector<Candidate> candidates;
    std::vector<Address> sources;
    Secret secret;
    Identity self;
    Tick give_up_at;

    std::size_t current = 0;  // The candidate of the current attempt.
    Step step = Step::idle;
    Tick deadline;        // Deadline of the current step.
    Tick round_began_at;  // When the first candidate was last tried.
    Fd socket;
    MessageReader reader;
    Hello hello{};
    std::optional<Channel> channel;  // From Step::welcome on, it is set and owns the socket.
    std::optional<Channel> made;
    bool is_done = false;
    std::string failure;

    State(const std::vector<Address>& addresses, std::vector<Address> own, const Secret& given,
          Identity identity, Tick now)
        : sources(std::move(own)),
          secret(given),
          self(std::move(identity)),
          give_up_at(now + connect_timeout_ns),
          deadline(now),
          round_began_at(now) {
        PAXOS_ASSERT(!addresses.empty() && self.rank != 0);
        for (const Address& address : addresses) candidates.push_back({.address = address});
    }

    void advance(Tick now) {
        if (is_done) return;
        if (now >= give_up_at) return fail(unanswered());
        // One call may complete several steps of an attempt, but it begins at most one attempt.
        if (step == Step::idle && now >= deadline) begin(now);
        if (step == Step::connecting) finish_connect(now);
        if (step == Step::challenge) take_challenge(now);
        if (step == Step::welcome) take_welcome(now);
        if (!is_done && step != Step::idle && now >= deadline) next("no answer", now);
    }

    void fail(std::string why) {
        is_done = true;
        socket.reset();
        channel.reset();
        failure = std::move(why);
    }

    [[nodiscard]] std::string unanswered() const {
        std::string text = "n0 was not found within " + seconds_text(connect_timeout_ns) + " (";
        for (const Candidate& one : candidates)
            text += (&one == &candidates.front() ? "" : ", ") + one.address.text() + ": " +
                    one.problem;
        return text + "); check that it runs, and that no firewall blocks TCP port " +
               std::to_string(candidates.front().address.port());
    }

    /// Ends the attempt at the current candidate, and moves to the next one.
    void next(std::string problem, Tick now) {
        candidates[current].problem = std::move(problem);
        socket.reset();
        channel.reset();
        reader = {};
        step = Step::idle;
        deadline = now;
        if (++current != candidates.size()) return;
        current = 0;
        deadline = std::max(now, round_began_at + retry_ns);
        const auto has_other_key = [](const Candidate& one) { return one.has_other_key; };
        if (std::ranges::all_of(candidates, has_other_key))
            fail("n0 at " + candidates.front().address.text() +
                 " has another key; give all processes the same --key file");
    }
    void next_by_errno(int error, Tick now) { next(std::strerror(error), now); }

    /// Binds to one of `sources`, so that the local address of the connection is one that other
    /// hosts know. Skips sources that this host does not have or that do not match `to`.
    void bind_source(const Address& to) {
        for (const Address& source : sources)
            if (source.family() == to.family() && source.is_loopback() == to.is_loopback() &&
                ::bind(socket.get(), source.at(0).get(), source.size()) == 0)
                return;
    }

    void begin(Tick now) {
        if (current == 0) round_began_at = now;
        const Address& to = candidates[current].address;
        candidates[current].has_other_key = false;
        socket = Fd{::socket(to.family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
        if (!socket.is_open()) return next_by_errno(errno, now);
        bind_source(to);
        deadline = now + candidate_timeout_ns;
        step = Step::connecting;
        if (::connect(socket.get(), to.get(), to.size()) != 0 && errno != EINPROGRESS)
            next_by_errno(errno, now);
    }

    void finish_connect(Tick now) {
        pollfd writable{socket.get(), POLLOUT, 0};
        if (::poll(&writable, 1, 0) <= 0) return;
        int error = 0;
        socklen_t size = sizeof error;
        ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size);
        if (error != 0) return next_by_errno(error, now);
        hello = make_hello();
        if (!send_whole(socket.get(), hello)) return next("closed the connection", now);
        step = Step::challenge;
    }

    void take_challenge(Tick now) {
        Challenge challenge{};
        switch (reader.read(socket.get(), challenge)) {
            case MessageReader::Result::ended: return next("closed the connection", now);
            case MessageReader::Result::incomplete: return;
            case MessageReader::Result::complete: break;
        }
        if (!is_ours(challenge)) return next("not a paxos_fast process", now);
        if (challenge.version != handshake_version)
            return fail("n0 at " + candidates[current].address.text() +
                        " is another version of paxos_fast; install the same version everywhere");
        if (!is_proved(secret, hello, challenge)) {
            // A proof of zeros shows the listener that the keys differ. The listener does not need
            // this proof, so a failure to send it is ignored.
            static_cast<void>(send_whole(socket.get(), Proof{}));
            candidates[current].has_other_key = true;
            return next("another key", now);
        }
        if (!send_whole(socket.get(), make_proof(secret, hello, challenge)))
            return next("closed the connection", now);
        channel.emplace(std::move(socket), keys_of_connector(secret, hello, challenge), now);
        if (!channel->send(FrameKind::identity, encode(self)))
            return next("closed the connection", now);
        deadline = now + handshake_timeout_ns;
        step = Step::welcome;
    }

    void take_welcome(Tick now) {
        channel->step(now);
        const std::optional<Frame> frame = channel->take();
        if (!frame) {
            if (channel->state() != Channel::State::open) next(channel->why(), now);
            return;
        }
        if (frame->is(FrameKind::refused)) return fail(reason_of(frame->content));
        std::optional<Identity> theirs;
        if (frame->is(FrameKind::welcome)) theirs = decode_identity(frame->content);
        if (!theirs) return next("sent no identity", now);
        channel->set_peer(std::move(*theirs));
        made = std::move(channel);
        channel.reset();
        is_done = true;
    }
};

Connector::Connector(const std::vector<Address>& candidates, std::vector<Address> sources,
                     const Secret& secret, Identity self, Tick now)
    : state_(
          std::make_unique<State>(candidates, std::move(sources), secret, std::move(self), now)) {}
Connector::~Connector() = default;
Connector::Connector(Connector&&) noexcept = default;

void Connector::watch(std::vector<pollfd>& watched) const {
    const State& state = *state_;
    if (state.channel)
        watched.push_back({state.channel->fd(), state.channel->events(), 0});
    else if (state.socket.is_open())
        watched.push_back(
            {state.socket.get(),
             static_cast<short>(state.step == State::Step::connecting ? POLLOUT : POLLIN), 0});
}

void Connector::step(Tick now) { state_->advance(now); }

Tick Connector::deadline() const {
    return state_->is_done ? ~Tick{0} : std::min(state_->deadline, state_->give_up_at);
}

std::optional<Channel> Connector::take() {
    std::optional<Channel> channel = std::move(state_->made);
    state_->made.reset();
    return channel;
}

const std::string& Connector::failure() const { return state_->failure; }

}  // namespace paxos::control
