// See remotes.h. This file handles a run, except for the ends of nodes, which remotes_ends.cpp
// handles. The steps before the first run are in remotes_check.cpp, remotes_files.cpp and
// remotes_floor.cpp.
#include "cluster/remotes.h"

#include <algorithm>
#include <csignal>

#include "cluster/board_copy.h"
#include "io/clock.h"

namespace paxos::cluster {
namespace {

constexpr Tick goodbye_timeout_ns = 1'000'000'000;

}  // namespace

void Remotes::Remote::begin_run() {
    clock = control::ClockOffset{};
    socket = SocketReport{};
    mesh = MeshReport{};
    status = Status{};
    ending = Ending{};
    starts = 1;
    has_socket = has_collected = false;
    board.clear();
    collected = Collected{};
}

Remotes::Remotes(std::vector<control::Channel> channels, const control::Secret& secret,
                 std::uint16_t port, Tick answer_timeout_ns)
    : secret_(secret), answer_timeout_ns_(answer_timeout_ns), own_card_(read_host_card()) {
    own_address_ = channels.front().near().at(port);
    for (control::Channel& channel : channels) {
        // Prefers the address of a connection from another host. A launcher on this host may have
        // connected to an address that other hosts cannot reach.
        if (!channel.far().is_loopback() && channel.far().ip() != channel.near().ip())
            own_address_ = channel.near().at(port);
        const std::string name = control::name_of(channel.peer());
        remotes_.push_back(Remote{.channel = std::move(channel), .name = name});
    }
}

Remotes::~Remotes() {
    order_all(Order::goodbye);
    // Waits until the other launchers have ended, so that they leave nothing running.
    const NodeMask silent_ones = silent(io::now());
    static_cast<void>(await(
        [&] {
            for (std::size_t i = 0; i < remotes_.size(); ++i)
                if (remotes_[i].is_open() && !silent_ones.has(static_cast<NodeId>(i + 1)))
                    return false;
            return true;
        },
        goodbye_timeout_ns, -1));
}

std::string Remotes::name_of(NodeId node) const {
    return node == 0 ? "n0 on this host" : of(node).name;
}

void Remotes::order_all(Order order) {
    for (Remote& remote : remotes_) static_cast<void>(send(remote.channel, order));
}

bool Remotes::await(const std::function<bool()>& ready, Tick timeout_ns, int signals) {
    const Tick begin = io::now();
    while (!ready()) {
        if (io::now() - begin >= timeout_ns) return false;
        std::vector<pollfd> watched{{signals, POLLIN, 0}};
        watch(watched);
        // If poll fails with EINTR, the loop calls it again.
        static_cast<void>(::poll(watched.data(), watched.size(), 20));
        if (watched.front().revents != 0) return false;
        step();
    }
    return true;
}

bool Remotes::await_answers(std::span<const Remote> remotes,
                            const std::function<bool(const Remote&)>& has_answered, Tick timeout_ns,
                            int signals) {
    const auto is_done = [&](const Remote& remote) {
        return has_answered(remote) || !remote.is_open();
    };
    return await([&] { return std::ranges::all_of(remotes, is_done); }, timeout_ns, signals);
}

std::string Remotes::missing() const {
    for (const Remote& remote : remotes_) {
        if (!remote.is_open()) return remote.absence();
        if (are_launched_ && !remote.has_collected) return remote.name + ": its host is silent";
    }
    return {};
}

bool Remotes::order_prepare(const node::Plan& plan, int repetition, std::uint64_t run, int signals,
                            std::string& error) {
    Prepare order;
    order.repetition = static_cast<std::uint32_t>(repetition);
    order.run = run;
    order.plan = plan;
    for (std::size_t i = 0; i < remotes_.size(); ++i) {
        remotes_[i].begin_run();
        order.neighbours = neighbours_[i + 1].bits();
        static_cast<void>(send(remotes_[i].channel, Order::prepare, order));
    }
    const bool all = await_answers(
        remotes_, [](const Remote& remote) { return remote.has_socket; },
        are_durable_ ? files_timeout_ns : answer_timeout_ns_, signals);
    for (const Remote& remote : remotes_) {
        if (!remote.is_open() || (!remote.has_socket && !all))
            error = remote.absence();
        else if (remote.socket.error.front() != '\0')
            error = remote.name + ": " + text_of(remote.socket.error);
        if (!error.empty()) return false;
    }
    return measure_clocks(signals, error);
}

bool Remotes::measure_clocks(int signals, std::string& error) {
    const auto is_measured = [](Remote& remote) {
        static_cast<void>(remote.clock.ping(remote.channel, io::now()));
        return remote.clock.is_done() || !remote.is_open();
    };
    // count_if visits all remotes, so that all are pinged at the same time. all_of would stop at
    // the first remote without a measured clock.
    static_cast<void>(
        await([&] { return std::ranges::count_if(remotes_, is_measured) == std::ssize(remotes_); },
              answer_timeout_ns_, signals));
    for (const Remote& remote : remotes_) {
        if (remote.clock.is_done()) continue;
        error = remote.absence();
        return false;
    }
    return true;
}

Tick Remotes::clock_error_ns() const {
    // Returns the sum of the two largest errors. The clocks of two other hosts are each compared
    // with the clock of this host, so their errors add up.
    Tick first = 0, second = 0;
    for (const Remote& remote : remotes_) {
        const std::optional<control::ClockOffset::Estimate> clock = remote.clock.estimate();
        const Tick error_ns = clock ? clock->error_ns : 0;
        second = std::max(second, std::min(first, error_ns));
        first = std::max(first, error_ns);
    }
    return first + second;
}

void Remotes::share_members(const io::Socket& receiver, const io::Socket& sender,
                            io::PeerTable& peers) {
    Members members;
    members.receivers[0] = receiver.address;
    members.senders[0] = sender.address;
    for (std::size_t i = 0; i < remotes_.size(); ++i) {
        members.receivers[i + 1] = remotes_[i].socket.receiver;
        members.senders[i + 1] = remotes_[i].socket.sender;
    }
    for (std::size_t i = 0; i < nodes(); ++i) peers.add(members.receivers[i], members.senders[i]);
    for (Remote& remote : remotes_)
        static_cast<void>(send(remote.channel, Order::members, members));
}

bool Remotes::prepare(const node::Plan& plan, int repetition, std::uint64_t run, node::Board& board,
                      int signals, const io::Socket& receiver, const io::Socket& sender,
                      io::PeerTable& peers, std::string& error) {
    board_ = &board;
    rows_ = plan.row_count;
    announced_ = NodeMask{};
    are_launched_ = false;
    if (!order_prepare(plan, repetition, run, signals, error)) return false;
    share_members(receiver, sender, peers);
    return true;
}

Slot Remotes::log_end() const {
    Slot end = 0;
    for (const Remote& remote : remotes_) end = std::max(end, remote.socket.log_end);
    return end;
}

void Remotes::launch(Slot base) {
    are_launched_ = true;
    for (Remote& remote : remotes_)
        static_cast<void>(send(remote.channel, Order::launch, Launch{base}));
}

void Remotes::collect() { order_all(Order::collect); }

bool Remotes::has_collected() const {
    const NodeMask unheard = silent(io::now());
    for (std::size_t i = 0; i < remotes_.size(); ++i)
        if (!remotes_[i].has_collected && remotes_[i].has_socket &&
            !unheard.has(static_cast<NodeId>(i + 1)))
            return false;
    return true;
}

void Remotes::settle() {
    if (board_ == nullptr) return;  // The run ended before it was prepared.
    for (std::size_t i = 0; i < remotes_.size(); ++i) {
        Remote& remote = remotes_[i];
        node::NodeBoard& board = board_->nodes[i + 1];
        // Without the board, only the slots covered by the last digests can be compared, so only
        // these count as learned.
        if (!remote.has_collected || !take_board(remote, board))
            board.learned.publish(board.digests.complete_end.get());
        if (are_launched_ && !remote.ending.has_ended) {
            remote.ending.has_ended = true;
            remote.ending.by_launcher = true;
        }
    }
    board_ = nullptr;
}

void Remotes::watch(std::vector<pollfd>& watched) const {
    for (const Remote& remote : remotes_)
        if (remote.is_open()) watched.push_back({remote.channel.fd(), remote.channel.events(), 0});
}

void Remotes::step() {
    const Tick now = io::now();
    if (now >= beat_at_) {
        beat_at_ = now + beat_interval_ns;
        order_all(Order::beat);
    }
    for (std::size_t i = 0; i < remotes_.size(); ++i) {
        const auto node = static_cast<NodeId>(i + 1);
        Remote& remote = of(node);
        if (remote.is_open()) remote.channel.step(now);
        while (const std::optional<control::Frame> frame = remote.channel.take())
            take(node, *frame);
        note_lost(node);
    }
}

void Remotes::take(NodeId node, const control::Frame& frame) {
    Remote& remote = of(node);
    EndedReport ended;
    FloorReport floor;
    FilesReport files;
    DiskFloorReport disk_floor;
    std::int32_t signal = 0;
    if (frame.is(control::FrameKind::pong)) {
        remote.clock.on_pong(frame.content, io::now());
        return;
    }
    switch (static_cast<Report>(frame.kind)) {
        case Report::card: remote.has_card = read(frame.content, remote.card); return;
        case Report::socket: remote.has_socket = read(frame.content, remote.socket); return;
        case Report::mesh: static_cast<void>(read(frame.content, remote.mesh)); return;
        case Report::floor:
            if (read(frame.content, floor)) remote.floor = floor;
            return;
        case Report::files:
            if (read(frame.content, files)) remote.files = files;
            return;
        case Report::disk_floor:
            if (read(frame.content, disk_floor)) remote.disk_floor = disk_floor;
            return;
        case Report::status:
            if (Status status; read(frame.content, status) && board_ != nullptr)
                take_status(remote, status, board_->nodes[node]);
            return;
        case Report::digests:
            if (board_ != nullptr)
                static_cast<void>(take_digests(frame.content, board_->nodes[node].digests));
            return;
        case Report::trace:
            if (board_ == nullptr || !remote.clock.is_done()) return;
            for (std::size_t at = 0; at + sizeof(trace::Record) <= frame.content.size();
                 at += sizeof(trace::Record)) {
                trace::Record record;
                if (!read(frame.content.subspan(at, sizeof record), record)) return;
                convert_times(record, *remote.clock.estimate());
                static_cast<void>(board_->nodes[node].trace.push(record));
            }
            return;
        case Report::ended:
            if (read(frame.content, ended)) take_ended(node, ended);
            return;
        case Report::interrupted:
            if (read(frame.content, signal) && signal > 0 && signal < NSIG) signal_ = signal;
            return;
        case Report::board:
            if (remote.board.size() + frame.content.size() <= sizeof(node::NodeBoard))
                remote.board.insert(remote.board.end(), frame.content.begin(), frame.content.end());
            return;
        case Report::collected:
            remote.has_collected = read(frame.content, remote.collected);
            return;
    }
}

void Remotes::take_status(Remote& remote, Status status, node::NodeBoard& board) {
    if (!remote.clock.is_done()) return;
    convert_times(status, *remote.clock.estimate());
    remote.status = status;
    // The status of a process that has ended is not copied, because the board may have been cleared
    // for the next process of the node.
    if (status.starts == remote.starts && !remote.ending.has_ended) set_status(board, status);
}

bool Remotes::take_board(Remote& remote, node::NodeBoard& board) const {
    const bool is_whole = remote.clock.is_done() && unpack(remote.board, rows_, board);
    if (is_whole) convert_times(board, rows_, *remote.clock.estimate());
    remote.board.clear();
    return is_whole;
}

NodeMask Remotes::live() const {
    NodeMask live;
    if (!are_launched_) return live;
    for (std::size_t i = 0; i < remotes_.size(); ++i)
        if (!remotes_[i].ending.has_ended) live.add(static_cast<NodeId>(i + 1));
    return live;
}

NodeMask Remotes::silent(Tick now) const {
    NodeMask silent;
    for (std::size_t i = 0; i < remotes_.size(); ++i) {
        const Tick heard_at = remotes_[i].channel.heard_at();
        if (!remotes_[i].is_open() || now - std::min(now, heard_at) >= host_silent_after_ns)
            silent.add(static_cast<NodeId>(i + 1));
    }
    return silent;
}

std::string Remotes::failure() const {
    for (const Remote& remote : remotes_)
        if (remote.socket.error.front() != '\0')
            return remote.name + ": " + text_of(remote.socket.error);
    return {};
}

std::uint64_t Remotes::unread() const {
    std::uint64_t unread = 0;
    for (const Remote& remote : remotes_) unread += remote.collected.unread;
    return unread;
}

std::uint64_t Remotes::trace_lost() const {
    std::uint64_t lost = 0;
    for (const Remote& remote : remotes_) lost += remote.collected.trace_lost;
    return lost;
}

std::vector<HostWatch> Remotes::watches() const {
    std::vector<HostWatch> watches;
    for (const Remote& remote : remotes_) {
        const Collected& seen = remote.collected;
        std::string changes = text_of(seen.environment_changes);
        if (!changes.empty()) changes += " on " + remote.channel.peer().host;
        watches.push_back({.environment_changes = changes,
                           .throttled = seen.throttled,
                           .oom_kills = seen.oom_kills,
                           .memory_limit = text_of(seen.memory_limit)});
    }
    return watches;
}

}  // namespace paxos::cluster
