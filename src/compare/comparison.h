// Two sides held against each other: all that the outputs show.
//
//   files -> Result (result_reader.h) -> Side (side.h) -> Comparison -> outputs.h
//   legs  -> Result -> blocks of both sides (blocks.h) -> Comparison -> outputs.h
//
// Two figures are judged: the rate where most rounds are in flight, and the median latency where
// fewest are. Of a default run these are the saturated rate and the unloaded latency.
#pragma once

#include <set>
#include <string>
#include <vector>

#include "compare/blocks.h"
#include "compare/comparability.h"
#include "compare/judge.h"
#include "compare/side.h"

namespace paxos::compare {

/// What is asked.
struct Terms {
    double margin = 0.03;                       ///< Changes up to this do not matter.
    std::set<std::string, std::less<>> across;  ///< Settings that are meant to differ; "machine".
};

/// What heads a side.
struct Head {
    std::vector<std::string> paths;  ///< Of result files; of the program, if it was run in turn.
    measure::Build build;
    std::string first_date, last_date;
    std::size_t repetitions = 0;
    bool degraded = false;  ///< Some of them.
};

struct Comparison {
    Head base, fresh;
    Terms terms;
    std::optional<InTurn> in_turn;  ///< None: files are compared.
    Differences differences;
    std::vector<Control> controls;
    std::vector<Figure> judged, others;
    std::vector<std::string> notes;

    [[nodiscard]] bool has(Judgement judgement) const;
    /// REQUIRES: run in turn. More blocks would make no judged figure clearer than was asked for.
    [[nodiscard]] bool is_decided() const;
};

/// REQUIRES: each side's files may be pooled. False: `why` says what they lack to be compared.
[[nodiscard]] bool compare(const Side& base, const Side& fresh, const Terms& terms,
                           Comparison& comparison, std::string& why);

/// The same of builds that were run in turn. REQUIRES: each side has its legs of every block of
/// `in_turn`, and settings and machine are alike.
[[nodiscard]] bool compare_in_turn(const Side& base, const Side& fresh, const Terms& terms,
                                   const InTurn& in_turn, Comparison& comparison, std::string& why);

}  // namespace paxos::compare
