#include "measure/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace paxos::measure {
namespace {

/// Three significant digits; a whole number if the unit has no fractions.
std::string three_digits(double value, bool whole) {
    // The bounds prevent rounding up to one more digit.
    if (whole || value >= 99.95) return fmt::format("{:.0f}", value);
    return value >= 9.995 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}

std::string with_unit(double value, const std::array<std::string_view, 4>& units, bool whole) {
    std::size_t unit = 0;
    for (; unit + 1 < units.size() && value >= 999.5; ++unit) value /= 1000;
    return three_digits(value, whole && unit == 0) + std::string(units[unit]);
}

bool begins_character(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) != 0x80; }

}  // namespace

std::string time_text(double ns) { return with_unit(ns, {"ns", "us", "ms", "s"}, true); }

std::string scaled_text(double value) {
    return with_unit(value, {"", "k", "M", "G"}, value >= 9.995);
}

std::string rate_text(double per_second) { return scaled_text(per_second) + "/s"; }

std::size_t width_of(std::string_view text) {
    return static_cast<std::size_t>(std::count_if(text.begin(), text.end(), begins_character));
}

std::string_view first_columns(std::string_view text, std::size_t width) {
    std::size_t wide = 0, end = 0;
    for (; end < text.size(); ++end)
        if (begins_character(text[end]) && ++wide > width) break;
    return text.substr(0, end);
}

std::string right_aligned(std::string_view text, std::size_t width) {
    const std::size_t taken = width_of(text);
    return std::string(taken < width ? width - taken : 0, ' ') + std::string(text);
}

std::string left_aligned(std::string_view text, std::size_t width) {
    const std::size_t taken = width_of(text);
    return std::string(text) + std::string(taken < width ? width - taken : 0, ' ');
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t lines_max) {
    std::vector<std::string> lines;
    while (!text.empty() && lines.size() < lines_max) {
        if (width_of(text) <= width) {
            lines.emplace_back(text);
            break;
        }
        if (lines.size() + 1 == lines_max) {
            std::string_view kept = first_columns(text, width - 3);
            if (const std::size_t space = kept.rfind(' '); space != std::string_view::npos)
                kept = kept.substr(0, space);
            lines.push_back(std::string(kept) + "...");
            break;
        }
        // One column more than the width, so that a line may end right before a space.
        std::size_t end = first_columns(text, width + 1).rfind(' ');
        if (end == std::string_view::npos || end == 0) end = first_columns(text, width).size();
        lines.emplace_back(text.substr(0, end));
        text.remove_prefix(end);
        text.remove_prefix(std::min(text.find_first_not_of(' '), text.size()));
    }
    return lines;
}

std::string errno_name(int error) {
    const char* const name = strerrorname_np(error);
    return name != nullptr ? name : "errno " + std::to_string(error);
}

std::string errno_text(int error) { return errno_name(error) + " (" + std::strerror(error) + ")"; }

}  // namespace paxos::measure
