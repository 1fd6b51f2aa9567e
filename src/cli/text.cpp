// See text.h.
#include "cli/text.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <numeric>
#include <utility>

#include "base/text.h"
#include "measure/text.h"

namespace paxos::cli {
namespace {

bool is_digit(char one) { return one >= '0' && one <= '9'; }

/// Removes a decimal number without sign and exponent from the front of `text`, and returns it. If
/// there is none, returns none and leaves `text` unchanged.
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

/// The result of read_scaled().
struct Scaled {
    enum class Form : std::uint8_t { none, fraction, too_large, whole };
    Form form = Form::none;
    std::uint64_t value = 0;  ///< Set only for Form::whole.
};

/// Removes the suffix or the exponent of `text`. Returns the power of ten (0 if there is neither),
/// or none if the exponent is malformed.
std::optional<int> take_power(std::string_view& text) {
    static constexpr std::array<std::pair<char, int>, 4> suffixes{
        {{'k', 3}, {'K', 3}, {'M', 6}, {'G', 9}}};
    for (const auto& [suffix, power] : suffixes) {
        if (!text.ends_with(suffix)) continue;
        text.remove_suffix(1);
        return power;
    }
    const std::size_t e = text.find_first_of("eE");
    if (e == std::string_view::npos) return 0;
    int power = 0;
    const char* const end = text.data() + text.size();
    const char* const begin = text.data() + e + (text.substr(e + 1).starts_with('+') ? 2 : 1);
    const auto [read_end, error] = std::from_chars(begin, end, power);
    if (error != std::errc{} || read_end != end) return std::nullopt;
    text = text.substr(0, e);
    return power;
}

/// Reads a number with an optional fraction, followed by an exponent, a suffix or neither. Uses no
/// floating point, so the result is exact. An underscore may stand between two digits.
Scaled read_scaled(std::string_view text) {
    if (text.starts_with("0x") || text.starts_with("0X")) {
        const std::optional<std::uint64_t> whole = read_whole(text, ~std::uint64_t{0});
        return whole ? Scaled{Scaled::Form::whole, *whole} : Scaled{};
    }
    std::optional<int> power = take_power(text);
    if (!power) return {};
    std::string digits;
    bool has_point = false;
    for (std::size_t i = 0; i < text.size(); ++i) {
        const char one = text[i];
        if (is_digit(one)) {
            digits += one;
            if (has_point) --*power;
        } else if (one == '.' && !has_point) {
            has_point = true;
        } else if (one != '_' || i == 0 || i + 1 == text.size() || !is_digit(text[i - 1]) ||
                   !is_digit(text[i + 1])) {
            return {};
        }
    }
    if (digits.empty()) return {};
    digits.erase(0, std::min(digits.find_first_not_of('0'), digits.size() - 1));
    for (; *power < 0 && digits.size() > 1 && digits.back() == '0'; ++*power) digits.pop_back();
    if (digits == "0") return {Scaled::Form::whole, 0};
    if (*power < 0) return {Scaled::Form::fraction, 0};
    if (*power > 20) return {Scaled::Form::too_large, 0};
    digits.append(static_cast<std::size_t>(*power), '0');
    const std::optional<std::uint64_t> whole = read_whole(digits, ~std::uint64_t{0});
    return whole ? Scaled{Scaled::Form::whole, *whole} : Scaled{Scaled::Form::too_large, 0};
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

std::string read_count(std::string_view text, std::uint64_t least, std::uint64_t most,
                       std::uint64_t& count) {
    std::string range = "must be " + count_text(least) + " to " + count_text(most);
    const bool is_negative = text.starts_with('-');
    const Scaled scaled = read_scaled(is_negative ? text.substr(1) : text);
    switch (scaled.form) {
        case Scaled::Form::none:
            return most < 1'000'000 ? "is not a number; " + range
                                    : std::string("is not a number; write 1000000, 1e6 or 1M");
        case Scaled::Form::fraction: return "must be a whole number";
        case Scaled::Form::too_large: return range;
        case Scaled::Form::whole: break;
    }
    if (is_negative || scaled.value < least || scaled.value > most) return range;
    count = scaled.value;
    return {};
}

std::string count_text(std::uint64_t count) {
    std::string text = std::to_string(count);
    if (text.size() < 10 || text.find_first_not_of('0', 1) != std::string::npos || text[0] != '1')
        return text;
    return "1e" + std::to_string(text.size() - 1);
}

std::optional<std::uint64_t> read_duration(std::string_view text, std::uint64_t max_ns) {
    struct Unit {
        std::string_view name;
        double ns;
    };
    static constexpr std::array<Unit, 10> units{{{"ns", 1.0},
                                                 {"us", 1e3},
                                                 {"\u00B5s", 1e3},
                                                 {"ms", 1e6},
                                                 {"s", 1e9},
                                                 {"sec", 1e9},
                                                 {"min", 60e9},
                                                 {"m", 60e9},
                                                 {"h", 3600e9},
                                                 {"d", 86400e9}}};
    double total = 0, last_unit = 0;
    do {
        const std::optional<double> value = take_decimal(text);
        if (!value) return std::nullopt;
        text = trim(text);
        const std::string_view name = text.substr(0, text.find_first_of("0123456789. "));
        const auto unit = std::ranges::find(units, name, &Unit::name);
        // Each unit must be smaller than the unit before it, as in 1h30m.
        if (unit == units.end() || (last_unit != 0 && unit->ns >= last_unit)) return std::nullopt;
        last_unit = unit->ns;
        total += *value * unit->ns;
        text = trim(text.substr(name.size()));
    } while (!text.empty());
    total = std::round(total);
    if (total > static_cast<double>(max_ns)) return std::nullopt;
    return static_cast<std::uint64_t>(total);
}

std::string unit_hint(std::string_view text, std::uint64_t least_ns) {
    std::string_view rest = text;
    const std::optional<double> value = take_decimal(rest);
    if (!value || !rest.empty()) return {};
    const std::string number = sanitized(text);
    const bool takes_ms = *value * 1e6 >= static_cast<double>(least_ns);
    return "; write " + number + (takes_ms ? "s, " + number + "ms or " : "s or ") + number + "min";
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

std::vector<std::string_view> split_list(std::string_view text) {
    std::vector<std::string_view> entries = split(text, ',');
    for (std::string_view& entry : entries) entry = trim(entry);
    return entries;
}

std::string rough_time_text(double seconds) {
    const auto whole = static_cast<std::uint64_t>(std::llround(seconds));
    if (whole < 100) return std::to_string(whole) + " s";
    const std::uint64_t minutes = (whole + 30) / 60;
    if (minutes < 100) return std::to_string(minutes) + " min";
    return std::to_string(minutes / 60) + " h " + std::to_string(minutes % 60) + " min";
}

std::string_view trim(std::string_view text) {
    static constexpr std::string_view white = " \t\r\n\v\f";
    const std::size_t first = text.find_first_not_of(white);
    if (first == std::string_view::npos) return {};
    return text.substr(first, text.find_last_not_of(white) - first + 1);
}

std::vector<int> read_number_list(std::string_view text, int max, std::string& why) {
    std::vector<int> numbers;
    for (const std::string_view part : split_list(text)) {
        const std::size_t dash = part.find('-');
        const auto limit = static_cast<std::uint64_t>(max);
        const std::optional<std::uint64_t> first = read_whole(part.substr(0, dash), limit);
        const std::optional<std::uint64_t> last = dash == std::string_view::npos
                                                      ? first
                                                      : read_whole(part.substr(dash + 1), limit);
        if (!first || !last || *first > *last) {
            why = part.empty()
                      ? "has an empty entry"
                      : "contains \"" + sanitized(part) + "\", which is not a number or a range";
            return {};
        }
        for (std::uint64_t number = *first; number <= *last; ++number)
            numbers.push_back(static_cast<int>(number));
        if (numbers.size() > limit + 1) {
            why = "has more than " + std::to_string(limit + 1) + " entries";
            return {};
        }
    }
    return numbers;
}

std::string_view did_you_mean(std::string_view word, const std::vector<std::string_view>& known) {
    std::string_view nearest;
    // Allows one edit for every three letters of `word`, and one edit if it has fewer than three.
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

std::string fitted(std::string_view text, std::size_t columns) {
    // The help puts an option's description at a fixed column. On a narrow terminal the description
    // goes below the option instead.
    constexpr std::size_t help_margin_min = 20, help_indent = 6, indent_extra = 2;
    std::string result;
    const auto add = [&](std::string_view words, std::size_t first, std::size_t rest) {
        for (const std::string& part :
             measure::wrapped(words, columns - std::max(first, rest), words.size())) {
            result += std::string(first, ' ') + part + "\n";
            first = rest;
        }
    };
    for (const std::string_view line : split(text, '\n')) {
        const std::size_t margin = std::min(line.find_first_not_of(' '), line.size());
        if (measure::width_of(line) <= columns && !line.starts_with("  -") &&
            margin < help_margin_min) {
            result += std::string(line) + "\n";
            continue;
        }
        const std::size_t gap = line.starts_with("  -") ? line.find("  ", margin)
                                                        : std::string_view::npos;
        if (gap != std::string_view::npos) {
            add(line.substr(margin, gap - margin), margin, help_indent);
            add(trim(line.substr(gap)), help_indent, help_indent);
        } else if (margin >= help_margin_min) {
            add(line.substr(margin), help_indent, help_indent);
        } else {
            add(line.substr(margin), margin, margin + indent_extra);
        }
    }
    result.pop_back();  // Removes the newline added after the last line.
    return result;
}

std::string sanitized(std::string_view text) {
    static constexpr std::size_t longest = 60;
    std::string result = printable(text.substr(0, longest));
    if (text.size() > longest) result += "...";
    return result;
}

}  // namespace paxos::cli
