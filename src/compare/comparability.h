// Determines whether two sides can be compared: finds the differences between their settings and
// machines, and whether `--across` names these differences.
#pragma once

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "compare/result_reader.h"

namespace paxos::compare {

/// In `--across`, stands for every fact about the machine.
inline constexpr std::string_view across_machine = "machine";

struct Difference {
    std::string name;         ///< "protocol", "kernel".
    std::string base, fresh;  ///< The values; "absent" where a side does not have the fact.
    /// Whether `--across` names this difference. If so, a verdict is still possible.
    bool is_asked = false;
};

/// The facts that differ, by name. Leaves Difference::is_asked false.
[[nodiscard]] std::vector<Difference> differences(const Facts& base, const Facts& fresh);

/// The differences of settings and machine, each marked if `across` names it. A setting that only
/// one build has is not a difference if its value is the default, or makes that build behave like
/// the other build.
struct Differences {
    std::vector<Difference> settings, machine;

    /// Whether `--across` names every difference.
    [[nodiscard]] bool are_all_asked() const;
};
[[nodiscard]] Differences differences_of(const Result& base, const Result& fresh,
                                         const std::set<std::string, std::less<>>& across);

/// "0.1.0 (3f2a91c, modified; g++ 12.2 -O3)".
[[nodiscard]] std::string build_text(const measure::Build& build);

}  // namespace paxos::compare
