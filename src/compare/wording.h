// Texts that the table and the Markdown output share.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "compare/comparison.h"

namespace paxos::compare {

[[nodiscard]] std::string value_text(double value, Unit unit);  ///< 3.60M/s, 46.3us, 0.95.
[[nodiscard]] std::string figure_text(const Figure& figure);    ///< "rate at 2772".
[[nodiscard]] std::string interval_text(const Change& change);  ///< "-13.1% to -8.2%".
[[nodiscard]] std::string visible_text(double visible);         ///< "1.2%".
/// "10 repetitions in a.json, 2026-01-31T12:00:00+01:00"; for `ab`, "10 repetitions of
/// ./paxos_fast" and the date.
[[nodiscard]] std::string origin_text(const Head& head, bool is_in_turn);
/// "24 blocks of four runs in 14.2s, until all figures were decided; each run: --duration 50ms";
/// empty if files are compared.
[[nodiscard]] std::string in_turn_text(const Comparison& comparison);
/// Why a change in the table differs from the quotient of the two medians beside it; empty if no
/// change of a primary figure differs by more than 0.01.
[[nodiscard]] std::string change_text(const Comparison& comparison);
/// The floor of both sides and its changes; empty if the floor was not measured on both sides.
[[nodiscard]] std::string controls_text(const std::vector<Control>& controls);

/// "nodes 5 -> 3" for each difference. If `asked`, the differences that `--across` names; otherwise
/// those that it does not name.
[[nodiscard]] std::vector<std::string> difference_texts(const Differences& differences, bool asked);

}  // namespace paxos::compare
