// Formats figures with three significant digits and a unit, without separators inside numbers.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/text.h"

namespace paxos::measure {

/// The usual width of a terminal, in columns.
inline constexpr std::size_t columns_usual = 80;

/// 850ns, 35.9us, 1.12ms, 2.05s.
[[nodiscard]] std::string time_text(double ns);

/// 980, 27.6k, 5.12M, 1.20G.
[[nodiscard]] std::string scaled_text(double value);
/// A rate, such as "1.99M/s".
[[nodiscard]] std::string rate_text(double per_second);

/// `text` aligned to the right or to the left in `width` columns.
[[nodiscard]] std::string right_aligned(std::string_view text, std::size_t width);
[[nodiscard]] std::string left_aligned(std::string_view text, std::size_t width);

/// The name of `error`, such as "ENETUNREACH"; "errno 512" if it has no name.
[[nodiscard]] std::string errno_name(int error);
/// "ENETUNREACH (Network is unreachable)".
[[nodiscard]] std::string errno_text(int error);

using paxos::counted;
using paxos::first_columns;
using paxos::width_of;
using paxos::wrapped;

}  // namespace paxos::measure
