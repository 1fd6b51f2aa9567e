// The plan of one chaos run, drawn from a seed: the cluster, the network's faults and cut paths,
// and which nodes are killed or stopped, and when. The same seed gives the same plan, but the
// course of the run also depends on the machine.
#pragma once

#include <algorithm>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "paxos/options.h"
#include "paxos/random.h"

namespace paxos::chaos {

/// One act, in which the test sends SIGKILL to a node, or SIGSTOP and later SIGCONT.
struct Act {
    double at_s;       ///< Seconds after the nodes have started.
    double stopped_s;  ///< Seconds from SIGSTOP to SIGCONT. 0 if the node is killed.
    std::size_t node;
};

/// Paths between nodes, each as the sending and the receiving node.
using Paths = std::set<std::pair<std::size_t, std::size_t>>;

struct Scenario {
    /// Rounds per second of a durable run. At this rate a node may be absent for seconds without
    /// being left behind.
    static constexpr int durable_rate = 1000;

    std::uint64_t seed = 0;
    std::size_t nodes = 5;
    Variant protocol = default_variant;
    std::string io = "uring";
    std::string window = "64";
    std::string rate;    ///< Argument of --rate; empty: no limit.
    std::string faults;  ///< Argument of --faults; empty: no faults.
    std::size_t proposers = 1;
    bool thrifty = false;
    bool on_one_core = false;
    bool has_strangers = false;  ///< Senders outside the cluster send datagrams: strangers.h.
    bool is_durable = false;     ///< The nodes have files; the launcher restarts killed nodes.
    double duration_s = 2;
    Paths cut_paths;        ///< The paths that `faults` cuts for the whole run.
    std::vector<Act> acts;  ///< In the order in which they happen.

    [[nodiscard]] bool has_large_window() const { return window.size() > 2; }  // 100 or more.
    [[nodiscard]] std::size_t killed() const {
        return static_cast<std::size_t>(
            std::ranges::count_if(acts, [](const Act& act) { return act.stopped_s == 0; }));
    }
    [[nodiscard]] bool leaves_majority() const { return is_durable || killed() <= (nodes - 1) / 2; }
    /// The number of rounds of a durable run. A run with restarts needs a fixed number of rounds.
    [[nodiscard]] std::uint64_t rounds() const {
        return static_cast<std::uint64_t>(duration_s * durable_rate);
    }

    /// `port` is the port of node 0; `core` is a core that this process may use.
    [[nodiscard]] std::vector<std::string> arguments(std::uint16_t port, int core) const {
        std::vector<std::string> all{"--nodes",       std::to_string(nodes),
                                     "--protocol",    std::string(name_of(protocol)),
                                     "--io",          io,
                                     "--window",      window,
                                     "--proposers",   std::to_string(proposers),
                                     "--repetitions", "1",
                                     "--seed",        std::to_string(seed),
                                     "--port",        std::to_string(port),
                                     "--json",        "result.json"};
        if (is_durable)
            all.insert(all.end(),
                       {"--durable", "../data", "--rounds", std::to_string(rounds()), "--warmup",
                        "100", "--timeout", "2m", "--no-floor", "--progress", "always"});
        else
            all.insert(all.end(),
                       {"--duration", std::to_string(static_cast<int>(duration_s * 1000)) + "ms"});
        if (!rate.empty()) all.insert(all.end(), {"--rate", rate});
        if (thrifty) all.emplace_back("--thrifty");
        if (!faults.empty()) all.insert(all.end(), {"--faults", faults});
        if (on_one_core) all.insert(all.end(), {"--cores", std::to_string(core)});
        return all;
    }
    [[nodiscard]] std::string text() const {
        std::string text = "seed " + std::to_string(seed) + ": " + std::string(name_of(protocol)) +
                           ", " + std::to_string(nodes) + " nodes" +
                           (on_one_core ? " on one core" : "") + ", " + std::to_string(proposers) +
                           " proposing" + (thrifty ? ", thrifty" : "") + ", window " + window +
                           ", " + io;
        if (!rate.empty()) text += ", " + rate + " a second";
        if (!faults.empty()) text += ", " + faults;
        if (is_durable) text += ", durable";
        if (has_strangers) text += ", strangers";
        for (const Act& act : acts)
            text += (act.stopped_s == 0 ? "; kill n" : "; stop n") + std::to_string(act.node) +
                    " at " + std::to_string(static_cast<int>(act.at_s * 1000)) + "ms" +
                    (act.stopped_s == 0
                         ? ""
                         : " for " + std::to_string(static_cast<int>(act.stopped_s * 1000)) + "ms");
        return text;
    }
};

/// Draws the acts: `kills` different nodes are killed. If `stops`, one node is stopped, but not for
/// so long that the launcher would end the run.
inline void draw_acts(Scenario& scenario, std::size_t kills, bool stops, Random& random) {
    std::vector<std::size_t> alive(scenario.nodes);
    for (std::size_t node = 0; node < scenario.nodes; ++node) alive[node] = node;
    const auto moment = [&] { return random.fraction() * 0.8 * scenario.duration_s; };
    for (; kills > 0; --kills) {
        // Node 0 proposes first in every scenario, so it is killed more often than the others.
        const std::size_t index = random.below(3) == 0 ? 0 : random.below(alive.size());
        scenario.acts.push_back({moment(), 0, alive[index]});
        alive.erase(alive.begin() + static_cast<std::ptrdiff_t>(index));
    }
    // Node 0 is stopped in more than half of the cases.
    if (stops)
        scenario.acts.push_back({moment(), 0.3 + random.fraction() * 1.7,
                                 random.below(2) * random.below(scenario.nodes)});
    std::ranges::sort(scenario.acts, {}, &Act::at_s);
}

/// Draws paths that are cut for the whole run: a node receives nothing or sends nothing, or cannot
/// reach one other node. REQUIRES: the nodes that are not killed are still a majority if any one of
/// them is left out. Therefore, despite the cut, some node hears a majority that also hears it.
inline void draw_cut(Scenario& scenario, Random& random) {
    const std::uint64_t node = random.below(scenario.nodes);
    const std::string name = std::to_string(node);
    const std::uint64_t other = (node + 1 + random.below(scenario.nodes - 1)) % scenario.nodes;
    const std::string cuts[] = {"deaf=" + name, "mute=" + name,
                                "cut=" + name + ":" + std::to_string(other)};
    if (!scenario.faults.empty()) scenario.faults += ",";
    const std::uint64_t cut = random.below(3);
    scenario.faults += cuts[cut];
    for (std::size_t from = 0; from < scenario.nodes; ++from)
        for (std::size_t to = 0; to < scenario.nodes; ++to)
            if (cut == 0 ? to == node : from == node && (cut == 1 || to == other))
                scenario.cut_paths.insert({from, to});
}

/// Gives the nodes files. Replaces the kills in `acts` by two to six kills of random nodes and, in
/// half of the scenarios, one kill of all nodes at once.
inline void make_durable(Scenario& scenario, Random& random) {
    scenario.is_durable = true;
    scenario.io = "uring";
    scenario.nodes = std::min<std::size_t>(scenario.nodes, 5);
    // Competing proposers back off for up to 1.5 s. On a busy machine the time without a decision
    // could become so long that the launcher ends the run.
    scenario.proposers = 1;
    scenario.rate = std::to_string(Scenario::durable_rate);
    // With a window of 1 or 8, each lost datagram would stop all rounds until it is sent again.
    if (!scenario.faults.empty() && !scenario.has_large_window()) scenario.window = "64";
    constexpr const char* restarts[] = {"restart=0ms", "restart=20ms", "restart=200ms"};
    if (!scenario.faults.empty()) scenario.faults += ",";
    scenario.faults += restarts[random.below(3)];
    // The fault injector kills node 1, so that every run has a kill. On a busy machine a run may
    // end before the test has made the kills in `acts`.
    scenario.faults += ",kill=1@40%";
    std::erase_if(scenario.acts,
                  [&](const Act& act) { return act.stopped_s == 0 || act.node >= scenario.nodes; });
    const auto moment = [&] { return random.fraction() * 0.8 * scenario.duration_s; };
    for (std::uint64_t kills = 2 + random.below(5); kills > 0; --kills)
        scenario.acts.push_back({moment(), 0, random.below(scenario.nodes)});
    const double at_s = moment();
    if (random.below(2) == 0)
        for (std::size_t node = 0; node < scenario.nodes; ++node)
            scenario.acts.push_back({at_s, 0, node});
    std::ranges::sort(scenario.acts, {}, &Act::at_s);
}

/// Draws the scenario of `seed`. One seed in four gives a durable scenario.
inline Scenario draw(std::uint64_t seed) {
    Random random(seed);
    const auto one_in = [&](std::uint64_t n) { return random.below(n) == 0; };
    Scenario scenario;
    scenario.seed = seed;
    scenario.nodes = one_in(2) ? 5 : 3 + random.below(5);
    scenario.protocol = static_cast<Variant>(random.below(variant_names.size()));
    scenario.io = one_in(2) ? "uring" : "mmsg";
    constexpr const char* windows[] = {"1", "8", "64", "924", "2772"};
    scenario.window = windows[random.below(5)];
    scenario.proposers = one_in(3) ? 1 + random.below(scenario.nodes) : 1;
    scenario.thrifty = one_in(3);
    scenario.on_one_core = one_in(3);
    scenario.has_strangers = one_in(2);
    constexpr const char* networks[] = {"loss=30%,dup=50%,reorder=20%,corrupt=5%", "loss=5%,dup=5%",
                                        "loss=30%,delay=300us", "corrupt=20%,reorder=50%"};
    if (one_in(2)) scenario.faults = networks[random.below(4)];
    // Retransmissions and delayed datagrams cost many system calls. With faults, a cluster on one
    // shared core therefore cannot decide a window of more than 64 before the launcher ends the
    // run.
    if (scenario.on_one_core && !scenario.faults.empty() && scenario.has_large_window())
        scenario.window = "64";
    scenario.duration_s = 1 + 1.5 * random.fraction();
    const std::size_t minority = (scenario.nodes - 1) / 2;
    const bool kills_majority = one_in(10);
    draw_acts(scenario,
              kills_majority ? minority + 1
              : one_in(3)    ? 0
                             : 1 + random.below(minority),
              one_in(3), random);
    // Limits the rate of half of the fault-free scenarios with a large window, so that their logs
    // fit into the 2^21 entries of a log file (node/learned_log.h).
    if (scenario.faults.empty() && scenario.has_large_window() && one_in(2)) scenario.rate = "500k";
    if (seed % 4 == 3)
        make_durable(scenario, random);
    else if (scenario.killed() < minority && one_in(3))
        draw_cut(scenario, random);
    return scenario;
}

}  // namespace paxos::chaos
