// Made-up result files of one program that was measured under different conditions.
// measure::result_file() writes them, as it writes real result files.
#pragma once

#include <string>

#include "measure/result_file.h"
#include "support/made_up_report.h"

namespace paxos::compare {

/// How a result differs from made_up_report(). The first three members are factors; 1 changes
/// nothing.
struct Made {
    double rate = 1, p50 = 1, floor = 1;
    /// The fraction by which the rate rises, and p50 falls, from one repetition to the next.
    double spread = 0.002;
    int repetitions = 10;
    std::string date = "2026-01-31T12:00:00+00:00";
};

inline measure::Report report_of(const Made& made) {
    measure::Report report = measure::made_up_report(made.repetitions);
    report.date = made.date;
    for (double* figure : {&report.floor.rtt_ns_p50, &report.floor.round_ns_p50})
        *figure /= made.floor;
    report.floor.decisions_per_second *= made.floor;
    for (measure::RunResult& run : report.runs) {
        const double step = 1 + made.spread * (run.repetition - (made.repetitions - 1) / 2.0);
        const auto latency = [&](double ns) {
            return static_cast<std::uint64_t>(ns * made.p50 / step);
        };
        run.rows[0] = measure::made_up_row("unloaded", 1, run.repetition, 1000,
                                           27'600 / made.p50 * step, latency(35'900));
        run.rows[1] = measure::made_up_row("saturated", 2772, run.repetition, 100'000,
                                           5.12e6 * made.rate * step, latency(530'000));
    }
    return report;
}

inline std::string text_of(const measure::Report& report) {
    return measure::result_file(report, "./paxos_fast");
}

}  // namespace paxos::compare
