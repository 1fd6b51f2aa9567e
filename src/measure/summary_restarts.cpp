// Writes the sentence about nodes that were killed and started again.
#include <algorithm>
#include <optional>

#include "measure/summary_lines.h"
#include "measure/text.h"

namespace paxos::measure {
namespace {

using Times = std::vector<std::uint64_t>;

/// All restarts of a report together.
struct Restarts {
    std::size_t count = 0, left_behind = 0, caught_up = 0;
    Times ready, took_part;  // Only the known times.
    std::uint64_t behind_max = 0;

    explicit Restarts(const Report& report) {
        for (const RunResult& run : report.runs)
            for (const RestartResult& one : run.restarts) {
                ++count;
                left_behind += one.was_left_behind;
                caught_up += one.caught_up_ns && !one.was_left_behind;
                if (one.ready_ns) ready.push_back(*one.ready_ns);
                if (one.took_part_ns) took_part.push_back(*one.took_part_ns);
                behind_max = std::max(behind_max, one.behind);
            }
        std::ranges::sort(ready);
        std::ranges::sort(took_part);
    }
};

/// A single time is "63.0ms". Several times are given as "63.0ms (max 91.2ms)", with their median
/// first.
std::string times_text(const Times& times) {
    if (times.empty()) return "n/a";
    const auto text_of = [](std::uint64_t ns) { return time_text(static_cast<double>(ns)); };
    const std::string median = text_of(times[times.size() / 2]);
    return times.size() == 1 ? median : median + " (max " + text_of(times.back()) + ")";
}

}  // namespace

std::string restarts_text(const Report& report, const Language& language) {
    const Restarts all(report);
    if (all.count == 0) return "";
    std::string text = language.text("{0}: ready {1}, taking part again {2} after the kill",
                                     all.count, times_text(all.ready), times_text(all.took_part));
    text += language.text("; at most {0} slots behind; {1} caught up", all.behind_max,
                          all.caught_up);
    if (all.left_behind > 0) text += language.text(", {0} left behind", all.left_behind);
    return text;
}

}  // namespace paxos::measure
