// The schedule of a command: divides `--duration` among the runs and windows, and estimates the
// time that is left.
//
// 1. `--duration` is the time of the whole command. When a run begins, the schedule first sets
//    aside, for each later run, the time that the previous run took outside its windows, mainly to
//    start and stop the cluster. It then divides the rest of the time equally among the windows of
//    this run and of all later runs.
// 2. Without a duration or rates, the time is estimated from the runs so far.
// 3. The caller passes the current time. No clock is read.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "cli/bench/options.h"

namespace paxos::cli {

/// Commands that take longer than this are announced.
inline constexpr std::uint64_t announced_ns_min = 20'000'000'000;

/// The time that a row takes: its duration, or its number of rounds divided by its rate. At most
/// time_ns_max; 0 if it is not known in advance.
[[nodiscard]] std::uint64_t row_ns(const node::Plan& plan, const node::Row& row);
/// The share (0 to 1) of a run's last row that is done when `learned` slots are decided. None if
/// the last row has not begun, or if a duration ends it. Ignores earlier rows, because their rates
/// do not predict the rate of the last row.
[[nodiscard]] std::optional<double> share_of(const node::Plan& plan, std::uint64_t learned);

/// The shortest time for which a row is measured.
inline constexpr std::uint64_t row_ns_min = 1'000'000;

class Schedule {
public:
    explicit Schedule(const Options& options);

    /// Call first, when the command begins.
    void begin(std::uint64_t now_ns) { begin_ns_ = now_ns; }
    /// The time of each row in a run that begins now, at least row_ns_min. REQUIRES: the time of
    /// the command is known, from --duration or from rates.
    [[nodiscard]] std::uint64_t row_ns_from(std::uint64_t now_ns) const;
    void begin_run(std::uint64_t now_ns);
    void end_run(std::uint64_t now_ns);

    /// Notes the progress of the current run. `share` is the result of share_of.
    void note_share(std::uint64_t now_ns, std::optional<double> share);

    /// The time until the command ends; none if it is unknown.
    [[nodiscard]] std::optional<double> left_s(std::uint64_t now_ns) const;
    /// An announcement such as "takes about 10 min: 2 windows x 10 runs", returned once, as soon as
    /// the command is known to take more than announced_ns_min. Otherwise empty.
    [[nodiscard]] std::string announce(std::uint64_t now_ns);

private:
    std::uint64_t begin_ns_ = 0;
    std::uint64_t duration_ns_;  ///< Of the command; 0 if unknown.
    std::uint64_t rows_;
    std::uint64_t runs_;
    bool is_rated_;
    bool is_search_;  ///< In `knee`: each run has one rate, which the search chooses.
    /// The time is only an upper bound, because the command may decide all its rounds, or end its
    /// search, earlier.
    bool is_bound_;
    std::uint64_t runs_done_ = 0;
    std::uint64_t run_begin_ns_ = 0;
    std::uint64_t last_row_at_ns_ = 0;  ///< When this run's last row began; 0 if not yet.
    std::optional<double> share_;
    std::uint64_t runs_ns_ = 0;       ///< The time of all runs so far.
    std::uint64_t set_aside_ns_ = 0;  ///< The time of the last run outside its rows.
    std::uint64_t run_row_ns_ = 0;
    bool is_announced_ = false;
};

}  // namespace paxos::cli
