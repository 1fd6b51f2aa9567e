// See resolve.h.
#include "cli/bench/resolve.h"

#include <algorithm>

#include "cli/bench/schedule.h"
#include "cli/result_sink.h"
#include "cli/text.h"
#include "cluster/placement.h"
#include "language/language.h"

namespace paxos::cli {
namespace {

constexpr std::uint64_t log_rounds_default = 3;
/// Maximum number of rounds of the unloaded row (one round in flight) over all repetitions. It is
/// enough for a 99.9th percentile. More rounds would take long, because this row is slow.
constexpr std::uint64_t unloaded_rounds_max = 10'000;
/// Unless --rounds or --duration is given, a row of --rate gets the rounds of a tenth of a second:
/// its rate divided by this number, but at most the default of --rounds.
constexpr std::uint64_t rate_share = 10;
/// Unless --repetitions is given, --duration is divided into runs of at least this length. A
/// shorter duration is one run.
constexpr std::uint64_t run_ns_usual = 200'000'000;

class Resolver {
public:
    Resolver(Origins& origins, Options& options)
        : origins_(origins), options_(options), plan_(options.plan) {}

    /// Returns the first error.
    [[nodiscard]] Refusal run(const ProcessInputs& inputs) {
        if (options_.lang == Lang::automatic)
            options_.lang = language_of_environment(inputs.environment) == "pt" ? Lang::portuguese
                                                                                : Lang::english;
        if (Refusal refusal = check_hosts(inputs.processes); !refusal.text.empty()) return refusal;
        for (const auto check :
             {&Resolver::check_log, &Resolver::check_nodes, &Resolver::check_auth,
              &Resolver::check_faults, &Resolver::check_durable, &Resolver::check_outputs,
              &Resolver::choose_windows, &Resolver::choose_repetitions, &Resolver::lay_out_rows,
              &Resolver::check_time}) {
            const Refusal refusal = (this->*check)();
            if (!refusal.text.empty()) return refusal;
        }
        return check_cores(inputs.cores);
    }

private:
    [[nodiscard]] Origin& origin(OptionId id) { return origins_[id.index()]; }
    [[nodiscard]] bool is_given(OptionId id) { return origin(id).is_given(); }
    [[nodiscard]] Refusal refuse(OptionId id, const std::string& why, int exit_code = 2) {
        return {label(id, origin(id)) + ": " + why, exit_code};
    }

    /// The option as the user wrote it: "--rate", or "PAXOS_RATE" if a variable set it.
    [[nodiscard]] std::string written(OptionId id) {
        const Origin::Kind kind = origin(id).kind;
        return kind == Origin::Kind::dotenv || kind == Origin::Kind::environment
                   ? id.option().variable()
                   : "--" + std::string(id.option().name);
    }

    /// --log excludes some options. If --log and such an option come from the same source, that is
    /// an error. Otherwise the one from the weaker source is ignored. The sources, from weak to
    /// strong, are `.env`, the environment and the command line (Origin::Kind).
    [[nodiscard]] Refusal check_log() {
        static constexpr OptionId excluded[]{"window",   "rate",  "repetitions", "warmup",
                                             "duration", "quiet", "explain",     "trace"};
        const bool is_implied = origin("log-rounds").kind == Origin::Kind::flag &&
                                origin("log").kind != Origin::Kind::flag;
        if (is_implied) {
            plan_.log = true;
            origin("log") = {.kind = Origin::Kind::flag, .line = 0, .text = "true"};
        }
        const std::string log = is_implied ? "--log-rounds" : written("log");
        std::vector<OptionId> weaker;
        for (const OptionId id : excluded) {
            if (!plan_.log || !is_given(id) || is_compatible_with_log(id)) continue;
            if (origin(id).kind == origin("log").kind)
                return refuse(id, "contradicts " + log +
                                      ", which shows one run at window 1, without warm-up");
            if (origin(id).kind < origin("log").kind) {
                weaker.push_back(id);
                continue;
            }
            warn_ignored("log", id);
            plan_.log = false;
        }
        if (plan_.log) {
            for (const OptionId id : weaker) {
                warn_ignored(id, "log");
                origin(id) = Origin{};
            }
            return choose_log_rounds();
        }
        if (origin("log-rounds").kind == Origin::Kind::flag)
            return refuse("log-rounds", "contradicts --log=" + origin("log").text);
        origin("log") = origin("log-rounds") = Origin{};
        plan_.log_first = node::Plan{}.log_first;
        plan_.log_end = node::Plan{}.log_end;
        return {};
    }

    /// Warns that `loser` is ignored because of `winner`, which comes from a stronger source.
    void warn_ignored(OptionId loser, OptionId winner) {
        options_.warnings.push_back(label(loser, origin(loser)) + ": warning: ignored, because " +
                                    written(winner) + " excludes it");
    }

    [[nodiscard]] bool is_compatible_with_log(OptionId id) const {
        if (id == OptionId{"window"}) return options_.windows == std::vector<std::uint32_t>{1};
        if (id == OptionId{"repetitions"}) return options_.repetitions == 1;
        if (id == OptionId{"warmup"}) return plan_.warmup == 0;
        if (id == OptionId{"explain"}) return !plan_.explain;
        if (id == OptionId{"trace"}) return options_.trace.empty();
        return id == OptionId{"quiet"} && !options_.quiet;
    }

    [[nodiscard]] Refusal choose_log_rounds() {
        options_.windows = {1};
        options_.rates.clear();
        options_.repetitions = 1;
        options_.quiet = false;
        plan_.explain = false;
        options_.trace.clear();
        plan_.warmup = 0;
        options_.duration_ns = 0;
        const bool is_chosen = is_given("log-rounds");
        if (!is_given("rounds"))
            options_.rounds = is_chosen ? std::max(plan_.log_end, log_rounds_default)
                                        : log_rounds_default;
        if (!is_chosen && options_.rounds > log_rounds_max)
            return refuse("rounds", written("log") + " shows at most " +
                                        std::to_string(log_rounds_max) +
                                        " rounds; choose them with --log-rounds A..B");
        if (!is_chosen) {
            plan_.log_first = 0;
            plan_.log_end = options_.rounds;
        }
        if (plan_.log_end > options_.rounds)
            return refuse("log-rounds",
                          "the run has only rounds 0 to " + std::to_string(options_.rounds - 1));
        return {};
    }

    /// If there are several processes, each runs one node, so there are as many nodes as processes.
    [[nodiscard]] Refusal check_hosts(std::uint32_t started) {
        const std::size_t peers = options_.peers.size();
        if (peers == 0 && options_.id) return refuse("id", "needs --peers, the list of all nodes");
        if (peers != 0 && !options_.id)
            return refuse("peers", "needs --id, the position of this process in the list: 0 to " +
                                       std::to_string(peers - 1));
        if (peers != 0 && *options_.id >= peers)
            return refuse("id", "must be 0 to " + std::to_string(peers - 1) + ": " +
                                    written("peers") + " lists " + std::to_string(peers) +
                                    " nodes");
        if (peers != 0 && plan_.port != 0)
            return refuse("port", "contradicts " + written("peers") + ", which gives the ports");
        const std::size_t processes = peers != 0 ? peers : started;
        if (processes <= 1) return {};
        if (is_given("nodes") && plan_.nodes != processes)
            return refuse("nodes",
                          "must be " + std::to_string(processes) +
                              (peers != 0 ? ": " + written("peers") + " lists that many"
                                          : ", the number of processes that were started"));
        plan_.nodes = processes;
        spans_hosts_ = true;
        return {};
    }

    [[nodiscard]] Refusal check_nodes() {
        const std::string there_are = "there are " + std::to_string(plan_.nodes) + " nodes";
        if (plan_.proposers > plan_.nodes)
            return refuse("proposers",
                          "must be 1 to " + std::to_string(plan_.nodes) + " (" + there_are + ")");
        if (plan_.accept_quorum > plan_.nodes)
            return refuse("accept-quorum",
                          "must be 2 to " + std::to_string(plan_.nodes) + " (" + there_are + ")");
        if (plan_.port != 0 && plan_.port + plan_.nodes - 1 > 65535)
            return refuse("port", "must be at most " + std::to_string(65536 - plan_.nodes) + " (" +
                                      there_are + ", each with its own port)");
        return {};
    }

    /// With --auth auto, the default, authentication is on if there is a key or if there are
    /// several hosts. With --auth off and all nodes on one host, a key is refused, unless it comes
    /// from a weaker source than --auth; such a key is ignored.
    [[nodiscard]] Refusal check_auth() {
        if (plan_.auth == node::AuthKind::automatic)
            plan_.auth = options_.key.empty() && !spans_hosts_ ? node::AuthKind::off
                                                               : node::AuthKind::on;
        // Between hosts the key also authenticates the connections to n0.
        if (plan_.auth == node::AuthKind::on || options_.key.empty() || spans_hosts_) return {};
        if (origin("key").kind >= origin("auth").kind)
            return refuse("key", "contradicts --auth off, which uses no key");
        origin("key") = Origin{};
        options_.key.clear();
        return {};
    }

    [[nodiscard]] Refusal check_faults() {
        const std::string there_are = "; there are n0 to n" + std::to_string(plan_.nodes - 1);
        for (std::size_t i = 0; i < plan_.faults.kill_count; ++i) {
            const node::Faults::Kill& kill = plan_.faults.kills[i];
            if (kill.node >= plan_.nodes)
                return refuse("faults",
                              "there is no n" + std::to_string(kill.node) + " to kill" + there_are);
            if (options_.objective)
                return refuse("faults", "kill= needs a number of rounds, and knee takes none");
            if (is_given("duration") && !is_given("rounds"))
                return refuse("faults", "kill= needs --rounds: " + written("duration") +
                                            " alone does not set the number of rounds");
        }
        if (plan_.faults.restarts && options_.durable.empty())
            return refuse("faults",
                          "restart= needs --durable: a node without its files must not answer "
                          "again");
        if (plan_.faults.restarts && options_.objective)
            return refuse("faults", "restart= needs a number of rounds, and knee takes none");
        if (plan_.faults.restarts && is_given("duration"))
            return refuse("faults", "restart= needs a number of rounds and no --duration");
        const NodeMask unknown = plan_.faults.with_cuts() - NodeMask::first(plan_.nodes);
        if (!unknown.empty())
            return refuse("faults", "there is no n" + std::to_string(unknown.lowest()) + there_are);
        return {};
    }

    /// Durable nodes need io_uring, because other writes would block the node. With io_uring a node
    /// begins a write in one turn (one pass of its loop) and receives the result in a later turn.
    [[nodiscard]] Refusal check_durable() {
        if (options_.durable.empty()) return {};
        if (plan_.io == node::IoKind::mmsg)
            return refuse("durable", "contradicts " + written("io") + " mmsg: it needs io_uring");
        return {};
    }

    [[nodiscard]] Refusal check_outputs() {
        const struct {
            OptionId id;
            const std::string& path;
        } outputs[]{
            {"json", options_.json}, {"series", options_.series}, {"trace", options_.trace}};
        for (const auto& [id, path] : outputs)
            for (const auto& [other, other_path] : outputs)
                if (id.index() > other.index() && !path.empty() &&
                    (path == other_path || is_same_file(path, other_path)))
                    return refuse(id, written(other) + " writes to the same file");
        plan_.explain = plan_.explain || !options_.trace.empty();
        return {};
    }

    /// Chooses the windows unless --window or --log sets them. With --rate or in `knee` there is
    /// one window, which only limits the rounds in flight. Otherwise there are two: one round at a
    /// time, and full load.
    [[nodiscard]] Refusal choose_windows() {
        if (plan_.log || is_given("window")) return {};
        options_.windows = {window_saturated(plan_.runs)};
        if (options_.rates.empty() && !options_.objective)
            options_.windows.insert(options_.windows.begin(), 1);
        return {};
    }

    /// A short duration is divided into fewer runs, because starting a cluster takes time too.
    [[nodiscard]] Refusal choose_repetitions() {
        if (options_.objective) {
            // The search chooses all further rates and the durations of their runs (bench.cpp).
            options_.rates = {measure::knee_rate_first};
            options_.repetitions = measure::knee_runs_max;
            plan_.duration_ns = measure::knee_run_ns(*options_.objective, options_.rates.front());
            return {};
        }
        if (options_.duration_ns == 0) return {};
        if (!is_given("repetitions"))
            options_.repetitions = static_cast<unsigned>(std::clamp<std::uint64_t>(
                options_.duration_ns / run_ns_usual, 1, options_.repetitions));
        const std::size_t windows = options_.rates.empty() ? options_.windows.size()
                                                           : options_.rates.size();
        plan_.duration_ns = options_.duration_ns / (windows * options_.repetitions);
        if (plan_.duration_ns >= row_ns_min) return {};
        return refuse("duration", "is too short for " + std::to_string(windows) +
                                      (options_.rates.empty() ? " windows x " : " rates x ") +
                                      std::to_string(options_.repetitions) +
                                      " runs of at least 1ms each; use fewer --repetitions");
    }

    /// Sets the rows of the plan. With --window each row gets the full number of rounds. If neither
    /// --window nor --rate is given, the saturated row gets the full number, and the unloaded row
    /// gets a tenth of it (at most unloaded_rounds_max over all repetitions). For the rows of
    /// --rate see rate_share.
    [[nodiscard]] Refusal lay_out_rows() {
        if (!options_.rates.empty() && options_.windows.size() > 1)
            return refuse("window", "must be a single window with " +
                                        (options_.objective ? "knee" : written("rate")) +
                                        ", where it only limits the rounds in flight");
        const bool is_endless = plan_.duration_ns != 0 && !is_given("rounds");
        const std::uint64_t rounds = is_endless ? node::unbounded : options_.rounds;
        // In result files 0 means that no number was requested.
        if (is_endless) options_.rounds = 0;
        for (const std::uint64_t rate : options_.rates)
            plan_.rows[plan_.row_count++] = {
                .window = options_.windows.front(),
                .rate = rate,
                .rounds = is_given("rounds") || is_endless
                              ? rounds
                              : std::clamp<std::uint64_t>(rate / rate_share, 1, rounds)};
        if (options_.rates.empty())
            for (const std::uint32_t window : options_.windows)
                plan_.rows[plan_.row_count++] = {.window = window, .rounds = rounds};
        if (!is_given("window") && options_.rates.empty() && !plan_.log) {
            plan_.rows[0].unloaded = true;
            plan_.rows[1].saturated = true;
            const std::uint64_t most = std::max<std::uint64_t>(
                unloaded_rounds_max / options_.repetitions, 1);
            if (!is_endless) plan_.rows[0].rounds = std::clamp<std::uint64_t>(rounds / 10, 1, most);
        }
        if (!is_given("warmup") && !plan_.log)
            plan_.warmup = std::uint64_t{2} * std::ranges::max(options_.windows);
        return {};
    }

    /// If the rows have a duration or a rate, their time is known. Adds this time to the default
    /// timeout, or checks that a given timeout is longer than this time. The timeout applies to a
    /// whole repetition; Plan::duration_ns and the rate apply to each row.
    [[nodiscard]] Refusal check_time() {
        std::uint64_t rows_ns = 0;
        for (std::size_t i = 0; i < plan_.row_count; ++i) rows_ns += row_ns(plan_, plan_.rows[i]);
        if (rows_ns == 0) return {};
        if (!is_given("timeout")) {
            plan_.timeout_ns += rows_ns;
            return {};
        }
        if (plan_.timeout_ns > rows_ns) return {};
        const OptionId cause = options_.objective          ? OptionId{"slo"}
                               : options_.duration_ns != 0 ? OptionId{"duration"}
                                                           : OptionId{"rate"};
        return refuse("timeout", "must be longer than a run, which takes " +
                                     (rows_ns < 1'000'000'000
                                          ? std::to_string(rows_ns / 1'000'000) + "ms"
                                          : std::to_string(rows_ns / 1'000'000'000) + "s") +
                                     " (" + written(cause) + ")");
    }

    /// If the affinity mask is unknown, the cores are not compared with it.
    [[nodiscard]] Refusal check_cores(const std::vector<int>& allowed) {
        if (const std::string error = cluster::fault_of_cores(options_.cores, plan_.nodes);
            !error.empty())
            return refuse("cores", error);
        for (const int core : options_.cores) {
            if (allowed.empty() || std::ranges::find(allowed, core) != allowed.end()) continue;
            std::string list;
            for (const int one : allowed) list += " " + std::to_string(one);
            return refuse("cores",
                          "core " + std::to_string(core) +
                              " is not available; this process may use" + sanitized(list) +
                              "\n(limited by taskset, a container or a job scheduler, or the core "
                              "does not exist)",
                          3);
        }
        return {};
    }

    Origins& origins_;
    Options& options_;
    node::Plan& plan_;
    bool spans_hosts_ = false;
};

}  // namespace

Refusal resolve(Origins origins, const ProcessInputs& inputs, Options& options) {
    Refusal refusal = Resolver(origins, options).run(inputs);
    if (refusal.text.empty()) options.settings = settings_of(options, origins);
    return refusal;
}

}  // namespace paxos::cli
