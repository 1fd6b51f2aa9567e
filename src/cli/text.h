// Reads numbers, times, percentages and lists from user input, and formats text for messages and
// the help. The functions read_* accept the whole text or refuse it. Their caller adds the name of
// the option to the error.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace paxos::cli {

/// A whole number of at most `max`, in decimal digits or, after 0x, in hexadecimal digits. Signs
/// and separators are not allowed.
[[nodiscard]] std::optional<std::uint64_t> read_whole(std::string_view text, std::uint64_t max);

/// Reads a count from `least` to `most` into `count`: 1000000, 1_000_000, 1e6, 1M, 1.5M or 0x10.
/// The suffixes are k, K, M and G. Returns the error, or an empty text on success.
[[nodiscard]] std::string read_count(std::string_view text, std::uint64_t least, std::uint64_t most,
                                     std::uint64_t& count);

/// `count` for a message, in decimal digits. A power of ten from 1e9 on is written like "1e9".
[[nodiscard]] std::string count_text(std::uint64_t count);

/// A time such as 10s, 1.5ms, 100us, 2min, 1h30m, in nanoseconds. The unit is mandatory. None if
/// the text is malformed or the time exceeds `max_ns`.
[[nodiscard]] std::optional<std::uint64_t> read_duration(std::string_view text,
                                                         std::uint64_t max_ns);

/// Returns "; write 10s, 10ms or 10min" if `text` is a number without a unit; otherwise an empty
/// text. Does not suggest milliseconds if that time would be less than `least_ns`, the shortest
/// time that the option takes.
[[nodiscard]] std::string unit_hint(std::string_view text, std::uint64_t least_ns = 0);

/// A percentage such as 1% or 0.1%, as a fraction from 0 to 1. The percent sign is mandatory,
/// because a bare 1 could mean 1 % or the fraction 1.
[[nodiscard]] std::optional<double> read_percentage(std::string_view text);

/// The parts between the separators. Includes empty parts, so that the caller can refuse them.
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);

/// The entries of a list with commas, without the white space around each entry. Includes empty
/// entries.
[[nodiscard]] std::vector<std::string_view> split_list(std::string_view text);

/// A time, rounded to seconds or minutes: "35 s", "12 min", "2 h 5 min".
[[nodiscard]] std::string rough_time_text(double seconds);

/// Removes white space at both ends.
[[nodiscard]] std::string_view trim(std::string_view text);

/// Reads a list of whole numbers and ranges, such as "0,2-4". Each number is at most `max`, and
/// there are at most `max` + 1 numbers. On failure returns an empty list and sets `why`.
[[nodiscard]] std::vector<int> read_number_list(std::string_view text, int max, std::string& why);

/// The known word that is closest to `word`; empty if none is close.
[[nodiscard]] std::string_view did_you_mean(std::string_view word,
                                            const std::vector<std::string_view>& known);

/// Returns an error such as "must be auto, uring or mmsg", with the closest name as a hint if one
/// is close to `word`.
[[nodiscard]] std::string must_be_one_of(std::string_view word,
                                         const std::vector<std::string_view>& names);

/// `text` with each line wrapped between words to `columns`. Continuation lines are indented.
[[nodiscard]] std::string fitted(std::string_view text, std::size_t columns);

/// Returns `text` for a message, with '?' in place of control characters. The part after 60 bytes
/// is replaced by "...".
[[nodiscard]] std::string sanitized(std::string_view text);

}  // namespace paxos::cli
