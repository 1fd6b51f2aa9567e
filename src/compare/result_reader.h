// Reads the parts of a result file that a comparison needs.
//
// 1. Every field is checked before it is used: it must have the right type, and a figure must be
//    finite and positive. An error names the field: "runs[3].latency_ns.p50: must be a positive
//    number".
// 2. A file is refused if one of its runs is not a valid measurement. A run is not valid if it is
//    not SAFE, has a nonzero exit code, or was made with --log or --rate; if it is degraded (unless
//    degraded runs are allowed); or if cores or CPU quota changed during the run.
// 3. Histograms are skipped while parsing, because they take up most of the file.
#pragma once

#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compare/metrics.h"
#include "measure/result.h"

namespace paxos::compare {

/// One window of one repetition.
struct Row {
    std::uint64_t window = 0;
    std::uint64_t repetition = 0;
    /// Indexed by Metric. A figure is absent if there were too few samples.
    std::array<std::optional<double>, metric_count> figures;

    bool operator==(const Row&) const = default;
};

/// Facts by name, each as text for display.
using Facts = std::map<std::string, std::string>;

struct Result {
    std::string path;
    std::string date;
    measure::Build build;
    Facts settings;  ///< All settings except those that change no figure, such as color.
    std::set<std::string, std::less<>> by_default;  ///< Settings at their default values.
    Facts machine;  ///< All facts except those that change from minute to minute.
    measure::FloorResult floor;
    bool degraded = false;  ///< At least one repetition is degraded.
    std::vector<Row> rows;
};

/// True if `text` is the output of paxos_fast --version --json.
[[nodiscard]] bool is_build(std::string_view text);

/// Reads `text`, the content of the file `path`. On failure returns false and sets `why`, which
/// begins with the path.
[[nodiscard]] bool read_result(const std::string& path, std::string_view text, bool allow_degraded,
                               Result& result, std::string& why);

}  // namespace paxos::compare
