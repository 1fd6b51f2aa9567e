// See text.h.
#include "cli/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <utility>

namespace paxos::cli {
namespace {

/// Removes a decimal fraction without sign and exponent from the front of `text`.
std::optional<double> take_decimal(std::string_view& text) {
    const std::size_t length = std::min(text.find_first_not_of("0123456789."), text.size());
    const char* const begin = text.data();
    double value = 0;
    const auto [end, error] = std::from_chars(begin, begin + length, value,
                                              std::chars_format::fixed);
    if (length == 0 || error != std::errc{} || end != begin + length) return std::nullopt;
    text.remove_prefix(length);
    return value;
}

/// The Damerau-Levenshtein distance (optimal string alignment).
std::size_t edit_distance(std::string_view a, std::string_view b) {
    std::vector<std::size_t> before_last(b.size() + 1), last(b.size() + 1), current(b.size() + 1);
    std::iota(last.begin(), last.end(), std::size_t{0});
    for (std::size_t i = 1; i <= a.size(); ++i) {
        current[0] = i;
        for (std::size_t j = 1; j <= b.size(); ++j) {
            const std::size_t changed = last[j - 1] + (a[i - 1] == b[j - 1] ? 0 : 1);
            current[j] = std::min({last[j] + 1, current[j - 1] + 1, changed});
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
                current[j] = std::min(current[j], before_last[j - 2] + 1);
        }
        std::swap(before_last, last);
        std::swap(last, current);
    }
    return last[b.size()];
}

}  // namespace

std::optional<std::uint64_t> read_whole(std::string_view text, std::uint64_t max) {
    int base = 10;
    if (text.starts_with("0x") || text.starts_with("0X")) {
        base = 16;
        text.remove_prefix(2);
    }
    std::uint64_t value = 0;
    const char* const begin = text.data();
    const auto [end, error] = std::from_chars(begin, begin + text.size(), value, base);
    if (error != std::errc{} || end != begin + text.size() || value > max) return std::nullopt;
    return value;
}

std::optional<std::uint64_t> read_count(std::string_view text, std::uint64_t max) {
    std::uint64_t factor = 1;
    if (!text.empty()) {
        switch (text.back()) {
            case 'k': factor = 1'000; break;
            case 'M': factor = 1'000'000; break;
            case 'G': factor = 1'000'000'000; break;
            default: break;
        }
    }
    if (factor != 1) text.remove_suffix(1);
    const std::optional<std::uint64_t> value = read_whole(text, max / factor);
    if (!value) return std::nullopt;
    return *value * factor;
}

std::optional<std::uint64_t> read_duration(std::string_view text, std::uint64_t max_ns) {
    static constexpr std::array<std::pair<std::string_view, double>, 7> units{{{"ns", 1.0},
                                                                               {"us", 1e3},
                                                                               {"ms", 1e6},
                                                                               {"s", 1e9},
                                                                               {"min", 60e9},
                                                                               {"m", 60e9},
                                                                               {"h", 3600e9}}};
    const std::optional<double> value = take_decimal(text);
    if (!value) return std::nullopt;
    for (const auto& [name, ns] : units) {
        if (text != name) continue;
        const double total = std::round(*value * ns);
        if (total > static_cast<double>(max_ns)) return std::nullopt;
        return static_cast<std::uint64_t>(total);
    }
    return std::nullopt;
}

std::optional<double> read_percentage(std::string_view text) {
    const std::optional<double> value = take_decimal(text);
    if (!value || text != "%" || *value > 100) return std::nullopt;
    return *value / 100;
}

std::vector<std::string_view> split(std::string_view text, char separator) {
    std::vector<std::string_view> parts;
    for (;;) {
        const std::size_t end = text.find(separator);
        parts.push_back(text.substr(0, end));
        if (end == std::string_view::npos) return parts;
        text.remove_prefix(end + 1);
    }
}

std::string_view trim(std::string_view text) {
    static constexpr std::string_view white = " \t\r\n\v\f";
    const std::size_t first = text.find_first_not_of(white);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(white) - first + 1);
}

std::vector<int> read_number_list(std::string_view text, int max, std::string& why) {
    std::vector<int> numbers;
    for (const std::string_view part : split(text, ',')) {
        const std::size_t dash = part.find('-');
        const auto limit = static_cast<std::uint64_t>(max);
        const std::optional<std::uint64_t> first = read_whole(part.substr(0, dash), limit);
        const std::optional<std::uint64_t> last = dash == std::string_view::npos
                                                      ? first
                                                      : read_whole(part.substr(dash + 1), limit);
        if (!first || !last || *first > *last) {
            why = part.empty()
                      ? "has an empty entry"
                      : "contains \"" + sanitized(part) + "\", which is no number or range";
            return {};
        }
        for (std::uint64_t number = *first; number <= *last; ++number)
            numbers.push_back(static_cast<int>(number));
        if (numbers.size() > limit + 1) {
            why = "names more than " + std::to_string(limit + 1);
            return {};
        }
    }
    return numbers;
}

std::string_view did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
    std::string_view nearest;
    // At most one edit in three letters.
    std::size_t fewest = std::max<std::size_t>(1, word.size() / 3) + 1;
    for (const std::string_view candidate : known) {
        const std::size_t edits = edit_distance(word, candidate);
        if (edits >= fewest) continue;
        fewest = edits;
        nearest = candidate;
    }
    return nearest;
}

std::string must_be_one_of(std::string_view word, const std::vector<std::string_view>& names) {
    std::string text = "must be ";
    for (std::size_t i = 0; i < names.size(); ++i) {
        if (i != 0) text += i + 1 == names.size() ? " or " : ", ";
        text += names[i];
    }
    const std::string_view meant = did_you_mean(word, names);
    return meant.empty() ? text : text + "; did you mean " + std::string(meant) + "?";
}

std::string sanitized(std::string_view text) {
    static constexpr std::size_t longest = 60;
    std::string result{text.substr(0, longest)};
    for (char& letter : result)
        if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f) letter = '?';
    if (text.size() > longest) result += "...";
    return result;
}

}  // namespace paxos::cli
