#include "cluster/launcher.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <map>

#include <poll.h>
#include <sys/eventfd.h>
#include <sys/random.h>
#include <sys/timerfd.h>

#include "cluster/node_sockets.h"
#include "cluster/value_text.h"
#include "io/clock.h"
#include "io/probe.h"
#include "measure/text.h"
#include "paxos/variants.h"
#include "trace/words.h"

namespace paxos::cluster {
namespace {

constexpr Tick ms = 1'000'000;
constexpr Tick interval_ns = 100 * ms;      // Of progress, log and watch.
constexpr Tick short_interval_ns = 1 * ms;  // Near the end of a duration.
constexpr Tick start_timeout_ns = 20'000 * ms;
constexpr Tick stop_timeout_ns = 2'000 * ms;
/// A node may be suspended for this long between reading its clock and writing the record.
constexpr Tick log_delay_ns = 100 * ms;

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

trace::Setting setting_of(const node::Plan& plan) {
    trace::Setting setting;
    setting.nodes = plan.nodes;
    setting.warmup = plan.warmup;
    setting.phase_1_for_all = traits_of(plan.protocol).scope == PromiseScope::whole_log;
    setting.round_first = plan.log_first;
    const Slot end = plan.slot_end();
    setting.round_end = std::min(plan.log_end, end == ~Slot{0} ? end : end - plan.warmup);
    setting.text_of_value = [&plan](const Value& value) { return text_of(plan, value); };
    return setting;
}

}  // namespace

Launcher::Launcher(const node::Plan& plan, const Placement& placement, int repetition,
                   const Callbacks& callbacks)
    : plan_(plan),
      placement_(placement),
      callbacks_(callbacks),
      begun_at_(io::now()),
      cores_(placement) {
    record_.plan = &plan;
    record_.placement = &placement;
    record_.repetition = repetition;
    record_.slot_end = plan.slot_end();
}

Launcher::~Launcher() {
    children_.kill_all();
    for (io::Socket& socket : sockets_) io::close(socket);
}

measure::RunResult Launcher::run() {
    std::string error;
    if (!board_.map(plan_, error)) {
        // Without a board there is nothing to gather.
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

    membership_.nodes = plan_.nodes;
    if (::getrandom(&membership_.run, sizeof membership_.run, 0) != sizeof membership_.run)
        return fail_by_errno(error, "getrandom");
    if (!open_node_sockets(plan_, sockets_, error)) return false;
    for (const io::Socket& socket : sockets_) peers_.add(socket.address);
    if (plan_.log && callbacks_.log_line)
        narrator_ = std::make_unique<trace::Narrator>(setting_of(plan_), callbacks_.log_line);
    return true;
}

bool Launcher::start_nodes(std::string& error) {
    for (std::size_t i = 0; i < plan_.nodes; ++i) {
        node::Context context;
        context.plan = &plan_;
        context.self = static_cast<NodeId>(i);
        context.control = node::Control(board_.get(), plan_.nodes, context.self);
        context.board = &board_.get().nodes[i];
        context.socket = sockets_[i].fd;
        context.wake = wake_.get();
        context.membership = membership_;
        context.membership.self = context.self;
        context.peers = &peers_;
        context.core = placement_.core_of[i];
        context.idle = placement_.idle_of[i];
        context.shares_core = std::ranges::count(placement_.core_of, context.core) > 1;
        context.receive_buffer_size = sockets_[i].receive_buffer_size;
        if (!children_.start(context, error)) return false;
    }
    // The launcher keeps the sockets open to the end, so that an ended node's port stays bound
    // (S41). Only the nodes receive from them.
    return true;
}

bool Launcher::wait_until_ready(std::string& error) {
    for (;;) {
        NodeMask waiting;
        children_.live().for_each([&](NodeId node) {
            const auto state = static_cast<node::NodeState>(board_.get().nodes[node].state.seen());
            if (state == node::NodeState::starting) waiting.add(node);
        });
        if (is_broken() || children_.live().empty())
            return fail(error, "no node became ready" + memory_.kills_text());
        if (record_.signal != 0) return false;
        if (waiting.empty()) break;
        if (io::now() - begun_at_ >= start_timeout_ns)
            return fail(error, trace::names_of(waiting) +
                                   " did not become ready within 20 s; is the machine overloaded?");
        wait();
    }
    started_at_ = io::now();
    board_.get().launcher.started_at.set(started_at_);
    board_.get().launcher.phase.publish(static_cast<std::uint64_t>(node::Phase::start));
    return true;
}

bool Launcher::is_broken() const {
    for (std::size_t i = 0; i < children_.count(); ++i) {
        const Ending& ending = children_.ending(i);
        // Before Phase::stop a node exits only on an error.
        if (ending.has_ended && (ending.signal == 0 || ending.is_crash())) return true;
    }
    return false;
}

void Launcher::watch() {
    Watch watch(plan_, started_at_);
    bool is_quick = false;
    Tick reported_at = started_at_;
    while (record_.outcome == Outcome::running && record_.signal == 0 && !is_broken()) {
        wait();
        record_.outcome = watch.look(board_.get(), children_.live(), io::now());
        if (const std::string warning = watch.take_warning();
            !warning.empty() && callbacks_.warning)
            callbacks_.warning(warning);
        if (watch.is_near_end() && !is_quick) {
            is_quick = true;
            set_timer(short_interval_ns);
        }
        const Tick now = io::now();
        if (now - reported_at < interval_ns) continue;
        reported_at = now;
        cores_.look(children_.pids(), children_.live());
        board_.get().launcher.cores_shared.set(cores_.sharing().bits());
        pass_on_log(false);
        const double elapsed_s = static_cast<double>(now - started_at_) / 1e9;
        if (callbacks_.progress)
            callbacks_.progress({watch.learned_max(), watch.slot_end(), elapsed_s});
    }
    record_.reason = watch.reason();
    record_.slot_end = watch.slot_end();
    if (record_.outcome == Outcome::complete)
        record_.silent = watch.unfinished(board_.get(), children_.live());
    record_.cut_off = record_.silent & watch.cut_off();
    record_.silent = record_.silent - record_.cut_off;
    note_stopped(record_.silent);
}

void Launcher::note_stopped(NodeMask nodes) {
    nodes.for_each([&](NodeId node) {
        if (children_.is_stopped(node)) record_.stopped.add(node);
    });
}

void Launcher::stop() {
    const Tick begun_at = io::now();
    board_.get().launcher.phase.publish(static_cast<std::uint64_t>(node::Phase::stop));
    const int first_signal = record_.signal;
    // A node that was stopped from outside (SIGSTOP) does not react. A second signal ends the wait.
    while (!(children_.live() - record_.stopped).empty() &&
           io::now() - begun_at < stop_timeout_ns && record_.signal == first_signal)
        wait();
    record_.silent = record_.silent | children_.live();
    note_stopped(children_.live());
    children_.kill_all();
    record_.environment_changes = cores_.changes();
    record_.throttled = cores_.throttled();
    record_.memory_limit = memory_.limit();
    record_.oom_kills = memory_.kills();
    for (const io::Socket& socket : sockets_) record_.unread += io::drain(socket, peers_);
    record_.stop_ns = io::now() - begun_at;
}

void Launcher::wait() {
    std::vector<pollfd> watched{
        {wake_.get(), POLLIN, 0}, {timer_.get(), POLLIN, 0}, {signals_.fd(), POLLIN, 0}};
    children_.live().for_each(
        [&](NodeId node) { watched.push_back({children_.pidfd(node), POLLIN, 0}); });
    // EINTR or a temporary lack of memory: the caller checks again.
    if (::poll(watched.data(), watched.size(), -1) < 0) return;

    std::uint64_t count = 0;  // Not used: reading resets the descriptor.
    if (watched[0].revents != 0) static_cast<void>(!::read(wake_.get(), &count, sizeof count));
    if (watched[1].revents != 0) static_cast<void>(!::read(timer_.get(), &count, sizeof count));
    while (const int signal = signals_.take()) record_.signal = signal;
    children_.reap();
    mark_dead();
}

void Launcher::mark_dead() {
    node::Board& board = board_.get();
    // A node that ends because it was told to stop is not marked: its last datagrams are valid.
    if (board.launcher.phase.get() == static_cast<std::uint64_t>(node::Phase::stop)) return;
    const NodeMask dead = NodeMask::first(children_.count()) - children_.live();
    dead.for_each([&](NodeId node) { board.dead.mark(node); });
}

void Launcher::set_timer(Tick ns) {
    itimerspec interval{};
    interval.it_interval = interval.it_value = io::to_timespec(ns);
    // Cannot fail with a valid time (timerfd_settime(2)).
    ::timerfd_settime(timer_.get(), 0, &interval, nullptr);
}

void Launcher::pass_on_log(bool is_end) {
    if (!narrator_) return;
    const Tick now = io::now();
    std::uint64_t lost = 0;
    for (std::size_t i = 0; i < plan_.nodes; ++i) {
        trace::Ring& ring = board_.get().nodes[i].trace;
        // At most the capacity: a node that keeps filling the ring must not block the launcher.
        trace::Record record;
        for (std::size_t taken = 0; taken < trace::Ring::capacity && ring.pop(record); ++taken)
            narrator_->add(static_cast<NodeId>(i), record);
        lost += ring.lost();
    }
    narrator_->advance(now - log_delay_ns);
    if (is_end) narrator_->finish(lost);
}

/// The errors with which the kernel refused sends, with remedies. Empty: no send was refused.
std::string Launcher::refusals_text() const {
    std::map<int, std::uint64_t> refused;
    for (std::size_t node = 0; node < plan_.nodes; ++node) {
        const node::NodeBoard& board = board_.get().nodes[node];
        for (std::size_t i = 0; i < board.refused_errno.size(); ++i)
            refused[static_cast<int>(board.refused_errno[i].get())] += board.refused_datagrams[i]
                                                                           .get();
    }
    std::string text;
    for (const auto& [error, datagrams] : refused)
        if (error != 0 && error != ECONNREFUSED)
            text += "; the kernel refused " + measure::counted(datagrams, "datagram") + ": " +
                    measure::errno_text(error) + io::send_remedy(error);
    return text;
}

measure::RunResult Launcher::result() {
    if (record_.has_started && record_.outcome != Outcome::complete)
        record_.reason += refusals_text();
    pass_on_log(true);
    for (std::size_t i = 0; i < children_.count(); ++i) {
        record_.endings.push_back(children_.ending(i));
        record_.pids.push_back(children_.pid(i));
    }
    while (const int signal = signals_.take()) record_.signal = signal;
    return gather(board_.get(), record_);
}

measure::RunResult run(const node::Plan& plan, const Placement& placement, int repetition,
                       const Callbacks& callbacks) {
    return Launcher(plan, placement, repetition, callbacks).run();
}

}  // namespace paxos::cluster
