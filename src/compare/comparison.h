// Two sides held against each other: all that the outputs show.
//
//   files -> Result (result_reader.h) -> Side (side.h) -> Comparison -> outputs.h
//
// Two figures are judged: the rate where most rounds are in flight, and the median latency where
// fewest are. Of a default run these are the saturated rate and the unloaded latency.
#pragma once

#include <set>
#include <string>
#include <vector>

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
    std::vector<std::string> paths;
    measure::Build build;
    std::string first_date, last_date;
    std::size_t repetitions = 0;
    bool degraded = false;  ///< Some of them.
};

struct Comparison {
    Head base, fresh;
    Terms terms;
    Differences differences;
    std::vector<Control> controls;
    std::vector<Figure> judged, others;
    std::vector<std::string> notes;

    [[nodiscard]] bool has(Judgement judgement) const;
};

/// REQUIRES: each side's files may be pooled. False: `why` says what they lack to be compared.
[[nodiscard]] bool compare(const Side& base, const Side& fresh, const Terms& terms,
                           Comparison& comparison, std::string& why);

}  // namespace paxos::compare
