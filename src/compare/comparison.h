// The comparison of two sides, with everything that the outputs show.
//
//   files -> Result (result_reader.h) -> Side (side.h) -> Comparison -> outputs.h
//   legs  -> Result -> blocks of both sides (blocks.h) -> Comparison -> outputs.h
//
// A leg is one run of a build by `ab`.
//
// Two figures are primary, which means that they get a verdict: the rate of the largest window and
// the median latency of the smallest window. In a default run these are the saturated rate and the
// unloaded latency.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "compare/blocks.h"
#include "compare/comparability.h"
#include "compare/side.h"
#include "compare/verdict.h"

namespace paxos::compare {

/// The options that affect the verdicts.
struct Terms {
    double margin = 0.03;                       ///< Relative changes up to this do not matter.
    std::set<std::string, std::less<>> across;  ///< The names in --across: what may differ.
};

/// The heading of a side.
struct Head {
    /// Paths of the result files; for `ab`, the path of the program.
    std::vector<std::string> paths;
    measure::Build build;
    std::string first_date, last_date;
    std::size_t repetitions = 0;
    bool degraded = false;  ///< At least one repetition is degraded.
};

struct Comparison {
    Head base, fresh;
    Terms terms;
    std::optional<InTurn> in_turn;  ///< None if files are compared.
    Differences differences;
    std::vector<Control> controls;
    std::vector<Figure> primary, others;
    std::vector<std::string> notes;

    [[nodiscard]] bool has(Verdict verdict) const;
    /// Whether all primary figures are settled (is_settled in verdict.h). REQUIRES: `in_turn`.
    [[nodiscard]] bool is_decided() const;
};

/// Compares result files. REQUIRES: the files of each side can be pooled. On failure returns false
/// and sets `why`.
[[nodiscard]] bool compare(const Side& base, const Side& fresh, const Terms& terms,
                           Comparison& comparison, std::string& why);

/// Compares builds that ran alternately (blocks.h). REQUIRES: each side has two legs for every
/// block of `in_turn`; all legs have the same settings and machine.
[[nodiscard]] bool compare_in_turn(const Side& base, const Side& fresh, const Terms& terms,
                                   const InTurn& in_turn, Comparison& comparison, std::string& why);

}  // namespace paxos::compare
