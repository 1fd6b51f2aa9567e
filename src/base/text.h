// Helpers to format the text of messages.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace paxos {

/// "1 node", "5 nodes".
[[nodiscard]] inline std::string counted(std::uint64_t count, std::string_view what) {
    return std::to_string(count) + " " + std::string(what) + (count == 1 ? "" : "s");
}

/// "3 s": `ns` nanoseconds in whole seconds, rounded down.
[[nodiscard]] inline std::string seconds_text(std::uint64_t ns) {
    return std::to_string(ns / 1'000'000'000) + " s";
}

/// A copy of the untrusted `text` with '?' in place of control characters.
[[nodiscard]] inline std::string printable(std::string_view text) {
    std::string result(text);
    for (char& letter : result)
        if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = '?';
    return result;
}

/// The width of `text` on a terminal, in columns: the number of its UTF-8 characters.
[[nodiscard]] std::size_t width_of(std::string_view text);

/// The first `width` columns of `text`.
[[nodiscard]] std::string_view first_columns(std::string_view text, std::size_t width);

/// `text` wrapped into at most `lines_max` lines of `width` columns; a longer text ends in "...".
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width,
                                               std::size_t lines_max);

}  // namespace paxos
