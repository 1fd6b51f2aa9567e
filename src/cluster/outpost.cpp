// See outpost.h.
#include "cluster/outpost.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <memory>
#include <optional>

#include <poll.h>
#include <sys/eventfd.h>

#include "base/text.h"
#include "cluster/board_copy.h"
#include "cluster/core_watch.h"
#include "cluster/host_floor.h"
#include "cluster/host_messages.h"
#include "cluster/memory_watch.h"
#include "cluster/mesh.h"
#include "cluster/node_sockets.h"
#include "cluster/seat.h"
#include "cluster/shared_board.h"
#include "cluster/signals.h"
#include "control/clock_offset.h"
#include "control/connector.h"
#include "io/clock.h"
#include "io/probe.h"

namespace paxos::cluster {
namespace {

using node::NodeBoard;

/// Rank 0 sends nothing while it waits for processes that start later.
constexpr Tick joined_after_ns_max = control::connect_timeout_ns + 5'000'000'000;

/// The node of one run, from PREPARE to COLLECT.
class LocalRun {
public:
    LocalRun(const Prepare& order, NodeId self, const control::Secret& secret)
        : plan_(order.plan), self_(self), run_(order.run) {
        membership_.nodes = plan_.nodes;
        membership_.run = order.run;
        if (plan_.auth == node::AuthKind::on)
            membership_.key = control::datagram_key(secret, order.run);
    }
    ~LocalRun() { children_.kill_all(); }
    LocalRun(const LocalRun&) = delete;
    LocalRun& operator=(const LocalRun&) = delete;

    /// Opens everything that the node needs.
    [[nodiscard]] SocketReport prepare(const Prepare& order, const Address& own,
                                       const std::vector<int>& cores) {
        SocketReport report;
        std::string error;
        wake_ = Fd{::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)};
        if (!wake_.is_open())
            error = std::string("eventfd: ") + std::strerror(errno);
        else if (place_one(plan_, NodeMask{order.neighbours}, self_, cores, seat_, error) &&
                 board_.map(plan_, error) &&
                 open_node_sockets(plan_, {own, self_, 1}, sockets_, error))
            report = {.receiver = sockets_.receivers.front().address,
                      .sender = sockets_.senders.front().address,
                      .receive_buffer_size = sockets_.receivers.front().receive_buffer_size,
                      .core = seat_.core,
                      .idle = seat_.idle};
        set_text(report.error, error);
        return report;
    }
    void take_members(const Members& members) {
        peers_ = io::PeerTable{};
        for (std::size_t i = 0; i < plan_.nodes; ++i)
            peers_.add(members.receivers[i], members.senders[i]);
    }
    void begin_mesh() {
        mesh_ = std::make_unique<Mesh>(sockets_.receivers.front(), peers_, self_, run_);
    }
    [[nodiscard]] Mesh* mesh() { return mesh_.get(); }

    [[nodiscard]] bool launch(std::string& error) {
        mesh_.reset();
        placement_.core_of.assign(plan_.nodes, -1);
        placement_.core_of[self_] = seat_.core;
        cores_.emplace(placement_);
        return children_.start(context_of({plan_, board_.get(), sockets_.receivers.front(),
                                           wake_.get(), membership_, peers_},
                                          self_, seat_),
                               error);
    }
    void set_phase(node::Phase phase) {
        if (phase == node::Phase::start) board_.get().launcher.started_at.set(io::now());
        board_.get().launcher.phase.publish(static_cast<std::uint64_t>(phase));
    }
    void mark_ended(const EndedOrder& order) {
        NodeMask{order.nodes}.for_each([&](NodeId node) {
            if (node >= plan_.nodes || node == self_) return;
            board_.get().nodes[node].checkpoints.own.publish({.end = order.log_end[node]});
            board_.get().dead.mark(node);
        });
    }

    void watch(std::vector<pollfd>& watched) const {
        watched.push_back({wake_.get(), POLLIN, 0});
        if (mesh_) watched.push_back({sockets_.receivers.front().fd, POLLIN, 0});
        children_.live().for_each(
            [&](NodeId index) { watched.push_back({children_.pidfd(index), POLLIN, 0}); });
    }
    /// Whether the node has announced another state since the last call.
    [[nodiscard]] bool take_wake() {
        std::uint64_t count = 0;
        return ::read(wake_.get(), &count, sizeof count) > 0;
    }
    /// Whether the node's process has ended since the last call.
    [[nodiscard]] bool reap() { return children_.reap(); }
    /// Kills the node if it still runs. True: it did run.
    bool kill() {
        const bool was_alive = !children_.live().empty();
        children_.kill_all();
        return was_alive;
    }

    [[nodiscard]] Status status() const {
        Status status = status_of(board());
        if (children_.count() == 0) return status;
        status.pid = children_.pid(0);
        status.is_stopped = !children_.live().empty() && children_.is_stopped(0);
        return status;
    }
    [[nodiscard]] EndedReport ended() const {
        const node::PrefixSum prefix = board().checkpoints.own.get();
        return {.ending = children_.ending(0),
                .pid = children_.pid(0),
                .prefix_end = prefix.end,
                .prefix_sum = prefix.sum,
                .prefix_slots = prefix.slots};
    }
    [[nodiscard]] std::vector<std::byte> digests() { return digests_.next(board().digests); }
    [[nodiscard]] std::vector<trace::Record> records() {
        std::vector<trace::Record> records;
        if (!plan_.log) return records;
        trace::Record record;
        while (records.size() < records_max && board().trace.pop(record)) records.push_back(record);
        return records;
    }
    [[nodiscard]] std::vector<std::byte> whole_board() const {
        return packed(board(), plan_.row_count);
    }
    /// Rereads what the node may use. Before it is ready it may not have pinned itself.
    void watch_host() {
        if (children_.live().empty() ||
            board().state.seen() == static_cast<std::uint64_t>(node::NodeState::starting))
            return;
        std::vector<int> pids(plan_.nodes, -1);
        pids[self_] = children_.pid(0);
        cores_->reread(pids, NodeMask::of(self_));
    }
    [[nodiscard]] Collected collected() const {
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
    [[nodiscard]] bool has_board() const { return !sockets_.receivers.empty(); }

private:
    static constexpr std::size_t records_max = (std::size_t{512} << 10) / sizeof(trace::Record);

    [[nodiscard]] NodeBoard& board() const { return board_.get().nodes[self_]; }

    const node::Plan plan_;
    const NodeId self_;
    const std::uint64_t run_;
    wire::Membership membership_;
    Seat seat_;
    SharedBoard board_;
    NodeSockets sockets_;
    Fd wake_;
    io::PeerTable peers_;
    DigestSender digests_;
    std::unique_ptr<Mesh> mesh_;
    Placement placement_;
    std::optional<CoreWatch> cores_;  // From the launch on.
    MemoryWatch memory_;
    Children children_;  // Last: destroyed before what the node uses.
};

class Outpost {
public:
    Outpost(control::Channel channel, NodeId self, std::uint16_t port,
            const control::Secret& secret, const std::vector<int>& cores)
        : channel_(std::move(channel)),
          own_(channel_.near().at(port)),
          self_(self),
          secret_(secret),
          cores_(cores) {}

    OutpostEnd run() {
        std::string error;
        if (!signals_.hold(error)) return {3, error};
        static_cast<void>(send(channel_, Report::card, read_host_card()));
        while (!is_dismissed_) {
            wait();
            channel_.step(io::now());
            while (const std::optional<control::Frame> frame = channel_.take())
                if (!is_dismissed_ && !obey(*frame)) return {1, "rank 0 sent an unexpected order"};
            if (is_dismissed_) break;
            if (channel_.state() != control::Channel::State::open)
                return {1, "rank 0 is lost: " + channel_.why()};
            const Tick now = io::now();
            // Without the time in which this process did not run: rank 0 may not have run either.
            silence_ns_ += std::min(now - checked_at_, 2 * beat_interval_ns);
            if (channel_.heard_at() > checked_at_) silence_ns_ = 0;
            checked_at_ = now;
            const Tick silence_ns_max = is_joined_ ? orphaned_after_ns : joined_after_ns_max;
            if (silence_ns_ >= silence_ns_max)
                return {1, "rank 0 is lost: nothing was heard from it for " +
                               seconds_text(silence_ns_max)};
            if (const int signal = pass_on_signal(); signal != 0) return {128 + signal, ""};
            if (run_) look_after_node(now);
        }
        return {};
    }

private:
    void wait() {
        std::vector<pollfd> watched{{channel_.fd(), channel_.events(), 0},
                                    {signals_.fd(), POLLIN, 0}};
        if (run_) run_->watch(watched);
        const Tick now = io::now();
        const Tick left_ns = report_at_ - std::min(report_at_, now);
        // Rounded up, so that poll does not end before a report is due. EINTR: the caller checks
        // again.
        static_cast<void>(
            ::poll(watched.data(), watched.size(),
                   static_cast<int>(std::min(left_ns, beat_interval_ns) / 1'000'000 + 1)));
    }

    /// Passes the first signal on to rank 0, which then stops the cluster. Returns the second one.
    [[nodiscard]] int pass_on_signal() {
        while (const int signal = signals_.take()) {
            if (is_interrupted_) return signal;
            is_interrupted_ = true;
            static_cast<void>(send(channel_, Report::interrupted, std::int32_t{signal}));
        }
        return 0;
    }

    void look_after_node(Tick now) {
        const bool changed = run_->take_wake();
        if (Mesh* const mesh = run_->mesh()) {
            bool is_news = mesh->receive();
            if (now >= report_at_) is_news = mesh->send() || is_news;
            if (is_news) static_cast<void>(send(channel_, Report::mesh, mesh->report()));
        }
        if (run_->reap()) report_end();
        if (!changed && now < report_at_) return;
        static_cast<void>(send(channel_, Report::status, run_->status()));
        if (now < report_at_) return;
        report_at_ = now + beat_interval_ns;
        run_->watch_host();
        if (const std::vector<std::byte> digests = run_->digests(); !digests.empty())
            static_cast<void>(channel_.send(static_cast<std::uint16_t>(Report::digests), digests));
        report_trace();
    }
    void report_end() {
        static_cast<void>(send(channel_, Report::status, run_->status()));
        static_cast<void>(send(channel_, Report::ended, run_->ended()));
    }
    void report_trace() {
        for (auto records = run_->records(); !records.empty(); records = run_->records())
            static_cast<void>(channel_.send(static_cast<std::uint16_t>(Report::trace),
                                            std::as_bytes(std::span{records})));
    }

    /// Executes an order of rank 0. False: rank 0 never sends it in this state.
    [[nodiscard]] bool obey(const control::Frame& frame) {
        is_joined_ = true;
        if (frame.is(control::FrameKind::ping))
            return control::answer_ping(channel_, frame.content, io::now());
        switch (static_cast<Order>(frame.kind)) {
            case Order::beat: return true;
            case Order::goodbye: is_dismissed_ = true; return true;
            case Order::prepare: return prepare(frame.content);
            case Order::floor:
            case Order::floor_start:
            case Order::floor_end: return obey_floor(frame);
            // There is no node. Rank 0 sent this order before it was informed of that.
            default: return run_ == nullptr || !run_->has_board() || obey_in_run(frame);
        }
    }
    [[nodiscard]] bool prepare(control::Bytes content) {
        Prepare order;
        if (!read(content, order) || order.plan.nodes > limits::nodes_max ||
            order.plan.nodes <= self_ || order.plan.row_count > node::rows_max ||
            !limits::is_datagram_size(order.plan.datagram_size) ||
            !NodeMask{order.neighbours}.has(self_))
            return false;
        run_.reset();  // Closes the ports of the last run, which this one may need.
        run_ = std::make_unique<LocalRun>(order, self_, secret_);
        report_at_ = io::now();
        return send(channel_, Report::socket, run_->prepare(order, own_, cores_));
    }
    [[nodiscard]] bool obey_floor(const control::Frame& frame) {
        FloorOrder order;
        Members members;
        switch (static_cast<Order>(frame.kind)) {
            case Order::floor:
                if (!read(frame.content, order) || !HostFloor::is_valid(order, self_)) return false;
                run_.reset();  // The mesh check's datagrams would disturb it.
                floor_.reset();
                floor_ = std::make_unique<HostFloor>(order, self_, own_);
                return send(channel_, Report::floor, floor_->report());
            case Order::floor_start:
                if (!floor_ || !read(frame.content, members)) return false;
                floor_->start(members);
                return true;
            default: break;
        }
        const FloorReport report = floor_ ? floor_->report() : FloorReport{};
        floor_.reset();
        return send(channel_, Report::floor, report);
    }
    [[nodiscard]] bool obey_in_run(const control::Frame& frame) {
        Members members;
        EndedOrder ended;
        std::string error;
        switch (static_cast<Order>(frame.kind)) {
            case Order::members:
                if (!read(frame.content, members)) return false;
                run_->take_members(members);
                return true;
            case Order::mesh: run_->begin_mesh(); return true;
            case Order::launch:
                if (run_->launch(error)) return true;
                return send(channel_, Report::socket, failure(error));
            case Order::start: run_->set_phase(node::Phase::start); return true;
            case Order::stop:
                run_->watch_host();  // For the last time.
                run_->set_phase(node::Phase::stop);
                return true;
            case Order::ended:
                if (!read(frame.content, ended)) return false;
                run_->mark_ended(ended);
                return true;
            case Order::collect: return collect();
            default: return false;
        }
    }
    static SocketReport failure(const std::string& error) {
        SocketReport report;
        set_text(report.error, error);
        return report;
    }
    [[nodiscard]] bool collect() {
        const bool has_ended = run_->reap();
        if (run_->kill() || has_ended) report_end();
        report_trace();
        const std::vector<std::byte> board = run_->whole_board();
        for (std::size_t offset = 0; offset < board.size(); offset += board_part_size) {
            const std::size_t size = std::min(board_part_size, board.size() - offset);
            if (!channel_.send(static_cast<std::uint16_t>(Report::board),
                               std::span{board}.subspan(offset, size)))
                return true;  // The channel has failed; the caller notices.
        }
        static_cast<void>(send(channel_, Report::collected, run_->collected()));
        run_.reset();
        return true;
    }

    control::Channel channel_;
    const Address own_;  // Where the node receives.
    const NodeId self_;
    const control::Secret& secret_;
    const std::vector<int>& cores_;
    Signals signals_;
    std::unique_ptr<LocalRun> run_;
    std::unique_ptr<HostFloor> floor_;
    Tick report_at_ = 0;
    Tick checked_at_ = 0;  // When silence_ns_, the time since rank 0 was heard, was updated.
    Tick silence_ns_ = 0;
    bool is_joined_ = false;  // Every process has connected: rank 0 has begun to send orders.
    bool is_interrupted_ = false;
    bool is_dismissed_ = false;
};

}  // namespace

OutpostEnd serve(control::Channel channel, NodeId self, std::uint16_t port,
                 const control::Secret& secret, const std::vector<int>& cores) {
    return Outpost(std::move(channel), self, port, secret, cores).run();
}

}  // namespace paxos::cluster
