// The verdict on one figure, allowing for changes of the machine between the two sides.
//
// 1. The unit of evidence is one start of a cluster, so each repetition counts once.
// 2. The repetitions of one file run within a second or two, so their spread does not show how the
//    machine changes between files. On a virtual machine that change is larger than most changes of
//    a program. The verdicts "WORSE" and "better" therefore need an interval that excludes zero
//    even after it has been widened by a `Doubt`.
// 3. Consecutive files of one side may all come from one state of the machine. The effect of that
//    state averages out only if files of both sides were made alternately.
// 4. Builds that run alternately in blocks (blocks.h) run in the same state of the machine. For
//    them the unit of evidence is a block, and the interval is not widened.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "compare/comparability.h"
#include "compare/metrics.h"
#include "compare/side.h"
#include "compare/statistics.h"

namespace paxos::compare {

enum class Verdict : std::uint8_t { worse, better, same, inconclusive, not_comparable };
[[nodiscard]] std::string_view name_of(Verdict verdict);

inline constexpr double verdict_confidence = 0.95;

/// A figure of the floor, which does not depend on the build.
struct Control {
    std::string_view name;
    Unit unit;
    double base = 0, fresh = 0;  ///< Medians of the files.
    double change = 0;           ///< Relative.
    /// Whether only a change of the machine can have changed this figure.
    bool counts = true;
};
/// The floor figures of both sides: round trip, round and rate. The rate never counts, because it
/// may also change on an unchanged machine (doubt.cpp). The round does not count if the settings
/// differ. If the machines differ, no figure counts.
[[nodiscard]] std::vector<Control> controls_of(const Side& base, const Side& fresh,
                                               const Differences& differences);

/// The number of streaks of each side. A streak is a sequence of files of one side, in order of
/// their dates, with no file of the other side between them.
struct Streaks {
    std::size_t base = 1, fresh = 1;
};
[[nodiscard]] Streaks streaks_of(const Side& base, const Side& fresh);

/// How large a difference the machine alone may have caused, as logarithms of a ratio.
struct Doubt {
    double seen = 0;    ///< The largest change among the floor figures that count.
    double unseen = 0;  ///< The difference that two streaks of one program may have (doubt.cpp).

    [[nodiscard]] double most() const { return seen > unseen ? seen : unseen; }
};
/// The usual difference between streaks of one program, as a standard deviation of the logarithm.
/// It was not measured on this machine. doubt_between() combines it with the spread of the files.
[[nodiscard]] double usual_spread(Metric metric, bool is_virtual);
/// Estimates how much the machine may have changed a figure. `usual` is the usual_spread() of that
/// figure.
[[nodiscard]] Doubt doubt_between(const Sample& base, const Sample& fresh,
                                  const std::vector<Control>& controls, const Streaks& streaks,
                                  double usual);

/// `change` with both ends of its interval moved outwards by `by`, the logarithm of a ratio.
[[nodiscard]] Change widened(const Change& change, double by);

struct Figure {
    Metric metric = Metric::rate;
    std::uint64_t base_window = 0, fresh_window = 0;
    std::size_t base_count = 0, fresh_count = 0;  ///< Repetitions.
    std::vector<double> log_ratios;               ///< By block. Empty for `compare`.
    double base = 0, fresh = 0;                   ///< Medians.
    Change change;                                ///< Without allowing for the machine.
    Change allowing;  ///< `change` widened by `doubt`, to allow for the machine.
    /// The smallest change that could have been detected. For `compare`, allows for the machine.
    double visible = 0;
    Doubt doubt;                     ///< Zero for `ab`.
    std::optional<Verdict> verdict;  ///< None if the figure is only displayed.
    std::string reason;              ///< Why this verdict: a sentence without full stop.
};

/// For `ab`: computes `change`, `allowing` and `visible` from `log_ratios`, at the confidence of
/// an interim analysis (sequential.h).
void weigh_blocks(Figure& figure);

/// For `ab`: whether no more blocks are needed to detect a change of `detect`.
[[nodiscard]] bool is_settled(const Figure& figure, double detect);

/// Sets `figure.verdict` and `figure.reason`. The verdict is "same" if the interval, widened by
/// Doubt::seen, is within `margin`.
void set_verdict(Figure& figure, double margin);

/// "+7.0%" for 0.07, "+1000%" for 10; "-" if infinite.
[[nodiscard]] std::string percent_text(double change);

}  // namespace paxos::compare
