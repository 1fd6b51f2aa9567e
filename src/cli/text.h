// Reading what people type: numbers, times, fractions, lists. Each reader takes the whole text or
// refuses it, and knows no setting's name: the caller says whose text it was and what it must be.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace paxos::cli {

/// A whole number of at most `max`, in decimal or, behind 0x, in hexadecimal digits. No sign, no
/// separators.
[[nodiscard]] std::optional<std::uint64_t> read_whole(std::string_view text, std::uint64_t max);

/// A whole number that may end in k, M or G: thousands, millions, thousand millions.
[[nodiscard]] std::optional<std::uint64_t> read_count(std::string_view text, std::uint64_t max);

/// A time such as 10s, 1.5ms, 100us, 2min, 1h, in nanoseconds. The unit is not optional: 10 of
/// what?
[[nodiscard]] std::optional<std::uint64_t> read_duration(std::string_view text,
                                                         std::uint64_t max_ns);

/// A percentage such as 1% or 0.1%, as a fraction of 0 to 1. The sign is not optional: is 1 all, or
/// one in a hundred?
[[nodiscard]] std::optional<double> read_percentage(std::string_view text);

/// What stands between the separators; an empty part is kept, so that the caller can refuse it.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// Without white space at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

/// Whole numbers and ranges of them, "0,2-4", each at most `max`, and no more than there are of
/// these. Empty: `why` says what is wrong with which part.
[[nodiscard]] std::vector<int> read_number_list(std::string_view text, int max, std::string& why);

/// The known word that was probably meant by `word`: the nearest one, if it is near. Empty: none
/// is.
[[nodiscard]] std::string_view did_you_mean(std::string_view word,
                                            const std::vector<std::string_view>& known);

/// `text` for a message: at most 60 bytes, control characters as '?'.
[[nodiscard]] std::string shown(std::string_view text);

}  // namespace paxos::cli
