// See readers.h.
#include "cli/bench/readers.h"

#include <algorithm>
#include <array>
#include <cstddef>

#include "cli/bench/faults.h"
#include "cli/text.h"
#include "control/network.h"

namespace paxos::cli {

std::string read_as_flag(std::string_view text, bool& flag) {
    static constexpr std::array<std::string_view, 4> yes{"true", "1", "yes", "on"};
    static constexpr std::array<std::string_view, 4> no{"false", "0", "no", "off"};
    const bool is_yes = std::ranges::find(yes, text) != yes.end();
    if (!is_yes && std::ranges::find(no, text) == no.end())
        return "must be 1 or 0 (or true, false, yes, no, on, off)";
    flag = is_yes;
    return {};
}

std::string read_as_time(std::string_view text, std::uint64_t& time_ns) {
    const std::optional<std::uint64_t> value = read_duration(text, time_ns_max);
    if (!value || *value < 1'000'000)
        return "must be a time of 1ms to 24h" +
               (unit_hint(text).empty() ? ", such as 10s or 500ms" : unit_hint(text));
    time_ns = *value;
    return {};
}

std::string read_as_choice(std::string_view text, std::span<const std::string_view> names,
                           std::size_t& index) {
    const auto found = std::ranges::find(names, text);
    if (found == names.end()) return must_be_one_of(text, {names.begin(), names.end()});
    index = static_cast<std::size_t>(found - names.begin());
    return {};
}

namespace {

/// Reads a list. Each entry becomes a row of the summary. `read` reads one entry and returns its
/// error.
template <class Number, class Read>
std::string read_rows(std::string_view text, std::string_view what, Read read,
                      std::vector<Number>& rows) {
    rows.clear();
    for (const std::string_view part : split_list(text)) {
        if (part.empty()) return "has an empty entry";
        std::uint64_t number = 0;
        if (std::string error = read(part, number); !error.empty()) return error;
        if (std::ranges::find(rows, number) != rows.end())
            return "has " + std::to_string(number) + " twice";
        rows.push_back(static_cast<Number>(number));
    }
    if (rows.size() > node::rows_max)
        return "has " + std::to_string(rows.size()) + " " + std::string(what) + "; at most " +
               std::to_string(node::rows_max) + " are possible";
    return {};
}

}  // namespace

std::string read_nodes(std::string_view text, Options& options) {
    std::uint64_t nodes = options.plan.nodes;
    const std::string error = read_count(text, 1, limits::nodes_max, nodes);
    options.plan.nodes = nodes;
    return error.starts_with("must be 1") ? error + " (a quorum is one 64-bit mask)" : error;
}

std::string read_values(std::string_view text, Options& options) {
    node::Plan& plan = options.plan;
    plan.values = {};
    plan.value_count = 0;
    const std::vector<std::string_view> values = split(text, ',');
    for (const std::string_view value : values) {
        if (value.empty()) return "has an empty value";
        if (value.size() > limits::value_size)
            return "\"" + sanitized(value) + "\" has " + std::to_string(value.size()) +
                   " bytes; a value has at most " + std::to_string(limits::value_size);
        for (const char letter : value)
            if (static_cast<unsigned char>(letter) < 0x20 || letter == 0x7f)
                return "contains a control character";
        // The bytes of the value after the copied text stay zero.
        if (plan.value_count < plan.values.size())
            std::ranges::copy(value, plan.values[plan.value_count++].begin());
    }
    if (values.size() > plan.values.size())
        return "has " + std::to_string(values.size()) + " values; at most " +
               std::to_string(plan.values.size()) + " are possible";
    return {};
}

OptionValue values_of(const Options& options) {
    std::vector<std::string> values;
    for (std::size_t i = 0; i < options.plan.value_count; ++i)
        values.emplace_back(options.plan.values[i].data());
    return values;
}

std::string read_windows(std::string_view text, Options& options) {
    const auto read = [](std::string_view part, std::uint64_t& window) {
        const std::string error = read_count(part, 1, limits::Standard::window_max, window);
        return error.starts_with("must be 1")
                   ? error + " (half of the log's ring of " +
                         std::to_string(limits::Standard::ring_slots) + " rounds)"
                   : error;
    };
    return read_rows(text, "windows", read, options.windows);
}

std::string read_rates(std::string_view text, Options& options) {
    const auto read = [](std::string_view part, std::uint64_t& rate) {
        return read_count(part, 1, node::rate_max, rate);
    };
    return read_rows(text, "rates", read, options.rates);
}

std::string read_objective(std::string_view text, Options& options) {
    static constexpr std::uint64_t limit_ns_min = 1'000, limit_ns_max = 1'000'000'000;
    struct Percentile {
        std::string_view text, name;
        double fraction;
    };
    static constexpr Percentile percentiles[]{
        {"p50", "p50", 0.5}, {"p99", "p99", 0.99}, {"p99.9", "p99_9", 0.999}};
    const std::size_t sign = text.find('<');
    const std::string_view given = trim(text.substr(0, sign));
    if (sign == std::string_view::npos)
        return "must be a percentile, < and a time, in quotes: 'p99<500us'";
    const auto percentile = std::ranges::find(percentiles, given, &Percentile::text);
    if (percentile == std::end(percentiles))
        return "has the percentile \"" + sanitized(given) + "\"; must be p50, p99 or p99.9";
    const std::string_view limit = trim(text.substr(sign + 1));
    const std::optional<std::uint64_t> limit_ns = read_duration(limit, limit_ns_max);
    if (!limit_ns || *limit_ns < limit_ns_min)
        return "has the limit \"" + sanitized(limit) +
               "\"; must be a time of 1us to 1s, such as 500us";
    options.objective = measure::Objective{.text = std::string(given) + "<" + std::string(limit),
                                           .percentile = std::string(percentile->name),
                                           .fraction = percentile->fraction,
                                           .limit_ns = *limit_ns};
    return {};
}

OptionValue objective_of(const Options& options) {
    return options.objective ? options.objective->text : std::string{};
}

std::string read_cores(std::string_view text, Options& options) {
    static constexpr int core_max = 65535;
    std::string error;
    options.cores = read_number_list(text, core_max, error);
    return error.empty() ? error : error + "; must be cores such as 0,2-5";
}

std::string read_peers(std::string_view text, Options& options) {
    options.peers.clear();
    for (const std::string_view part : split_list(text)) {
        const std::string peer{part};
        if (!control::HostPort::parse(peer))
            return "\"" + sanitized(peer) +
                   "\" must be HOST:PORT, such as h1:7000 or [fd00::1]:7000, with a port of 1 to "
                   "65535";
        if (std::ranges::find(options.peers, peer) != options.peers.end())
            return "has " + sanitized(peer) + " twice; nodes on one host need different ports";
        options.peers.push_back(peer);
    }
    if (options.peers.size() > limits::nodes_max)
        return "has " + std::to_string(options.peers.size()) + " nodes; at most " +
               std::to_string(limits::nodes_max) + " are possible";
    return {};
}

OptionValue peers_of(const Options& options) { return options.peers; }

std::string read_id(std::string_view text, Options& options) {
    std::uint64_t id = 0;
    const std::string error = read_count(text, 0, limits::nodes_max - 1, id);
    options.id = static_cast<std::uint32_t>(id);
    return error;
}

OptionValue id_of(const Options& options) {
    if (!options.id) return std::string{};
    return std::uint64_t{*options.id};
}

std::string read_network(std::string_view text, Options& options) {
    options.network = text;
    if (control::Network::parse(options.network)) return {};
    return "must be a network such as 10.0.0.0/8 or fd00::/8";
}

std::string read_seed(std::string_view text, Options& options) {
    const std::optional<std::uint64_t> seed = read_whole(text, ~std::uint64_t{0});
    if (!seed) return "must be a whole number of at most 64 bits";
    options.plan.seed = *seed;
    return {};
}

std::string read_fault_list(std::string_view text, Options& options) {
    options.faults = text;
    return read_faults(text, options.plan.faults);
}

std::string read_log_rounds(std::string_view text, Options& options) {
    static constexpr const char* wanted =
        "must be the first and the last round to show, such as 100..119, or one round";
    const std::size_t dots = text.find("..");
    std::uint64_t first = 0, last = 0;
    if (!read_count(text.substr(0, dots), 0, rounds_max - 1, first).empty()) return wanted;
    last = first;
    if (dots != std::string_view::npos &&
        !read_count(text.substr(dots + 2), first, rounds_max - 1, last).empty())
        return wanted;
    if (last - first >= log_rounds_max)
        return "has " + std::to_string(last - first + 1) + " rounds; at most " +
               std::to_string(log_rounds_max) + " are shown";
    options.plan.log_first = first;
    options.plan.log_end = last + 1;
    return {};
}

OptionValue log_rounds_of(const Options& options) {
    const node::Plan& plan = options.plan;
    if (!plan.log) return std::string{};
    return std::to_string(plan.log_first) + ".." + std::to_string(plan.log_end - 1);
}

}  // namespace paxos::cli
