// See outpost.h.
#include "cluster/outpost.h"

#include <algorithm>
#include <memory>
#include <optional>

#include <poll.h>

#include "base/text.h"
#include "cluster/board_copy.h"
#include "cluster/host_files.h"
#include "cluster/host_floor.h"
#include "cluster/host_messages.h"
#include "cluster/local_run.h"
#include "cluster/mesh.h"
#include "cluster/signals.h"
#include "control/clock_offset.h"
#include "control/connector.h"
#include "io/clock.h"
#include "measure/disk_floor.h"

namespace paxos::cluster {
namespace {

/// Maximum time until the first order. It is long because rank 0 sends nothing while it waits for
/// processes that start later.
constexpr Tick joined_after_ns_max = control::connect_timeout_ns + 5'000'000'000;

class Outpost {
public:
    Outpost(control::Channel channel, NodeId self, std::uint16_t port,
            const control::Secret& secret, const std::vector<int>& cores,
            const std::string& directory)
        : channel_(std::move(channel)),
          own_(channel_.near().at(port)),
          self_(self),
          secret_(secret),
          cores_(cores),
          directory_(directory),
          files_(directory, self) {}

    OutpostEnd run() {
        std::string error;
        if (!signals_.hold(error)) return {3, error};
        HostCard card = read_host_card();
        card.is_durable = !directory_.empty();
        static_cast<void>(send(channel_, Report::card, card));
        while (!is_dismissed_) {
            wait();
            channel_.step(io::now());
            while (const std::optional<control::Frame> frame = channel_.take())
                if (!is_dismissed_ && !obey(*frame)) return {1, "rank 0 sent an unexpected order"};
            if (is_dismissed_) break;
            if (channel_.state() != control::Channel::State::open)
                return {1, "rank 0 is lost: " + channel_.why()};
            const Tick now = io::now();
            // Excludes time in which this process was not scheduled, because rank 0 may have been
            // suspended too.
            silence_ns_ += std::min(now - checked_at_, 2 * beat_interval_ns);
            if (channel_.heard_at() > checked_at_) silence_ns_ = 0;
            checked_at_ = now;
            const Tick silence_ns_max = is_joined_ ? orphaned_after_ns : joined_after_ns_max;
            if (silence_ns_ >= silence_ns_max)
                return {1, "rank 0 is lost: nothing was heard from it for " +
                               seconds_text(silence_ns_max)};
            if (const int signal = pass_on_signal(); signal != 0) return {128 + signal, ""};
            if (run_ && run_->has_board()) look_after_node(now);
        }
        return {};
    }

private:
    void wait() {
        std::vector<pollfd> watched{{channel_.fd(), channel_.events(), 0},
                                    {signals_.fd(), POLLIN, 0}};
        if (run_) run_->watch(watched);
        const Tick now = io::now();
        Tick left_ns = report_at_ - std::min(report_at_, now);
        if (run_ && run_->awaits_ready()) left_ns = 0;
        // The timeout is rounded up, so that poll does not end before a report is due. If poll
        // fails with EINTR, the caller calls wait() again.
        static_cast<void>(
            ::poll(watched.data(), watched.size(),
                   static_cast<int>(std::min(left_ns, beat_interval_ns) / 1'000'000 + 1)));
    }

    /// Passes the first signal on to rank 0, which then stops the cluster. Returns the second
    /// signal.
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
        if (run_->is_alive()) report_digests();
        report_trace();
    }
    /// Reports the end of the node's process. When rank 0 has this report, it may clear its copy of
    /// the digests for the next process of the node. So the last digests of the process are sent
    /// before the report.
    void report_end() {
        static_cast<void>(send(channel_, Report::status, run_->status()));
        report_digests();
        if (run_->may_restart()) static_cast<void>(send_board());
        static_cast<void>(send(channel_, Report::ended, run_->ended()));
    }
    void report_digests() {
        if (const std::vector<std::byte> digests = run_->digests(); !digests.empty())
            static_cast<void>(channel_.send(static_cast<std::uint16_t>(Report::digests), digests));
    }
    /// False if the channel has failed or its outbox is full.
    [[nodiscard]] bool send_board() {
        const std::vector<std::byte> board = run_->whole_board();
        for (std::size_t offset = 0; offset < board.size(); offset += board_part_size) {
            const std::size_t size = std::min(board_part_size, board.size() - offset);
            if (!channel_.send(static_cast<std::uint16_t>(Report::board),
                               std::span{board}.subspan(offset, size)))
                return false;
        }
        return true;
    }
    void restart(const RestartOrder& order) {
        std::string error;
        if (run_->restart(order, error)) return;
        EndedReport report = run_->ended();
        report.ending = {.has_ended = true, .exit_code = 3};
        static_cast<void>(send(channel_, Report::ended, report));
    }
    void report_trace() {
        for (auto records = run_->records(); !records.empty(); records = run_->records())
            static_cast<void>(channel_.send(static_cast<std::uint16_t>(Report::trace),
                                            std::as_bytes(std::span{records})));
    }

    /// Executes an order of rank 0. False if rank 0 never sends this order in this state.
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
            case Order::files: return obey_files(frame.content);
            case Order::disk_floor: return measure_disk();
            // Without a board there is no node. An order is then ignored, because rank 0 sent it
            // before it knew that there is no board.
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
        run_.reset();  // Closes the ports of the previous run, which this run may need.
        run_ = std::make_unique<LocalRun>(order, self_, secret_, files_.opened());
        report_at_ = io::now();
        return send(channel_, Report::socket, run_->prepare(order, own_, cores_));
    }
    [[nodiscard]] bool obey_floor(const control::Frame& frame) {
        FloorOrder order;
        Members members;
        switch (static_cast<Order>(frame.kind)) {
            case Order::floor:
                if (!read(frame.content, order) || !HostFloor::is_valid(order, self_)) return false;
                run_.reset();  // The mesh check's datagrams would disturb the measurement.
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
    [[nodiscard]] bool obey_files(control::Bytes content) {
        FilesOrder order;
        if (directory_.empty() || !read(content, order) || !HostFiles::is_valid(order, self_))
            return false;
        run_.reset();  // The LocalRun of the mesh check may refer to the files.
        return send(channel_, Report::files, files_.obey(order));
    }
    [[nodiscard]] bool measure_disk() {
        if (directory_.empty()) return false;
        DiskFloorReport report;
        std::string problem;
        report.flush_ns_p50 = measure::measure_disk_floor(directory_, 1, problem);
        set_text(report.problem, problem);
        return send(channel_, Report::disk_floor, report);
    }
    [[nodiscard]] bool obey_in_run(const control::Frame& frame) {
        Members members;
        Launch launch;
        EndedOrder ended;
        RestartOrder again;
        RestartedOrder restarted;
        std::string error;
        switch (static_cast<Order>(frame.kind)) {
            case Order::members:
                if (!read(frame.content, members)) return false;
                run_->take_members(members);
                return true;
            case Order::mesh: run_->begin_mesh(); return true;
            case Order::launch:
                if (!read(frame.content, launch)) return false;
                if (run_->launch(launch, error)) return true;
                return send(channel_, Report::socket, failure(error));
            case Order::start: run_->set_phase(node::Phase::start); return true;
            case Order::stop:
                run_->watch_host();  // The last reading in this run.
                run_->set_phase(node::Phase::stop);
                return true;
            case Order::ended:
                if (!read(frame.content, ended)) return false;
                run_->mark_ended(ended);
                return true;
            case Order::restart:
                if (!read(frame.content, again)) return false;
                restart(again);
                return true;
            case Order::restarted:
                if (!read(frame.content, restarted)) return false;
                run_->mark_restarted(restarted);
                return true;
            case Order::kill: run_->kill_node(); return true;
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
        if (!send_board()) return true;  // If the channel has failed, run() ends.
        static_cast<void>(send(channel_, Report::collected, run_->collected()));
        run_.reset();
        return true;
    }

    control::Channel channel_;
    const Address own_;  // The address at which the node receives.
    const NodeId self_;
    const control::Secret& secret_;
    const std::vector<int>& cores_;
    const std::string& directory_;
    HostFiles files_;
    Signals signals_;
    std::unique_ptr<LocalRun> run_;
    std::unique_ptr<HostFloor> floor_;
    Tick report_at_ = 0;
    Tick checked_at_ = 0;  // When silence_ns_ was last updated.
    Tick silence_ns_ = 0;  // The time since rank 0 was last heard.
    // Whether rank 0 has begun to send orders, which it does once every process has connected.
    bool is_joined_ = false;
    bool is_interrupted_ = false;
    bool is_dismissed_ = false;
};

}  // namespace

OutpostEnd serve(control::Channel channel, NodeId self, std::uint16_t port,
                 const control::Secret& secret, const std::vector<int>& cores,
                 const std::string& directory) {
    return Outpost(std::move(channel), self, port, secret, cores, directory).run();
}

}  // namespace paxos::cluster
