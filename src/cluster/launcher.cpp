#include "cluster/launcher.h"

#include <cerrno>
#include <csignal>
#include <cstring>
#include <type_traits>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/timerfd.h>

#include "cluster/log_files.h"
#include "cluster/node_sockets.h"
#include "cluster/traced.h"
#include "io/clock.h"
#include "io/probe.h"

namespace paxos::cluster {
namespace {

constexpr Tick ms = 1'000'000;
constexpr Tick interval_ns = Series::interval_ns;  // The time between two readings of the board.
// Used instead of interval_ns near the end of a run with a duration, and while a node waits to be
// restarted.
constexpr Tick short_interval_ns = 1 * ms;
constexpr Tick start_timeout_ns = 20'000 * ms;
constexpr Tick stop_timeout_ns = 2'000 * ms;
// Before a durable node stops, it writes all its records. This may take long, because all nodes do
// so at the same time.
constexpr Tick durable_stop_timeout_ns = 20'000 * ms;

/// Sets `error`. Always returns false.
bool fail(std::string& error, std::string text) {
    error = std::move(text);
    return false;
}
bool fail_by_errno(std::string& error, const char* call) {
    const bool too_many = errno == EMFILE || errno == ENFILE;
    return fail(error, std::string(call) + ": " + std::strerror(errno) +
                           (too_many ? ": raise the limit of open files (ulimit -n)" : ""));
}

/// Fills `bits` with random bits. If false, errno has the reason.
template <class Bits>
bool draw(Bits& bits) {
    // A request for at most 256 bytes is never interrupted by a signal (getrandom(2)).
    static_assert(std::is_trivially_copyable_v<Bits> && sizeof bits <= 256);
    return ::getrandom(&bits, sizeof bits, 0) == sizeof bits;
}

}  // namespace

Launcher::Launcher(const node::Plan& plan, const Placement& placement, int repetition,
                   const Callbacks& callbacks, const control::Secret* secret, Remotes* remotes,
                   node::LogFiles* files)
    : plan_(plan),
      placement_(placement),
      callbacks_(callbacks),
      secret_(secret),
      remotes_(remotes),
      files_(files),
      local_nodes_(remotes == nullptr ? plan.nodes : 1),
      begun_at_(io::now()),
      series_(plan),
      cores_(placement) {
    record_.plan = &plan;
    record_.placement = &placement;
    record_.files = files;
    record_.repetition = repetition;
    record_.slot_end = plan.slot_end();
    // Nodes on other hosts cannot be sampled, because their histograms arrive only at the end of
    // the run.
    if (remotes_ == nullptr) record_.series = &series_;
}

Launcher::~Launcher() {
    // The nodes must end before the destruction of sockets_ frees their ports.
    children_.kill_all();
}

measure::RunResult Launcher::run() {
    std::string error;
    if (!board_.map(plan_, error)) {
        // Without a board, gather() cannot be called.
        measure::RunResult result;
        result.repetition = record_.repetition;
        result.exit_code = 3;
        result.failure = result.verdict_reason = error;
        return result;
    }
    record_.has_started = prepare(error) && start_nodes(error) && wait_until_ready(error);
    record_.start_ns = io::now() - begun_at_;
    if (record_.has_started)
        watch();
    else
        record_.reason = error;
    stop();
    return result();
}

bool Launcher::prepare(std::string& error) {
    if (!signals_.hold(error)) return false;
    wake_ = Fd{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    if (!wake_.is_open()) return fail_by_errno(error, "eventfd");
    timer_ = Fd{::timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC)};
    if (!timer_.is_open()) return fail_by_errno(error, "timerfd_create");
    set_timer(interval_ns);

    if (files_ != nullptr && !find_log_end(error)) return false;
    if (!draw_membership(error)) return false;
    const Address address = remotes_ == nullptr ? Address::loopback(0) : remotes_->own_address();
    if (!open_node_sockets(plan_, {address, 0, local_nodes_}, sockets_, error)) return false;
    if (remotes_ == nullptr)
        for (std::size_t i = 0; i < plan_.nodes; ++i)
            peers_.add(sockets_.receivers[i].address, sockets_.senders[i].address);
    else if (!remotes_->prepare(plan_, record_.repetition, membership_.run, board_.get(),
                                signals_.fd(), sockets_.receivers.front(), sockets_.senders.front(),
                                peers_, error))
        return false;
    if (files_ != nullptr && remotes_ != nullptr)
        files_->base = std::max(files_->base, remotes_->log_end());
    if (plan_.log && callbacks_.log_line)
        narrator_ = std::make_unique<trace::Narrator>(
            setting_of(plan_, callbacks_.language, callbacks_.columns), callbacks_.log_line,
            [this](const trace::Narrator::Printed& printed) {
                if (record_.trace.size() < traced_max)
                    record_.trace.push_back(traced(plan_, printed));
            });
    return true;
}

bool Launcher::find_log_end(std::string& error) {
    bool is_found = false;
    const auto find = [&] { is_found = find_base(*files_, NodeMask::first(local_nodes_), error); };
    if (remotes_ == nullptr)
        find();
    else
        remotes_->beside(find);
    return is_found;
}

bool Launcher::draw_membership(std::string& error) {
    membership_.nodes = plan_.nodes;
    if (!draw(membership_.run)) return fail_by_errno(error, "getrandom");
    if (plan_.auth != node::AuthKind::on) return true;
    membership_.key.emplace();
    if (secret_ != nullptr)
        membership_.key = control::datagram_key(*secret_, membership_.run);
    else if (!draw(*membership_.key))
        return fail_by_errno(error, "getrandom");
    return true;
}

bool Launcher::start_nodes(std::string& error) {
    if (remotes_ != nullptr) remotes_->launch(files_ == nullptr ? 0 : files_->base);
    for (std::size_t i = 0; i < local_nodes_; ++i)
        if (!children_.start(context_for(static_cast<NodeId>(i)), error)) return false;
    // The launcher keeps the sockets open to the end, so that an ended node's port stays bound
    // (S41). During the run the launcher does not receive from these sockets.
    return true;
}

node::Context Launcher::context_for(NodeId node) const {
    const Seat seat{.core = placement_.core_of[node],
                    .idle = placement_.idle_of[node],
                    .shares_core = shares_core(placement_, node)};
    const NodeParts parts{plan_,  board_.get(), sockets_.receivers[node], wake_.get(), membership_,
                          peers_, files_};
    return context_of(parts, node, seat);
}

bool Launcher::wait_until_ready(std::string& error) {
    for (;;) {
        NodeMask waiting;
        live().for_each([&](NodeId node) {
            const auto state = static_cast<node::NodeState>(board_.get().nodes[node].state.seen());
            if (state == node::NodeState::starting) waiting.add(node);
        });
        if (remotes_ != nullptr && !remotes_->failure().empty())
            return fail(error, remotes_->failure());
        const NodeMask ended = NodeMask::first(plan_.nodes) - live();
        const std::string end = trace::names_of(ended) + " ended before the run began";
        if (is_broken() || live().empty()) return fail(error, end + memory_.kills_text());
        if (record_.signal != 0) return false;
        // A durable run that spans hosts begins only if every node is ready (host_files.h, 2).
        if (remotes_ != nullptr && files_ != nullptr && !ended.empty()) return fail(error, end);
        if (waiting.empty()) break;
        if (io::now() - begun_at_ >= start_timeout_ns)
            return fail(error, trace::names_of(waiting) +
                                   " did not become ready within 20 s; is the machine overloaded?");
        wait();
    }
    if (remotes_ != nullptr) remotes_->start();
    record_.started_at = started_at_ = io::now();
    board_.get().launcher.started_at.set(started_at_);
    board_.get().launcher.phase.publish(static_cast<std::uint64_t>(node::Phase::start));
    return true;
}

bool Launcher::is_broken() const {
    for (std::size_t i = 0; i < plan_.nodes; ++i) {
        const Ending& one = ending(i);
        // Before Phase::stop a node exits only on an error. A failed disk does not end the run.
        if (one.has_ended && (one.signal == 0 || one.is_crash()) && !has_lost_storage(i))
            return true;
    }
    return false;
}

NodeMask Launcher::live() const {
    return remotes_ == nullptr ? children_.live() : children_.live() | remotes_->live();
}

const Ending& Launcher::ending(std::size_t node) const {
    static const Ending not_started;
    if (node < children_.count()) return children_.ending(node);
    return remotes_ == nullptr || node < local_nodes_ ? not_started
                                                      : remotes_->ending(static_cast<NodeId>(node));
}

NodeMask Launcher::ended() const {
    NodeMask started = NodeMask::first(children_.count());
    if (remotes_ != nullptr && remotes_->are_launched())
        started = started | (NodeMask::first(plan_.nodes) - NodeMask::first(local_nodes_));
    return started - live();
}

Restarts::Processes Launcher::processes() {
    const auto note = [this](NodeId node, Tick at, const std::string& what) {
        series_.note(node, at, what);
        if (narrator_) narrator_->remark(at, "n" + std::to_string(node) + " " + what);
    };
    return {.ended = [this] { return ended(); },
            .ending = [this](NodeId node) -> const Ending& { return ending(node); },
            .start =
                [this](NodeId node, Slot recorded_end, std::string& error) {
                    if (node >= local_nodes_) return remotes_->restart(node, recorded_end, error);
                    node::Context context = context_for(node);
                    context.is_later_incarnation = true;
                    context.recorded_end = recorded_end;
                    return children_.restart(node, context, error);
                },
            .kill =
                [this](NodeId node) {
                    node < local_nodes_ ? children_.kill(node) : remotes_->kill(node);
                },
            .on_killed = note,
            .on_ready =
                [this, note](NodeId node, Tick at) {
                    note(node, at, "runs again");
                    if (remotes_ != nullptr) remotes_->announce_restarted(node);
                }};
}

void Launcher::watch() {
    Watch watch(plan_, started_at_);
    Tick timer_ns = interval_ns, reported_at = started_at_;
    series_.begin(plan_, started_at_);
    restarts_.begin(board_.get(), started_at_, processes());
    while (record_.outcome == Outcome::running && record_.signal == 0 && !is_broken()) {
        const bool is_hurried = watch.is_near_end() || !restarts_.pending().empty();
        const Tick needed_ns = is_hurried ? short_interval_ns : interval_ns;
        if (needed_ns != timer_ns) set_timer(needed_ns);
        timer_ns = needed_ns;
        wait();
        restarts_.step(io::now());
        const NodeMask pending = restarts_.pending();
        record_.outcome = watch.observe(board_.get(), live() | pending, io::now(),
                                        restarts_.starting());
        if (const std::string warning = watch.take_warning();
            !warning.empty() && callbacks_.warning)
            callbacks_.warning(warning);
        const Tick now = io::now();
        series_.note_ended(NodeMask::first(children_.count()) - children_.live() - pending, now);
        if (remotes_ == nullptr) series_.sample(board_.get(), now);
        if (now - reported_at < interval_ns) continue;
        reported_at = now;
        // A node that is starting is not pinned to its core yet.
        cores_.reread(children_.pids(), children_.live() - restarts_.starting());
        board_.get().launcher.cores_shared.set(cores_.sharing().bits());
        pass_on_log(false);
        const double elapsed_s = static_cast<double>(now - started_at_) / 1e9;
        if (callbacks_.progress)
            callbacks_.progress({watch.learned_max(), watch.slot_end(), elapsed_s});
    }
    ended_at_ = io::now();
    record_.reason = watch.reason();
    record_.slot_end = watch.slot_end();
    if (record_.outcome == Outcome::complete)
        record_.silent = watch.unfinished(board_.get(), live());
    record_.cut_off = record_.silent & watch.cut_off();
    record_.silent = record_.silent - record_.cut_off;
    note_stopped(record_.silent);
}

void Launcher::note_stopped(NodeMask nodes) {
    nodes.for_each([&](NodeId node) {
        // This launcher cannot know whether the node of a silent host still runs correctly. The
        // node therefore counts as stopped from outside, and is not reported as hung.
        const bool is_stopped = node < local_nodes_ ? children_.is_stopped(node)
                                                    : remotes_->is_stopped(node) ||
                                                          remotes_->silent(io::now()).has(node);
        if (is_stopped) record_.stopped.add(node);
    });
}

void Launcher::stop() {
    const Tick begun_at = io::now();
    board_.get().launcher.phase.publish(static_cast<std::uint64_t>(node::Phase::stop));
    if (remotes_ != nullptr) remotes_->stop();
    restarts_.stop();
    const int first_signal = record_.signal;
    const Tick timeout_ns = files_ == nullptr ? stop_timeout_ns : durable_stop_timeout_ns;
    // A node that was stopped from outside (SIGSTOP) does not react, so it is not waited for. A
    // signal ends the wait, but not if the same signal has ended the run. That signal may arrive
    // twice for one cause: timeout(1) signals the process and then its group, and launchers on
    // other hosts pass on the signals that they receive.
    while (!(live() - record_.stopped).empty() && io::now() - begun_at < timeout_ns &&
           record_.signal == first_signal)
        wait();
    record_.silent = record_.silent | live();
    note_stopped(live());
    children_.kill_all();
    if (remotes_ != nullptr) collect();
    record_.watch = {.environment_changes = cores_.changes(),
                     .throttled = cores_.throttled(),
                     .oom_kills = memory_.kills(),
                     .memory_limit = memory_.limit()};
    for (const io::Socket& socket : sockets_.receivers) record_.unread += io::drain(socket, peers_);
    record_.stop_ns = io::now() - begun_at;
}

void Launcher::collect() {
    const Tick begun_at = io::now();
    remotes_->collect();
    while (!remotes_->has_collected() && io::now() - begun_at < stop_timeout_ns) wait();
    remotes_->settle();
    record_.unread += remotes_->unread();
    record_.remote_watches = remotes_->watches();
}

void Launcher::wait() {
    std::vector<pollfd> watched{
        {wake_.get(), POLLIN, 0}, {timer_.get(), POLLIN, 0}, {signals_.fd(), POLLIN, 0}};
    children_.live().for_each(
        [&](NodeId node) { watched.push_back({children_.pidfd(node), POLLIN, 0}); });
    if (remotes_ != nullptr) remotes_->watch(watched);
    // poll can fail with EINTR or for a temporary lack of memory. The caller then waits again.
    if (::poll(watched.data(), watched.size(), -1) < 0) return;

    std::uint64_t count = 0;  // Its value is not used. Reading it resets the descriptor.
    if (watched[0].revents != 0) static_cast<void>(!::read(wake_.get(), &count, sizeof count));
    if (watched[1].revents != 0) static_cast<void>(!::read(timer_.get(), &count, sizeof count));
    while (const int signal = signals_.take()) record_.signal = signal;
    if (remotes_ != nullptr) {
        remotes_->step();
        if (const int signal = remotes_->take_signal(); signal != 0) record_.signal = signal;
    }
    children_.reap();
    mark_dead();
}

void Launcher::mark_dead() {
    node::Board& board = board_.get();
    // A node that ends after the order to stop is not marked as dead, so that other nodes still use
    // its last datagrams.
    if (board.launcher.phase.get() == static_cast<std::uint64_t>(node::Phase::stop)) return;
    const NodeMask dead = ended();
    dead.for_each([&](NodeId node) { board.dead.mark(node); });
    if (remotes_ != nullptr) remotes_->announce_ended(dead);
}

void Launcher::set_timer(Tick ns) {
    itimerspec interval{};
    interval.it_interval = interval.it_value = io::to_timespec(ns);
    // timerfd_settime cannot fail with a valid time (timerfd_settime(2)).
    ::timerfd_settime(timer_.get(), 0, &interval, nullptr);
}

measure::RunResult run(const node::Plan& plan, const Placement& placement, int repetition,
                       const Callbacks& callbacks, const control::Secret* secret, Remotes* remotes,
                       node::LogFiles* files) {
    return Launcher(plan, placement, repetition, callbacks, secret, remotes, files).run();
}

}  // namespace paxos::cluster
