// Reads the part of a result file that the report shows.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "measure/figures.h"
#include "measure/knee.h"
#include "report/diagram.h"

namespace paxos::report {

/// A bucket of a histogram: the samples from `low_ns` to `high_ns`, both included.
struct Bucket {
    std::uint64_t low_ns, high_ns, samples;
};

/// A slice of a row in repetition `repetition`.
struct Slice : measure::Slice {
    int repetition = 0;
};

/// Something that happened in repetition `repetition`.
struct Event {
    int repetition = 0;
    std::uint64_t at_ns = 0;
    std::string text;  ///< "n0 killed by signal 9".
};

/// A slow decision, with the repetition in which it was made.
struct SlowDecision : measure::SlowDecision {
    int repetition = 0;
};

/// One row of a summary, with the figures of its repetitions.
struct Row : measure::RowFigures {
    std::string label;              ///< "one at a time", "2772 in flight", "at 10.0k/s".
    std::string floor;              ///< "1.03x p50", "0.56x rate", "n/a".
    std::vector<Bucket> histogram;  ///< Of all repetitions together; empty buckets are absent.
    double mean_ns = 0;             ///< Of all samples; 0 without samples.
    /// Latency by percentile, over all repetitions. A pair has `1 / (1 - fraction)`, such as 100
    /// for p99, and the latency. Ends at the highest percentile with at least ten samples above it.
    std::vector<std::pair<double, double>> percentiles;
    std::vector<double> rates;          ///< By repetition.
    std::vector<Slice> slices;          ///< By repetition, in order of time.
    measure::CauseCounts causes{};      ///< Slow decisions by cause, over all repetitions.
    std::vector<SlowDecision> slowest;  ///< Over all repetitions, slowest first.
    std::vector<double> cpu_ns;  ///< By node: CPU time per decision, mean of the repetitions.
};

struct Result {
    std::string path;
    std::string protocol;
    int nodes = 0;
    bool is_simulated = false;  ///< The file is from `sim --log` and has only a diagram.
    std::string verdict;
    bool degraded = false;
    std::vector<std::string> reasons;  ///< Why a run is not SAFE, or is incomplete or DEGRADED.
    std::string command;               ///< The options that were given.
    std::vector<std::pair<std::string, std::string>> facts;  ///< Date, build, machine.
    std::optional<double> floor_round_ns, floor_rate;
    std::vector<Row> rows;
    std::vector<Event> events;
    /// Set if the file is from `knee`. If the search found a rate, one of the rows has this rate.
    std::optional<measure::Knee> knee;
    Diagram diagram;  ///< Has events only if the run was made with --log.
};

/// Reads `text`, the content of the file `path`. On failure returns false and sets `why`, which
/// begins with the path.
[[nodiscard]] bool data_of(const std::string& path, std::string_view text, Result& result,
                           std::string& why);

}  // namespace paxos::report
