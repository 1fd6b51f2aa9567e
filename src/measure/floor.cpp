// See floor.h. Measures the round trip and the unpipelined round. The pipelined rate is measured in
// floor_pipeline.cpp and floor_runs.cpp.
#include "measure/floor.h"

#include <sys/socket.h>

#include <algorithm>
#include <cerrno>
#include <initializer_list>

#include "measure/cgroups.h"
#include "measure/floor_pipeline.h"
#include "measure/floor_runs.h"
#include "measure/steal.h"
#include "measure/text.h"

namespace paxos::measure {
namespace {

constexpr std::uint64_t ms = 1'000'000;
constexpr std::uint64_t rtt_time_ns = 30 * ms;
constexpr std::uint64_t round_time_ns = 100 * ms;
constexpr std::uint64_t warmup_time_ns = 3 * ms;  ///< Lets caches and the scheduler settle.
/// Retransmission timeout. Rarely needed: on one host only a full queue loses datagrams.
constexpr std::uint64_t resend_after_ns = 20 * ms;
constexpr std::uint64_t start_time_ns = 1000 * ms;  ///< Time allowed for starting the processes.

void send_cell(const BareNode& node, std::size_t to, const BareCell& cell) {
    const Address& address = (*node.peers)[to];
    if (sendto(node.socket, &cell, sizeof cell, 0, address.get(), address.size()) < 0)
        node.note_refused(errno);
}

/// Receives a cell. False: no valid cell has arrived.
bool receive_cell(const BareNode& node, BareCell& cell) {
    return recv(node.socket, &cell, sizeof cell, MSG_DONTWAIT) == static_cast<ssize_t>(sizeof cell);
}

/// Answers each request at once. Decisions need no answer.
void answer_cells(const BareNode& node) {
    node.outcome->ready.fetch_add(1);
    BareCell cell;
    for (;;) {
        if (!receive_cell(node, cell)) {
            node.idle();
            continue;
        }
        if (cell.kind == BareCell::decide) continue;
        ++cell.kind;
        cell.from = static_cast<std::uint32_t>(node.id);
        send_cell(node, 0, cell);
    }
}

/// Process 0 of an unpipelined measurement: makes rounds of `phases` phases. Each phase sends a
/// request to `asked` peers and waits for `answers` answers.
class Rounds {
public:
    Rounds(const BareNode& node, unsigned phases, std::size_t asked, std::size_t answers,
           bool sends_decide)
        : node_(node),
          phases_(phases),
          asked_(asked),
          answers_(answers),
          sends_decide_(sends_decide) {
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
    /// False: the time is up.
    bool one_round(std::uint64_t deadline) {
        ++round_;
        for (unsigned phase = 0; phase < phases_; ++phase)
            if (!ask(2 * phase + 1, deadline)) return false;
        decided_at_ = bare_now();
        if (sends_decide_) broadcast(BareCell::decide);
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
    const bool sends_decide_;
    std::uint64_t round_ = 0, decided_at_ = 0;
    std::vector<std::uint32_t> times_ns_;
};

BarePlan unpipelined(const FloorPlan& plan, bool round_trip) {
    BarePlan bare;
    bare.core_of = plan.core_of;
    bare.machine_of = plan.machine_of;
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

/// Detects whether a measurement was disturbed after this object was constructed.
class Disturbance {
public:
    /// Why `figures` are unreliable. Empty: they are reliable.
    [[nodiscard]] std::string reason(const BareFigures& figures) const {
        constexpr double stolen_max = 0.1;
        if (figures.dropped > 0)
            return counted(figures.dropped, "send") +
                   " found a full receive buffer: raise net.core.rmem_max";
        if (figures.refused > 0) return counted(figures.refused, "send") + " refused by the kernel";
        if (const std::uint64_t throttled = cgroups_.throttled(); throttled != throttled_)
            return "the CPU quota was used up in " + counted(throttled - throttled_, "period");
        if (stolen_share(time_, read_cpu_time()).value_or(0) > stolen_max)
            return "the hypervisor took more than a tenth of the cores' time";
        return "";
    }

private:
    Cgroups cgroups_;
    std::uint64_t throttled_ = cgroups_.throttled();
    std::optional<CpuTime> time_ = read_cpu_time();
};

/// Where to store one figure of a measurement.
struct Target {
    const char* name;
    double* figure;
    double BareFigures::* from;
};

/// Measures and fills in the targets, or reports why it could not.
BareEnd measure(const FloorPlan& plan, FloorPart part, const RunPart& run,
                std::initializer_list<Target> targets, FloorResult& result, std::string& problem) {
    const Disturbance disturbance;
    BareFigures figures;
    const BareEnd end = run(part, bare_plan(plan, part), figures, problem);
    if (end != BareEnd::measured) return end;
    const std::string reason = disturbance.reason(figures);
    for (const Target& target : targets) {
        if (reason.empty())
            *target.figure = figures.*target.from;
        else
            result.unreliable[target.name] = reason;
    }
    return end;
}

}  // namespace

BarePlan bare_plan(const FloorPlan& plan, FloorPart part) {
    if (part != FloorPart::pipeline) return unpipelined(plan, part == FloorPart::round_trip);
    return plan.runs ? pipelined_in_runs(plan) : pipelined(plan);
}

FloorResult measure_floor(const FloorPlan& plan, const RunPart& run, std::string& problem) {
    FloorResult result;
    if (plan.nodes < 2 || plan.core_of.size() != plan.nodes) return result;
    constexpr auto median = &BareFigures::median_ns, rate = &BareFigures::rate;
    BareEnd end = measure(plan, FloorPart::round_trip, run,
                          {{"rtt_ns_p50", &result.rtt_ns_p50, median}}, result, problem);
    if (end != BareEnd::stopped)
        end = measure(plan, FloorPart::rounds, run,
                      {{"round_ns_p50", &result.round_ns_p50, median},
                       {"rounds_per_second", &result.rounds_per_second, rate}},
                      result, problem);
    if (end != BareEnd::stopped)
        end = measure(plan, FloorPart::pipeline, run,
                      {{"decisions_per_second", &result.decisions_per_second, rate}}, result,
                      problem);
    // If a part was stopped, `problem` may still hold the text of an earlier part that failed.
    if (end == BareEnd::stopped) problem.clear();
    return result;
}

FloorResult measure_floor(const FloorPlan& plan, int stop_fd, std::string& problem) {
    const RunPart run = [stop_fd](FloorPart, const BarePlan& bare, BareFigures& figures,
                                  std::string& why) {
        return run_bare(bare, stop_fd, figures, why);
    };
    return measure_floor(plan, run, problem);
}

}  // namespace paxos::measure
