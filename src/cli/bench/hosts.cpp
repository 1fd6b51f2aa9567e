// See hosts.h.
#include "cli/bench/hosts.h"

#include <poll.h>

#include <algorithm>
#include <cstdlib>
#include <utility>

#include "base/text.h"
#include "cli/print.h"
#include "cli/text.h"
#include "cli/version.h"
#include "control/connector.h"
#include "control/listener.h"
#include "io/clock.h"
#include "measure/environment.h"
#include "paxos/limits.h"

namespace paxos::cli {
namespace {

constexpr Tick wait_ns_max = 100'000'000;

/// The identity of this process. Its `facts` describe the build and the list of peers, and must be
/// equal in all processes. The build must be equal because the processes send each other structs as
/// bytes.
control::Identity identity_of(const control::Bootstrap& start) {
    const measure::Build build = build_info();
    control::Identity identity;
    identity.rank = start.rank;
    identity.size = start.size;
    identity.host = measure::read_environment().host;
    identity.facts = {{"version", build.version},
                      {"commit", build.commit + (build.dirty ? " (changed)" : "")},
                      {"value size", std::to_string(limits::value_size)},
                      {"--peers", start.peer_list}};
    return identity;
}

/// Waits for an event of `side`, a Listener or a Connector, for at most `wait_ns_max`, and lets
/// `side` handle it. Returns false if a signal is pending.
template <class Side>
bool step(Side& side, int signals) {
    std::vector<pollfd> watched{{signals, POLLIN, 0}};
    side.watch(watched);
    const Tick now = io::now();
    const Tick deadline = side.deadline();
    const Tick wait_ns = std::min(deadline - std::min(deadline, now), wait_ns_max);
    // If poll() fails with EINTR, nothing is lost, because the caller calls step() in a loop.
    static_cast<void>(
        ::poll(watched.data(), watched.size(), static_cast<int>(wait_ns / 1'000'000 + 1)));
    side.step(io::now());
    return watched.front().revents == 0;
}

/// The names of ranks, such as " n1 n2".
std::string names_of_ranks(const std::vector<std::uint32_t>& ranks) {
    std::string text;
    for (const std::uint32_t rank : ranks) text += " n" + std::to_string(rank);
    return text;
}

std::string missing_text(const std::vector<std::uint32_t>& missing, std::uint32_t size,
                         const std::string& refused) {
    std::string text = std::to_string(missing.size()) + " of " + std::to_string(size) +
                       " processes did not connect within " +
                       seconds_text(control::connect_timeout_ns) + ":" + names_of_ranks(missing);
    text += "; start the missing processes, and open the TCP port of n0 to them";
    return refused.empty() ? text : text + "\n" + refused;
}

/// Whether the peer has closed the connection, even if frames from it have not been read yet.
bool has_hung_up(const control::Channel& channel) {
    pollfd watched{channel.fd(), POLLRDHUP, 0};
    return ::poll(&watched, 1, 0) > 0;
}

std::optional<Joined> listen(control::Bootstrap& start, int signals, const OnWait& on_wait,
                             std::string& error) {
    control::Listener listener(std::move(start.listening), start.secret, identity_of(start));
    const Tick begin = io::now();
    Joined joined;
    std::vector<std::optional<control::Channel>> by_rank(start.size);
    while (!listener.missing().empty()) {
        if (io::now() - begin >= control::connect_timeout_ns) {
            error = missing_text(listener.missing(), start.size, listener.refusals().text());
            return std::nullopt;
        }
        on_wait(names_of_ranks(listener.missing()).substr(1) + " to connect to n0");
        if (!step(listener, signals)) return std::nullopt;
        while (std::optional<control::Channel> channel = listener.take())
            by_rank[channel->peer().rank] = std::move(channel);
        for (std::uint32_t rank = 1; rank < start.size; ++rank) {
            if (!by_rank[rank] || !has_hung_up(*by_rank[rank])) continue;
            by_rank[rank].reset();
            listener.forget(rank);  // The process may be restarted and connect again.
        }
    }
    for (std::optional<control::Channel>& channel : by_rank)
        if (channel) joined.channels.push_back(std::move(*channel));
    joined.refused = listener.refusals().text();
    return joined;
}

std::optional<Joined> connect(control::Bootstrap& start, int signals, const OnWait& on_wait,
                              std::string& error) {
    control::Connector connector(start.rank0, start.self, start.secret, identity_of(start),
                                 io::now());
    Joined joined;
    while (joined.channels.empty()) {
        if (!connector.failure().empty()) {
            error = connector.failure();
            return std::nullopt;
        }
        on_wait("n0" + (start.rank0.empty() ? "" : " at " + start.rank0.front().text()));
        if (!step(connector, signals)) return std::nullopt;
        if (std::optional<control::Channel> channel = connector.take())
            joined.channels.push_back(std::move(*channel));
    }
    return joined;
}

}  // namespace

std::optional<control::Bootstrap> learn_start(const Options& options,
                                              const std::optional<control::Secret>& key,
                                              std::string& error) {
    control::BootstrapOptions given;
    given.peers = options.peers;
    given.id = options.id;
    given.port = options.plan.port;
    if (!options.network.empty()) given.network = control::Network::parse(options.network);
    given.key = key;
    given.size_max = limits::nodes_max;
    const control::StartKind how = control::start_kind(given, ::getenv, error);
    if (!error.empty()) return std::nullopt;
    return control::bootstrap(how, given, error);
}

std::uint16_t udp_port_of(const control::Bootstrap& start) {
    return start.self.empty() ? std::uint16_t{0} : start.self.front().port();
}

OnWait shown_wait(ProgressLine& progress, When progress_when, std::string& doing) {
    return [&progress, &doing, begin = io::now(),
            is_silent = progress_when == When::never](const std::string& awaited) mutable {
        doing = "waiting for " + awaited;
        const Tick waited_ns = io::now() - begin;
        if (waited_ns < io::ns_per_second) return;
        if (progress.is_on())
            progress.show(doing + "  " + rough_time_text(io::to_seconds(waited_ns)));
        else if (!std::exchange(is_silent, true))
            print_error(std::string(program_prefix) + doing + ", for at most " +
                        seconds_text(control::connect_timeout_ns));
    };
}

std::optional<Joined> join(control::Bootstrap& start, int signals, const OnWait& on_wait,
                           std::string& error) {
    return start.rank == 0 ? listen(start, signals, on_wait, error)
                           : connect(start, signals, on_wait, error);
}

}  // namespace paxos::cli
