// All options of `bench` and `knee`. Each option is described in one place, with its names, help,
// example, reader and destination.
//
// 1. Every option has a variable for the environment and `.env`. For example, the variable of
//    --log-rounds is PAXOS_LOG_ROUNDS.
// 2. Command line, environment, `.env`, help, `.env.example`, summary and result file all iterate
//    over this table. A test checks that `.env.example` equals dotenv_example().
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "cli/bench/readers.h"

namespace paxos::cli {

/// The commands that take an option.
enum class TakenBy : std::uint8_t { both, bench, knee };

struct Option {
    std::string_view name;  ///< Without dashes, such as log-rounds.
    char letter;            ///< The short name, such as q for -q; 0 if there is none.
    std::string_view type;  ///< Placeholder of the value in the help; empty for a flag.
    std::string_view group;
    std::string_view help;     ///< Lines of at most 54 characters.
    std::string_view example;  ///< The value in `.env.example`.
    Access access;             ///< Reader and destination.
    TakenBy taken_by = TakenBy::both;
    std::string_view help_in_knee = {};  ///< Unless empty, replaces `help` in the help of `knee`.

    [[nodiscard]] constexpr bool is_flag() const { return type.empty(); }
    [[nodiscard]] constexpr bool is_taken(bool by_knee) const {
        return taken_by == TakenBy::both || (taken_by == TakenBy::knee) == by_knee;
    }
    [[nodiscard]] constexpr std::string_view help_of(bool knee) const {
        return knee && !help_in_knee.empty() ? help_in_knee : help;
    }
    /// The name of the variable, such as PAXOS_LOG_ROUNDS.
    [[nodiscard]] std::string variable() const;
};

inline constexpr std::array<std::string_view, 3> io_names{"auto", "uring", "mmsg"};
inline constexpr std::array<std::string_view, 2> runs_names{"off", "on"};
inline constexpr std::array<std::string_view, 4> idle_names{"auto", "spin", "yield", "block"};
inline constexpr std::array<std::string_view, 3> auth_names{"auto", "on", "off"};

// A line of help has at most 54 characters, because the names take 26 of 80 columns.
inline constexpr Option option_table[]{
    {"nodes",
     0,
     "N",
     "Cluster",
     "number of nodes, 1 to 63; default 5",
     "5",
     {read_nodes, value_of<&node::Plan::nodes>}},
    {"rounds", 0, "R", "Cluster", "rounds to decide, such as 10M; default 100000", "100000",
     number<&Options::rounds, 1, rounds_max>(), TakenBy::bench},
    {"duration", 0, "TIME", "Cluster",
     "time for the whole command, such as 30s or 10min, in\n"
     "place of a number of rounds; with --rounds: a limit",
     "10s", time<&Options::duration_ns>(), TakenBy::bench},
    {"timeout", 0, "TIME", "Cluster", "ends a run that takes longer than this; default 60s", "60s",
     time<&node::Plan::timeout_ns>()},
    {"protocol", 0, "NAME", "Cluster",
     "classic: both phases in every round (default);\nmulti: phase 1 once for the whole log",
     "classic", choice<&node::Plan::protocol, variant_names>()},
    {"proposers", 0, "K", "Cluster", "nodes that propose from the start; default 1", "1",
     number<&node::Plan::proposers, 1, limits::nodes_max>()},
    {"thrifty", 0, "", "Cluster", "sends requests to a quorum instead of to all nodes", "1",
     flag<&node::Plan::thrifty>()},
    {"accept-quorum", 0, "N", "Cluster",
     "size of a phase 2 quorum, from 2 to --nodes; phase 1\n"
     "needs nodes - N + 1 promises; default: a majority",
     "3", number<&node::Plan::accept_quorum, 2, limits::nodes_max>()},
    {"runs", 0, "on|off", "Cluster",
     "on (default): one message may cover many rounds;\noff: each message covers one round", "on",
     choice<&node::Plan::runs, runs_names>()},
    {"values",
     0,
     "TEXT,...",
     "Cluster",
     "values to propose, of up to 32 bytes, such as\nred,blue; default: generated",
     "red,blue",
     {read_values, values_of}},
    {"durable", 0, "DIR", "Cluster",
     "nodes write what they promise and accept to DIR\n"
     "before they answer; the next command with DIR\n"
     "continues the same log. Default: only in memory",
     "data", text<&Options::durable>()},

    {"window",
     0,
     "W,...",
     "Measurement",
     "rounds in flight; measures each entry of a list, such\n"
     "as 1,8,64; default: 1, and as many as fill 3 sends of\n44 datagrams",
     "5412",
     {read_windows, value_of<&Options::windows>},
     TakenBy::both,
     "the most rounds in flight;\ndefault: as many as fill 3 sends of 44 datagrams"},
    {"rate",
     0,
     "R,...",
     "Measurement",
     "open loop: starts rounds at this rate per second;\n"
     "latency counts from the scheduled start; measures each\nentry of a list, such as 10k,1M",
     "10k,100k,1M",
     {read_rates, value_of<&Options::rates>},
     TakenBy::bench},
    {"slo",
     0,
     "P<TIME",
     "Measurement",
     "only for knee: the objective that a rate must meet,\n"
     "such as 'p99<500us'; for p50, p99 or p99.9",
     "p99<500us",
     {read_objective, objective_of},
     TakenBy::knee},
    {"warmup", 0, "R", "Measurement",
     "rounds before the measured ones; default: twice\nthe largest window", "10824",
     number<&node::Plan::warmup, 0, rounds_max>(), TakenBy::both,
     "rounds before the measured ones; default: twice\nthe window"},
    {"repetitions", 0, "N", "Measurement",
     "runs, each with a new cluster; default 10, fewer if\n--duration is short", "10",
     number<&Options::repetitions, 1, repetitions_max>(), TakenBy::bench},
    {"no-floor", 0, "", "Measurement", "skips the floor (bare UDP), which takes 0.4s", "1",
     flag<&Options::no_floor>()},

    {"io", 0, "NAME", "Machine", "how nodes send and receive: auto (default), uring or\nmmsg",
     "auto", choice<&node::Plan::io, io_names>()},
    {"idle", 0, "NAME", "Machine",
     "how a node waits: auto (default), spin, yield or\nblock, which uses the least energy", "auto",
     choice<&node::Plan::idle, idle_names>()},
    {"cores",
     0,
     "LIST",
     "Machine",
     "cores for the nodes, such as 0,2-5, or one core for\n"
     "each node, such as 0,1,1; default: the affinity mask",
     "0",
     {read_cores, value_of<&Options::cores>}},
    {"port", 0, "P", "Machine", "node i gets UDP port P + i; default 0: any free port", "0",
     number<&node::Plan::port, 0, 65535>()},
    {"auth", 0, "WHEN", "Machine",
     "authenticates datagrams, which keeps forgeries out:\n"
     "on, off or auto (default: on with --key and between\n"
     "hosts)",
     "on", choice<&node::Plan::auth, auth_names>()},
    {"key", 0, "FILE", "Machine",
     "the file with the secret of the cluster, readable only\n"
     "by you; default on one host: a random secret",
     "paxos.key", text<&Options::key>()},

    {"peers",
     0,
     "H:P,...",
     "Several hosts",
     "HOST:PORT of every node, such as h1:7000,h2:7000;\n"
     "start one process for each node with the same list",
     "h1:7000,h2:7000,h3:7000,h4:7000,h5:7000",
     {read_peers, peers_of}},
    {"id",
     0,
     "K",
     "Several hosts",
     "the position of this process in --peers, from 0",
     "0",
     {read_id, id_of}},
    {"network",
     0,
     "CIDR",
     "Several hosts",
     "uses only addresses in this network, such as\n10.0.0.0/8",
     "10.0.0.0/8",
     {read_network, value_of<&Options::network>}},

    {"seed",
     0,
     "S",
     "Seed and faults",
     "seed of values, back-off and faults; default: random",
     "1",
     {read_seed, value_of<&node::Plan::seed>}},
    {"faults",
     0,
     "LIST",
     "Seed and faults",
     "injected faults, such as loss=1%,dup=1%,reorder=5%,\n"
     "corrupt=0.1%,delay=100us,kill=3@40%; or cut paths:\n"
     "cut=0:4 (n0 to n4), deaf=3 (all to n3), mute=3 (all\n"
     "from n3); restart=50ms starts killed nodes again\n(--durable)",
     "loss=1%,dup=1%,reorder=5%,corrupt=0.1%,delay=100us,kill=3@40%",
     {read_fault_list, value_of<&Options::faults>}},

    {"json", 0, "FILE", "Output", "writes the result file; -: to standard output", "result.json",
     text<&Options::json>()},
    {"series", 0, "FILE", "Output",
     "writes rate and latency over time, a JSON object a\nline; -: to standard output",
     "series.ndjson", text<&Options::series>()},
    {"explain", 0, "", "Output",
     "shows what happened during slow decisions; each\n"
     "pass of a node's loop takes about 0.3us longer",
     "1", flag<&node::Plan::explain>()},
    {"trace", 0, "FILE", "Output",
     "writes slow decisions and some passes of the nodes'\n"
     "loops as a timeline for ui.perfetto.dev; implies\n--explain",
     "trace.json", text<&Options::trace>()},
    {"log", 0, "", "Output", "shows every message of 3 rounds; measures nothing", "0",
     flag<&node::Plan::log>(), TakenBy::bench},
    {"log-rounds",
     0,
     "A[..B]",
     "Output",
     "shows every message of these rounds, at most 1000",
     "0..2",
     {read_log_rounds, log_rounds_of},
     TakenBy::bench},
    {"quiet", 'q', "", "Output", "one line instead of the summary", "1", flag<&Options::quiet>()},
    {"lang", 0, "NAME", "Output",
     "language of summary and log: en, pt (Portuguese) or\nauto (default), which follows LANG",
     "auto", choice<&Options::lang, lang_names>()},
    {"color", 0, "WHEN", "Output", "colours: auto (default; obeys NO_COLOR), always, never", "auto",
     choice<&Options::color, when_names>()},
    {"progress", 0, "WHEN", "Output",
     "shows progress on standard error: auto (default),\nalways or never", "auto",
     choice<&Options::progress, when_names>()},
};
inline constexpr std::size_t option_count = std::size(option_table);

/// An option by its name, checked at compile time: OptionId{"log-rounds"}.
class OptionId {
public:
    // NOLINTNEXTLINE(google-explicit-constructor): origin("log") is meant to work.
    consteval OptionId(const char* name) : index_(index_of(name)) {}
    constexpr explicit OptionId(std::size_t index) : index_(index) {}
    [[nodiscard]] constexpr std::size_t index() const { return index_; }
    [[nodiscard]] constexpr const Option& option() const { return option_table[index_]; }
    friend constexpr bool operator==(OptionId, OptionId) = default;

private:
    static consteval std::size_t index_of(std::string_view name) {
        std::size_t index = 0;
        // An index past the end does not compile.
        while (option_table[index].name != name) ++index;
        return index;
    }
    std::size_t index_;
};

/// `text` in upper case, with '_' in place of '-', such as LOG_ROUNDS for "log-rounds".
[[nodiscard]] std::string upper_case(std::string_view text);
/// The option with the variable PAXOS_<bare>, such as --nodes if `bare` is NODES.
[[nodiscard]] std::optional<OptionId> find_option(std::string_view bare);

/// Where an option was set.
struct Origin {
    /// Each kind overrides the kinds before it.
    enum class Kind : std::uint8_t { by_default, dotenv, environment, flag };
    Kind kind = Kind::by_default;
    int line = 0;      ///< The line of `.env`.
    std::string text;  ///< As given.

    [[nodiscard]] bool is_given() const { return kind != Kind::by_default; }
    /// "flag", "environment", ".env:3" or "default".
    [[nodiscard]] std::string name() const;
};
using Origins = std::array<Origin, option_count>;

/// The start of a message about an option: "paxos_fast: --nodes 64", "paxos_fast: PAXOS_NODES=64"
/// or ".env:3: PAXOS_NODES=64".
[[nodiscard]] std::string label(OptionId id, const Origin& origin);

/// Every option of the command, with its value in `options`, for the summary and the result file.
[[nodiscard]] std::vector<measure::Setting> settings_of(const Options& options,
                                                        const Origins& origins);

/// The text of `.env.example`.
[[nodiscard]] std::string dotenv_example();

inline constexpr std::string_view variable_prefix = "PAXOS_";

}  // namespace paxos::cli
