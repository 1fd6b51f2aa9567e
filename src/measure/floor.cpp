// See floor.h. A round trip and an unpipelined round are here; the pipelined rate is
// floor_pipeline.cpp's.
#include "measure/floor.h"

#include <sys/socket.h>

#include <algorithm>
#include <array>

#include "measure/floor_pipeline.h"

namespace paxos::measure {
namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t rtt_time_ns = 30 * ms;
constexpr std::uint64_t round_time_ns = 100 * ms;
constexpr std::uint64_t warmup_time_ns = 3 * ms;  ///< Until caches and the scheduler have settled.
constexpr std::uint64_t resend_after_ns = 20 * ms;  ///< Nothing is lost here but by a full queue.
constexpr std::uint64_t start_time_ns = 1000 * ms;  ///< For making the processes.

bool send_cell(const BareNode& node, std::size_t to, const BareCell& cell) {
    const sockaddr_in& address = (*node.peers)[to];
    return sendto(node.socket, &cell, sizeof cell, 0, reinterpret_cast<const sockaddr*>(&address),
                  sizeof address) > 0;
}

/// A cell that has arrived; false: none has.
bool receive_cell(const BareNode& node, BareCell& cell) {
    return recv(node.socket, &cell, sizeof cell, MSG_DONTWAIT) == static_cast<ssize_t>(sizeof cell);
}

/// Answers each request at once; what is told needs no answer.
void answer_cells(const BareNode& node) {
    node.outcome->ready.fetch_add(1);
    BareCell cell;
    for (;;) {
        if (!receive_cell(node, cell)) {
            node.idle();
            continue;
        }
        if (cell.kind == BareCell::told) continue;
        ++cell.kind;
        cell.from = static_cast<std::uint32_t>(node.id);
        send_cell(node, 0, cell);
    }
}

/// Process 0 of an unpipelined measurement: rounds of some phases, each of which waits for
/// `answers` of `asked` peers.
class Rounds {
public:
    Rounds(const BareNode& node, unsigned phases, std::size_t asked, std::size_t answers, bool tell)
        : node_(node), phases_(phases), asked_(asked), answers_(answers), tell_(tell) {
        times_ns_.reserve(1u << 17);
    }

    void run(std::uint64_t time_ns) {
        if (!node_.others_are_ready()) return;
        const std::uint64_t warm_at = bare_now() + warmup_time_ns;
        while (bare_now() < warm_at && one_round(warm_at)) {}

        const std::uint64_t begin = bare_now(), deadline = begin + time_ns;
        std::uint64_t now = begin;
        while (now < deadline && times_ns_.size() < times_ns_.capacity()) {
            if (!one_round(deadline + time_ns)) break;
            const std::uint64_t end = bare_now();
            times_ns_.push_back(static_cast<std::uint32_t>(decided_at_ - now));
            now = end;
        }
        if (times_ns_.empty()) return;
        const auto middle = times_ns_.begin() + static_cast<std::ptrdiff_t>(times_ns_.size() / 2);
        std::nth_element(times_ns_.begin(), middle, times_ns_.end());
        node_.outcome->median_ns = *middle;
        node_.outcome->rate = static_cast<double>(times_ns_.size()) * 1e9 /
                              static_cast<double>(now - begin);
        node_.outcome->done.store(true);
    }

private:
    /// False: the time is over.
    bool one_round(std::uint64_t deadline) {
        ++round_;
        for (unsigned phase = 0; phase < phases_; ++phase)
            if (!ask(2 * phase + 1, deadline)) return false;
        decided_at_ = bare_now();
        if (tell_) broadcast(BareCell::told);
        return true;
    }

    bool ask(std::uint32_t kind, std::uint64_t deadline) {
        broadcast(kind);
        std::uint64_t asked_at = 0;
        BareCell cell;
        for (std::size_t answered = 0; answered < answers_;) {
            if (receive_cell(node_, cell)) {
                if (cell.slot == round_ && cell.kind == kind + 1) ++answered;
                continue;
            }
            node_.idle();
            const std::uint64_t now = bare_now();
            if (now > deadline) return false;
            if (asked_at == 0) asked_at = now;
            if (now - asked_at < resend_after_ns) continue;
            asked_at = 0;
            answered = 0;
            broadcast(kind);
        }
        return true;
    }

    void broadcast(std::uint32_t kind) {
        BareCell cell{};
        cell.kind = kind;
        cell.slot = round_;
        for (std::size_t peer = 1; peer <= asked_; ++peer) send_cell(node_, peer, cell);
    }

    const BareNode& node_;
    const unsigned phases_;
    const std::size_t asked_, answers_;
    const bool tell_;
    std::uint64_t round_ = 0, decided_at_ = 0;
    std::vector<std::uint32_t> times_ns_;
};

BarePlan unpipelined(const FloorPlan& plan, bool round_trip) {
    BarePlan bare;
    bare.core_of = plan.core_of;
    if (round_trip) bare.core_of.resize(2);
    const std::uint64_t time_ns = round_trip ? rtt_time_ns : round_time_ns;
    bare.time_limit_ns = start_time_ns + 2 * time_ns;
    bare.answer = answer_cells;
    bare.measure = [plan, round_trip, time_ns](const BareNode& node) {
        if (round_trip)
            Rounds(node, 1, 1, 1, false).run(time_ns);
        else
            Rounds(node, plan.phases, plan.nodes - 1, plan.nodes / 2, true).run(time_ns);
    };
    return bare;
}

}  // namespace

FloorResult measure_floor(const FloorPlan& plan, int stop_fd, std::string& problem) {
    FloorResult result;
    if (plan.nodes < 2 || plan.core_of.size() != plan.nodes) return result;
    double ignored = 0;
    BareEnd end = run_bare(unpipelined(plan, true), stop_fd, result.rtt_ns_p50, ignored, problem);
    if (end != BareEnd::stopped)
        end = run_bare(unpipelined(plan, false), stop_fd, result.round_ns_p50,
                       result.rounds_per_second, problem);
    if (end != BareEnd::stopped)
        end = run_bare(pipelined(plan), stop_fd, ignored, result.decisions_per_second, problem);
    return result;
}

}  // namespace paxos::measure
