// How the text of an option is read into Options, and how the value of an option is read back for
// the result file. A reader checks only the text of its own option; resolve.h checks what depends
// on other options. A reader returns what is wrong with the text ("must be 1 to 63"), or an empty
// string.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "cli/bench/options.h"
#include "cli/text.h"

namespace paxos::cli {

/// This many rounds take more than a year at ten million rounds per second. Even if every row of a
/// run and the warm-up have this many rounds, all slots stay below limits::slot_max.
inline constexpr std::uint64_t rounds_max = 1'000'000'000'000'000;
static_assert(rounds_max * (node::rows_max + 1) < limits::slot_max);

inline constexpr std::uint64_t repetitions_max = 10'000;
inline constexpr std::uint64_t log_rounds_max = 1'000;  ///< Rounds that --log can show.
inline constexpr std::uint64_t time_ns_max = 24ull * 3600 * 1'000'000'000;

using OptionValue = measure::Setting::Value;

/// The functions of an option: `read` reads its text into Options, `value` reads its value back.
struct Access {
    std::string (*read)(std::string_view text, Options& options);
    OptionValue (*value)(const Options& options);
    std::span<const std::string_view> choices{};  ///< The valid names; empty if any text is valid.
};

// ---- by type ----

[[nodiscard]] std::string read_as_flag(std::string_view text, bool& flag);
[[nodiscard]] std::string read_as_time(std::string_view text, std::uint64_t& time_ns);
[[nodiscard]] std::string read_as_choice(std::string_view text,
                                         std::span<const std::string_view> names,
                                         std::size_t& index);

/// Returns the member of Options, or of Options::plan, that stores the value of an option.
template <class T>
T& field(Options& options, T Options::* member) {
    return options.*member;
}
template <class T>
T& field(Options& options, T node::Plan::* member) {
    return options.plan.*member;
}
template <class T>
const T& field(const Options& options, T Options::* member) {
    return options.*member;
}
template <class T>
const T& field(const Options& options, T node::Plan::* member) {
    return options.plan.*member;
}

template <auto member>
OptionValue value_of(const Options& options) {
    const auto& value = field(options, member);
    using T = std::remove_cvref_t<decltype(value)>;
    if constexpr (std::is_same_v<T, bool> || std::is_same_v<T, std::string>)
        return value;
    else if constexpr (std::is_integral_v<T>)
        return std::uint64_t{value};
    else
        return std::vector<std::uint64_t>(value.begin(), value.end());
}

template <auto member>
constexpr Access text() {
    return {[](std::string_view text, Options& options) {
                field(options, member) = text;
                return std::string();
            },
            value_of<member>};
}

template <auto member>
constexpr Access flag() {
    return {[](std::string_view text, Options& options) {
                return read_as_flag(text, field(options, member));
            },
            value_of<member>};
}

template <auto member, std::uint64_t least, std::uint64_t most>
constexpr Access number() {
    return {[](std::string_view text, Options& options) {
                auto& destination = field(options, member);
                std::uint64_t number = destination;
                std::string error = read_count(text, least, most, number);
                destination = static_cast<std::remove_cvref_t<decltype(destination)>>(number);
                return error;
            },
            value_of<member>};
}

template <auto member>
constexpr Access time() {
    return {[](std::string_view text, Options& options) {
                return read_as_time(text, field(options, member));
            },
            value_of<member>};
}

/// `names` has the names of the enumerators of the member's type, in order.
template <auto member, const auto& names>
constexpr Access choice() {
    return {[](std::string_view text, Options& options) {
                auto& destination = field(options, member);
                auto index = static_cast<std::size_t>(destination);
                std::string error = read_as_choice(text, names, index);
                destination = static_cast<std::remove_cvref_t<decltype(destination)>>(index);
                return error;
            },
            [](const Options& options) -> OptionValue {
                return std::string(names[static_cast<std::size_t>(field(options, member))]);
            },
            names};
}

// ---- for one option ----

[[nodiscard]] std::string read_nodes(std::string_view text, Options& options);
[[nodiscard]] std::string read_values(std::string_view text, Options& options);
[[nodiscard]] OptionValue values_of(const Options& options);
[[nodiscard]] std::string read_windows(std::string_view text, Options& options);
[[nodiscard]] std::string read_rates(std::string_view text, Options& options);
[[nodiscard]] std::string read_objective(std::string_view text, Options& options);
/// Empty without --slo.
[[nodiscard]] OptionValue objective_of(const Options& options);
[[nodiscard]] std::string read_cores(std::string_view text, Options& options);
[[nodiscard]] std::string read_peers(std::string_view text, Options& options);
[[nodiscard]] OptionValue peers_of(const Options& options);
[[nodiscard]] std::string read_id(std::string_view text, Options& options);
/// Empty without --id.
[[nodiscard]] OptionValue id_of(const Options& options);
[[nodiscard]] std::string read_network(std::string_view text, Options& options);
[[nodiscard]] std::string read_seed(std::string_view text, Options& options);
[[nodiscard]] std::string read_fault_list(std::string_view text, Options& options);
[[nodiscard]] std::string read_log_rounds(std::string_view text, Options& options);
/// Empty without --log.
[[nodiscard]] OptionValue log_rounds_of(const Options& options);

}  // namespace paxos::cli
