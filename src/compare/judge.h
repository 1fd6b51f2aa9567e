// The verdict on one figure, and what it has to take into account: the machine itself.
//
// 1. The unit of evidence is a start of a cluster: a repetition's figure counts once.
// 2. The repetitions of one file are taken within a second or two, in one mood of the machine.
//    Their spread says little of how the machine moves between two files, and on a virtual machine
//    that is more than most changes of a program. So WORSE and better need an interval that
//    excludes zero still when it has been widened by Doubt.
// 3. Files made one after the other share a mood too. Only sides that took turns average it out.
// 4. Builds that were run in turn, block by block (blocks.h), meet each mood alike. There the unit
//    of evidence is a block, and nothing has to be allowed for.
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

enum class Judgement : std::uint8_t { worse, better, same, inconclusive, not_comparable };
[[nodiscard]] std::string_view name_of(Judgement judgement);

inline constexpr double verdict_confidence = 0.95;

/// A figure of the floor, which no build of ours can change.
struct Control {
    std::string_view name;
    Unit unit;
    double base = 0, fresh = 0;  ///< Medians of the files.
    double change = 0;           ///< Relative.
    bool counts = true;          ///< What moved it was the machine's mood and nothing else.
};
/// With other settings only the round trip counts, with another machine nothing does.
[[nodiscard]] std::vector<Control> controls_of(const Side& base, const Side& fresh,
                                               const Differences& differences);

/// How often each side has had its turn: files of one side with none of the other between them, by
/// date, are one turn.
struct Turns {
    std::size_t base = 1, fresh = 1;
};
[[nodiscard]] Turns turns_of(const Side& base, const Side& fresh);

/// What the machine may have added to a difference, as logarithms of a ratio.
struct Doubt {
    double seen = 0;    ///< The floor's figure that moved most, of those that count.
    double unseen = 0;  ///< What turns of one program differ by: see doubt_between.

    [[nodiscard]] double most() const { return seen > unseen ? seen : unseen; }
};
/// What turns of one and the same program differ by (standard deviation of the logarithm) where
/// nothing else is known of the machine.
[[nodiscard]] double usual_spread(Metric metric, bool is_virtual);
[[nodiscard]] Doubt doubt_between(const Sample& base, const Sample& fresh,
                                  const std::vector<Control>& controls, const Turns& turns,
                                  double usual);

/// `change` with both ends moved out by `by`.
[[nodiscard]] Change widened(const Change& change, double by);

struct Figure {
    Metric metric = Metric::rate;
    std::uint64_t base_window = 0, fresh_window = 0;
    std::size_t base_count = 0, fresh_count = 0;  ///< Repetitions.
    std::vector<double> log_ratios;               ///< Run in turn: of each block. Empty: it is not.
    double base = 0, fresh = 0;                   ///< Medians.
    Change change;                                ///< Of the evidence as it is.
    Change allowing;  ///< Allowing for the machine: `change` widened by `doubt`.
    /// The smallest change that could have been shown, allowing for the machine.
    double visible = 0;
    Doubt doubt;                         ///< None where the builds were run in turn.
    std::optional<Judgement> judgement;  ///< None: only shown.
    std::string reason;                  ///< Of the judgement, as a sentence without its end.
};

/// Run in turn: `change`, `allowing` and `visible` as `log_ratios` have them, at a look's
/// confidence (sequential.h).
void weigh_blocks(Figure& figure);

/// Run in turn, and judged: more blocks would make it no clearer than was asked for.
[[nodiscard]] bool is_settled(const Figure& figure, double detect);

/// Sets `figure.judgement` and `figure.reason`.
void judge(Figure& figure, double margin);

/// "+7.0%", "+250%"; "-" for what is infinite.
[[nodiscard]] std::string percent_text(double change);

}  // namespace paxos::compare
