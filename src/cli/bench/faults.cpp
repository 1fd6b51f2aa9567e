// See faults.h.
#include "cli/bench/faults.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "cli/text.h"

namespace paxos::cli {
namespace {

constexpr std::uint64_t delay_ns_max = 1'000'000'000;
constexpr std::uint64_t restart_ns_max = 10'000'000'000;

std::string read_kill(std::string_view value, node::Faults& faults) {
    const std::size_t at = value.find('@');
    const std::optional<std::uint64_t> node = read_whole(value.substr(0, at),
                                                         limits::nodes_max - 1);
    const std::optional<double> fraction = at == std::string_view::npos
                                               ? std::nullopt
                                               : read_percentage(value.substr(at + 1));
    if (!node || !fraction)
        return "must be a node and the share of the rounds after which it dies, such as kill=3@40%";
    if (faults.kill_count == node::kills_max)
        return "at most " + std::to_string(node::kills_max) + " kills are possible";
    faults.kills[faults.kill_count++] = {.node = static_cast<NodeId>(*node), .at = *fraction};
    return {};
}

std::string read_restart(std::string_view value, node::Faults& faults) {
    const std::optional<std::uint64_t> after = read_duration(value, restart_ns_max);
    if (!after) return "must be a time of at most 10s, such as 50ms";
    faults.restarts = true;
    faults.restart_ns = *after;
    return {};
}

/// Refuses a second kill of a node if nodes are not restarted.
std::string check_kills(const node::Faults& faults) {
    NodeMask killed;
    for (std::size_t i = 0; i < faults.kill_count && !faults.restarts; ++i) {
        const NodeId node = faults.kills[i].node;
        if (killed.has(node))
            return "n" + std::to_string(node) +
                   " is killed twice; add restart=, which starts it again in between";
        killed.add(node);
    }
    return {};
}

std::string read_cut(std::string_view value, node::Faults& faults) {
    const std::size_t colon = value.find(':');
    const std::optional<std::uint64_t> from = read_whole(value.substr(0, colon),
                                                         limits::nodes_max - 1);
    const std::optional<std::uint64_t> to = colon == std::string_view::npos
                                                ? std::nullopt
                                                : read_whole(value.substr(colon + 1),
                                                             limits::nodes_max - 1);
    if (!from || !to || *from == *to)
        return "must be the sender and the receiver of the cut path, such as cut=0:4";
    faults.cuts[*from] = faults.cuts[*from] | NodeMask::of(static_cast<NodeId>(*to));
    return {};
}

std::string read_node(std::string_view value, NodeMask& nodes) {
    const std::optional<std::uint64_t> node = read_whole(value, limits::nodes_max - 1);
    if (!node) return "must be a node, such as 3";
    nodes = nodes | NodeMask::of(static_cast<NodeId>(*node));
    return {};
}

std::string read_fraction(std::string_view value, double& fraction) {
    const std::optional<double> share = read_percentage(value);
    if (!share) return "must be a percentage from 0% to 100%, with the % sign, such as 5%";
    fraction = *share;
    return {};
}

std::string read_delay(std::string_view value, std::uint64_t& delay_ns) {
    const std::optional<std::uint64_t> delay = read_duration(value, delay_ns_max);
    if (!delay) return "must be a time of at most 1s, such as 100us";
    delay_ns = *delay;
    return {};
}

std::string read_entry(std::string_view name, std::string_view value, node::Faults& faults) {
    if (name == "loss") return read_fraction(value, faults.loss);
    if (name == "dup") return read_fraction(value, faults.duplication);
    if (name == "reorder") return read_fraction(value, faults.reordering);
    if (name == "corrupt") return read_fraction(value, faults.corruption);
    if (name == "delay") return read_delay(value, faults.delay_ns);
    if (name == "kill") return read_kill(value, faults);
    if (name == "restart") return read_restart(value, faults);
    if (name == "cut") return read_cut(value, faults);
    if (name == "deaf") return read_node(value, faults.deaf);
    if (name == "mute") return read_node(value, faults.mute);
    const std::string_view meant = did_you_mean(name, {"loss", "dup", "reorder", "corrupt", "delay",
                                                       "kill", "restart", "cut", "deaf", "mute"});
    if (!meant.empty()) return "unknown fault; did you mean " + std::string(meant) + "?";
    return "unknown fault; must be loss, dup, reorder, corrupt, delay, kill, restart, cut, deaf or "
           "mute";
}

}  // namespace

std::string read_faults(std::string_view text, node::Faults& faults) {
    faults = node::Faults{};
    std::vector<std::string_view> seen;
    const std::vector<std::string_view> entries = split_list(text);
    for (const std::string_view entry : entries) {
        if (entry.empty()) return "has an empty entry";
        const std::size_t equals = entry.find('=');
        const std::string_view name = trim(entry.substr(0, equals));
        const std::string_view value = equals == std::string_view::npos
                                           ? ""
                                           : trim(entry.substr(equals + 1));

        std::string error;
        const bool is_repeatable = name == "kill" || name == "cut" || name == "deaf" ||
                                   name == "mute";
        if (!is_repeatable && std::find(seen.begin(), seen.end(), name) != seen.end())
            error = "is given twice";
        else
            error = read_entry(name, value, faults);
        seen.push_back(name);
        if (error.empty()) continue;
        // The caller's message quotes the whole list. If the list has several entries, the error
        // therefore names this entry.
        return entries.size() == 1 ? error : sanitized(entry) + ": " + error;
    }
    return check_kills(faults);
}

}  // namespace paxos::cli
