// See schedule.h.
#include "cli/bench/schedule.h"

#include <algorithm>
#include <cmath>

#include "cli/bench/readers.h"
#include "cli/text.h"
#include "io/clock.h"
#include "measure/text.h"

namespace paxos::cli {
namespace {

/// During the first run, no estimate is made until its last row has lasted this long.
constexpr std::uint64_t estimated_after_ns = 2'000'000'000;

/// The time of all runs if it is known in advance, otherwise 0. It is known if a duration is given,
/// or if every row has a rate.
std::uint64_t known_ns(const Options& options) {
    if (options.duration_ns != 0) return options.duration_ns;
    std::uint64_t run_ns = 0;
    for (std::size_t i = 0; i < options.plan.row_count; ++i) {
        const node::Row& row = options.plan.rows[i];
        if (row.rate == 0) return 0;
        run_ns += row_ns(options.plan, row);
    }
    return run_ns * options.repetitions;
}

}  // namespace

std::uint64_t row_ns(const node::Plan& plan, const node::Row& row) {
    if (row.rate == 0 || row.rounds == node::unbounded) return plan.duration_ns;
    const double seconds = static_cast<double>(row.rounds) / static_cast<double>(row.rate);
    const double longest_ns = static_cast<double>(plan.duration_ns != 0 ? plan.duration_ns
                                                                        : time_ns_max);
    return static_cast<std::uint64_t>(std::min(seconds * 1e9, longest_ns));
}

std::optional<double> share_of(const node::Plan& plan, std::uint64_t learned) {
    const std::uint64_t end = plan.slot_end();
    if (end == node::unbounded || end == 0 || plan.row_count == 0) return std::nullopt;
    const std::uint64_t rounds = plan.rows[plan.row_count - 1].rounds;
    const std::uint64_t begin = end - rounds;
    if (learned < begin) return std::nullopt;
    return static_cast<double>(std::min(learned, end) - begin) / static_cast<double>(rounds);
}

Schedule::Schedule(const Options& options)
    : duration_ns_(known_ns(options)),
      rows_(options.plan.row_count),
      runs_(options.repetitions),
      is_rated_(!options.rates.empty()),
      is_search_(options.objective.has_value()),
      is_bound_(options.objective || (options.duration_ns != 0 && options.rounds != 0)) {}

std::uint64_t Schedule::row_ns_from(std::uint64_t now_ns) const {
    const std::uint64_t runs_left = runs_ - std::min(runs_done_, runs_ - 1);
    const std::uint64_t set_aside = set_aside_ns_ * (runs_left - 1);
    const std::uint64_t end = begin_ns_ + duration_ns_;
    const std::uint64_t left = end - std::min(end, now_ns + set_aside);
    return std::max(left / (runs_left * rows_), row_ns_min);
}

void Schedule::begin_run(std::uint64_t now_ns) {
    run_begin_ns_ = now_ns;
    last_row_at_ns_ = 0;
    share_.reset();
    run_row_ns_ = duration_ns_ == 0 ? 0 : row_ns_from(now_ns);
}

void Schedule::note_share(std::uint64_t now_ns, std::optional<double> share) {
    share_ = share;
    if (share && last_row_at_ns_ == 0) last_row_at_ns_ = now_ns;
}

void Schedule::end_run(std::uint64_t now_ns) {
    const std::uint64_t took = now_ns - run_begin_ns_;
    set_aside_ns_ = took - std::min(took, run_row_ns_ * rows_);
    runs_ns_ += took;
    ++runs_done_;
}

std::optional<double> Schedule::left_s(std::uint64_t now_ns) const {
    const std::uint64_t in_run = now_ns - std::min(now_ns, run_begin_ns_);
    if (duration_ns_ != 0)
        return io::to_seconds(begin_ns_ + duration_ns_ -
                              std::min(begin_ns_ + duration_ns_, now_ns));
    const auto runs_left = static_cast<double>(runs_ - std::min(runs_done_, runs_));
    if (runs_done_ > 0) {
        const double each = io::to_seconds(runs_ns_) / static_cast<double>(runs_done_);
        return std::max(each * runs_left - io::to_seconds(in_run), 0.0);
    }
    if (share_.value_or(0) <= 0 || now_ns < last_row_at_ns_ + estimated_after_ns)
        return std::nullopt;
    const double before = io::to_seconds(last_row_at_ns_ - run_begin_ns_);
    const double run = before + io::to_seconds(now_ns - last_row_at_ns_) / *share_;
    return std::max(run * runs_left - io::to_seconds(in_run), 0.0);
}

std::string Schedule::announce(std::uint64_t now_ns) {
    if (is_announced_) return {};
    const std::optional<double> left = left_s(now_ns);
    const double all = left.value_or(0) + io::to_seconds(now_ns - begin_ns_);
    if (all <= io::to_seconds(announced_ns_min)) return {};
    is_announced_ = true;
    return (is_bound_ ? "takes at most " : "takes about ") + rough_time_text(all) + ": " +
           (is_search_ ? "" : measure::counted(rows_, is_rated_ ? "rate" : "window") + " x ") +
           measure::counted(runs_, "run");
}

}  // namespace paxos::cli
