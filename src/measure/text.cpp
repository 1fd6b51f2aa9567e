#include "measure/text.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstring>

namespace paxos::measure {
namespace {

/// Formats a value with three significant digits, or as a whole number if `whole`.
std::string three_digits(double value, bool whole) {
    // With a bound of 100 instead of 99.95, the value 99.96 would become "100.0".
    if (whole || value >= 99.95) return fmt::format("{:.0f}", value);
    return value >= 9.995 ? fmt::format("{:.1f}", value) : fmt::format("{:.2f}", value);
}

std::string with_unit(double value, const std::array<std::string_view, 4>& units, bool whole) {
    std::size_t unit = 0;
    for (; unit + 1 < units.size() && value >= 999.5; ++unit) value /= 1000;
    return three_digits(value, whole && unit == 0) + std::string(units[unit]);
}

}  // namespace

std::string time_text(double ns) { return with_unit(ns, {"ns", "us", "ms", "s"}, true); }

std::string scaled_text(double value) {
    return with_unit(value, {"", "k", "M", "G"}, value >= 9.995);
}

std::string rate_text(double per_second) { return scaled_text(per_second) + "/s"; }

std::string right_aligned(std::string_view text, std::size_t width) {
    const std::size_t taken = width_of(text);
    return std::string(taken < width ? width - taken : 0, ' ') + std::string(text);
}

std::string left_aligned(std::string_view text, std::size_t width) {
    const std::size_t taken = width_of(text);
    return std::string(text) + std::string(taken < width ? width - taken : 0, ' ');
}

std::string errno_name(int error) {
    const char* const name = strerrorname_np(error);
    return name != nullptr ? name : "errno " + std::to_string(error);
}

std::string errno_text(int error) { return errno_name(error) + " (" + std::strerror(error) + ")"; }

}  // namespace paxos::measure
