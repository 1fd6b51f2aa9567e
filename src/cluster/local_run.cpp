// See local_run.h.
#include "cluster/local_run.h"

#include <cerrno>
#include <cstring>

#include <sys/eventfd.h>

#include "cluster/log_files.h"
#include "cluster/restarts.h"
#include "io/clock.h"
#include "io/probe.h"

namespace paxos::cluster {
namespace {

constexpr std::size_t records_max = (std::size_t{512} << 10) / sizeof(trace::Record);

}  // namespace

LocalRun::LocalRun(const Prepare& order, NodeId self, const control::Secret& secret,
                   node::LogFiles* files)
    : plan_(order.plan), self_(self), run_(order.run), files_(files) {
    membership_.nodes = plan_.nodes;
    membership_.run = order.run;
    if (plan_.auth == node::AuthKind::on)
        membership_.key = control::datagram_key(secret, order.run);
}

SocketReport LocalRun::prepare(const Prepare& order, const Address& own,
                               const std::vector<int>& cores) {
    SocketReport report;
    std::string error;
    wake_ = Fd{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
    if (!wake_.is_open())
        error = std::string("eventfd: ") + std::strerror(errno);
    else if ((files_ == nullptr || find_base(*files_, NodeMask::of(self_), error)) &&
             place_one(plan_, NodeMask{order.neighbours}, self_, cores, seat_, error) &&
             board_.map(plan_, error) && open_node_sockets(plan_, {own, self_, 1}, sockets_, error))
        report = {.receiver = sockets_.receivers.front().address,
                  .sender = sockets_.senders.front().address,
                  .receive_buffer_size = sockets_.receivers.front().receive_buffer_size,
                  .core = seat_.core,
                  .idle = seat_.idle,
                  .log_end = files_ == nullptr ? 0 : files_->base};
    set_text(report.error, error);
    return report;
}

void LocalRun::take_members(const Members& members) {
    peers_ = io::PeerTable{};
    for (std::size_t i = 0; i < plan_.nodes; ++i)
        peers_.add(members.receivers[i], members.senders[i]);
}

bool LocalRun::launch(const Launch& order, std::string& error) {
    mesh_.reset();
    if (files_ != nullptr) files_->base = order.base;
    placement_.core_of.assign(plan_.nodes, -1);
    placement_.core_of[self_] = seat_.core;
    cores_.emplace(placement_);
    starts_ = 1;
    return children_.start(context(), error);
}

bool LocalRun::restart(const RestartOrder& order, std::string& error) {
    clear_incarnation(board());
    digests_ = DigestSender{};
    // At its start, the node reads `learned` from the boards of the other nodes.
    for (std::size_t i = 0; i < plan_.nodes; ++i)
        if (i != self_) board_.get().nodes[i].learned.publish(order.learned[i]);
    for (std::size_t row = 0; row < plan_.row_count; ++row)
        board_.get().nodes[0].rows[row].first_proposal_at.set(order.row_begun_at[row]);
    node::Context next = context();
    next.is_later_incarnation = true;
    next.recorded_end = order.recorded_end;
    ++starts_;
    awaits_ready_ = children_.restart(0, next, error);
    return awaits_ready_;
}

void LocalRun::mark_restarted(const RestartedOrder& order) {
    if (order.node >= plan_.nodes || order.node == self_) return;
    node::NodeBoard& other = board_.get().nodes[order.node];
    other.checkpoints.own.publish({.end = order.begin});
    other.incarnation.recovered.set(order.recovered);
    board_.get().dead.unmark(order.node);
}

void LocalRun::set_phase(node::Phase phase) {
    if (phase == node::Phase::start) board_.get().launcher.started_at.set(io::now());
    board_.get().launcher.phase.publish(static_cast<std::uint64_t>(phase));
}

void LocalRun::mark_ended(const EndedOrder& order) {
    NodeMask{order.nodes}.for_each([&](NodeId node) {
        if (node >= plan_.nodes || node == self_) return;
        board_.get().nodes[node].checkpoints.own.publish({.end = order.log_end[node]});
        board_.get().dead.mark(node);
    });
}

void LocalRun::watch(std::vector<pollfd>& watched) const {
    watched.push_back({wake_.get(), POLLIN, 0});
    if (mesh_) watched.push_back({sockets_.receivers.front().fd, POLLIN, 0});
    children_.live().for_each(
        [&](NodeId index) { watched.push_back({children_.pidfd(index), POLLIN, 0}); });
}

bool LocalRun::take_wake() {
    const bool is_ready = awaits_ready_ && board().incarnation.ready_at.get() != 0;
    if (is_ready || !is_alive()) awaits_ready_ = false;
    std::uint64_t count = 0;
    return ::read(wake_.get(), &count, sizeof count) > 0 || is_ready;
}

bool LocalRun::kill() {
    const bool was_alive = !children_.live().empty();
    children_.kill_all();
    return was_alive;
}

Status LocalRun::status() const {
    Status status = status_of(board());
    if (children_.count() == 0) return status;
    status.starts = starts_;
    status.pid = children_.pid(0);
    status.is_stopped = !children_.live().empty() && children_.is_stopped(0);
    return status;
}

EndedReport LocalRun::ended() const {
    const node::PrefixSum prefix = board().checkpoints.own.get();
    return {.ending = children_.ending(0),
            .pid = children_.pid(0),
            .prefix_end = prefix.end,
            .prefix_sum = prefix.sum,
            .prefix_slots = prefix.slots};
}

std::vector<trace::Record> LocalRun::records() {
    std::vector<trace::Record> records;
    if (!plan_.log) return records;
    trace::Record record;
    while (records.size() < records_max && board().trace.pop(record)) records.push_back(record);
    return records;
}

void LocalRun::watch_host() {
    if (children_.live().empty() ||
        board().state.seen() == static_cast<std::uint64_t>(node::NodeState::starting))
        return;
    std::vector<int> pids(plan_.nodes, -1);
    pids[self_] = children_.pid(0);
    cores_->reread(pids, NodeMask::of(self_));
}

Collected LocalRun::collected() const {
    Collected collected;
    if (!sockets_.receivers.empty())
        collected.unread = io::drain(sockets_.receivers.front(), peers_);
    collected.trace_lost = plan_.log ? board().trace.lost() : 0;
    collected.oom_kills = memory_.kills();
    set_text(collected.memory_limit, memory_.limit());
    if (!cores_) return collected;
    collected.throttled = cores_->throttled();
    set_text(collected.environment_changes, cores_->changes());
    return collected;
}

}  // namespace paxos::cluster
