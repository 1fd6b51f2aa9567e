// See resolve.h.
#include "cli/resolve.h"

#include <algorithm>
#include <cstring>

#include "cli/text.h"
#include "cluster/placement.h"

namespace paxos::cli {
namespace {

constexpr std::uint64_t log_rounds_default = 3;
/// Of the unloaded row, over all repetitions: enough for a 99.9th percentile, and no more, since it
/// is slow.
constexpr std::uint64_t unloaded_rounds_max = 10'000;
/// Of a second at a rate, for a repetition: ten of them last a second.
constexpr std::uint64_t rate_share = 10;

class Resolver {
public:
    Resolver(Given& given, Origins& origins, Options& options)
        : given_(given), origins_(origins), options_(options) {}

    /// The first refusal ends it.
    [[nodiscard]] Refusal run(const std::vector<int>& cores) {
        for (const auto check :
             {&Resolver::check_log, &Resolver::check_nodes, &Resolver::check_faults,
              &Resolver::lay_rows, &Resolver::check_time}) {
            const Refusal refusal = (this->*check)();
            if (!refusal.text.empty()) return refusal;
        }
        if (const Refusal refusal = check_cores(cores); !refusal.text.empty()) return refusal;
        copy();
        return {};
    }

private:
    [[nodiscard]] Origin& origin(Key key) { return origins_[static_cast<std::size_t>(key)]; }
    [[nodiscard]] bool is_given(Key key) { return origin(key).is_given(); }
    [[nodiscard]] Refusal refuse(Key key, const std::string& why, int exit_code = 2) {
        return {label(key, origin(key)) + ": " + why, exit_code};
    }

    /// --log makes it a lesson: what it excludes is refused where both were said in one breath;
    /// otherwise the stronger source wins, and the other is as if it had not been given.
    [[nodiscard]] Refusal check_log() {
        std::vector<Key> weaker;
        for (const Key key :
             {Key::window, Key::rate, Key::repetitions, Key::warmup, Key::duration, Key::quiet}) {
            if (!given_.log || !is_given(key) || suits_log(key)) continue;
            if (origin(key).kind == origin(Key::log).kind)
                return refuse(
                    key, "contradicts --log, which shows one window of 1, once, without warm-up");
            if (origin(key).kind < origin(Key::log).kind)
                weaker.push_back(key);
            else
                given_.log = false;
        }
        if (given_.log) {
            for (const Key key : weaker) origin(key) = Origin{};
            return log_rounds();
        }
        if (origin(Key::log_rounds).kind == Origin::Kind::flag)
            return refuse(Key::log_rounds, "needs --log");
        origin(Key::log) = origin(Key::log_rounds) = Origin{};
        return {};
    }

    [[nodiscard]] bool suits_log(Key key) const {
        switch (key) {
            case Key::window: return given_.windows == std::vector<std::uint32_t>{1};
            case Key::repetitions: return given_.repetitions == 1;
            case Key::warmup: return given_.warmup == 0;
            case Key::quiet: return !given_.quiet;
            default: return false;
        }
    }

    [[nodiscard]] Refusal log_rounds() {
        given_.windows = {1};
        given_.rates.clear();
        given_.repetitions = 1;
        given_.warmup = 0;
        given_.duration_ns = 0;
        given_.quiet = false;
        const bool chosen = is_given(Key::log_rounds);
        if (!is_given(Key::rounds))
            given_.rounds = chosen ? std::max(given_.log_last + 1, log_rounds_default)
                                   : log_rounds_default;
        if (!chosen && given_.rounds > log_rounds_max)
            return refuse(Key::rounds, "--log shows at most " + std::to_string(log_rounds_max) +
                                           " rounds; choose them with --log-rounds A..B");
        if (!chosen) given_.log_last = given_.rounds - 1;
        if (given_.log_last >= given_.rounds)
            return refuse(Key::log_rounds,
                          "there are rounds 0 to " + std::to_string(given_.rounds - 1) + " only");
        return {};
    }

    [[nodiscard]] Refusal check_nodes() {
        const std::string there_are = "there are " + std::to_string(given_.nodes) + " nodes";
        if (given_.proposers > given_.nodes)
            return refuse(Key::proposers,
                          "must be 1 to " + std::to_string(given_.nodes) + " (" + there_are + ")");
        if (given_.port != 0 && given_.port + given_.nodes - 1 > 65535)
            return refuse(Key::port, "must be at most " + std::to_string(65536 - given_.nodes) +
                                         " (" + there_are + ", each with a port of its own)");
        return {};
    }

    [[nodiscard]] Refusal check_faults() {
        for (std::size_t i = 0; i < given_.faults.kill_count; ++i) {
            const node::Faults::Kill& kill = given_.faults.kills[i];
            if (kill.node >= given_.nodes)
                return refuse(Key::faults, "there is no n" + std::to_string(kill.node) +
                                               " to kill; there are n0 to n" +
                                               std::to_string(given_.nodes - 1));
            if (is_given(Key::duration) && !is_given(Key::rounds))
                return refuse(Key::faults,
                              "kill= needs --rounds: with --duration alone there is no end to take "
                              "a share of");
        }
        const NodeMask unknown = given_.faults.with_cuts() - NodeMask::first(given_.nodes);
        if (!unknown.empty())
            return refuse(Key::faults, "there is no n" + std::to_string(unknown.lowest()) +
                                           "; there are n0 to n" +
                                           std::to_string(given_.nodes - 1));
        return {};
    }

    /// Rows of a list have R rounds each. The default is a row without load and one under full
    /// load.
    [[nodiscard]] Refusal lay_rows() {
        if (!given_.rates.empty()) {
            if (!is_given(Key::window)) given_.windows = {window_saturated};
            if (given_.windows.size() > 1)
                return refuse(Key::window,
                              "must be one window where --rate is given: it is the most that may "
                              "be in flight");
        }
        const bool endless = given_.duration_ns != 0 && !is_given(Key::rounds);
        const std::uint64_t rounds = endless ? node::unbounded : given_.rounds;
        if (endless) given_.rounds = 0;  // As result files say it: none were asked for.
        node::Plan& plan = options_.plan;
        for (const std::uint64_t rate : given_.rates)
            plan.rows[plan.row_count++] = {
                .window = given_.windows.front(),
                .rate = rate,
                .rounds = is_given(Key::rounds) || endless
                              ? rounds
                              : std::clamp<std::uint64_t>(rate / rate_share, 1, rounds)};
        if (given_.rates.empty())
            for (const std::uint32_t window : given_.windows)
                plan.rows[plan.row_count++] = {.window = window, .rounds = rounds};
        if (!is_given(Key::window) && given_.rates.empty() && !given_.log) {
            plan.rows[0].unloaded = true;
            plan.rows[1].saturated = true;
            const std::uint64_t most = std::max<std::uint64_t>(
                unloaded_rounds_max / given_.repetitions, 1);
            if (!endless) plan.rows[0].rounds = std::clamp<std::uint64_t>(rounds / 10, 1, most);
        }
        const std::uint64_t largest = *std::max_element(given_.windows.begin(),
                                                        given_.windows.end());
        plan.warmup = is_given(Key::warmup) || given_.log ? given_.warmup : 2 * largest;
        return {};
    }

    /// What a row takes: its duration, or what its rounds take at their rate.
    [[nodiscard]] std::uint64_t time_ns(const node::Row& row) const {
        if (row.rate == 0 || row.rounds == node::unbounded) return given_.duration_ns;
        const double seconds = static_cast<double>(row.rounds) / static_cast<double>(row.rate);
        const double longest_ns = static_cast<double>(given_.duration_ns != 0 ? given_.duration_ns
                                                                              : time_ns_max);
        return static_cast<std::uint64_t>(std::min(seconds * 1e9, longest_ns));
    }

    /// The timeout is a whole repetition's, duration and rate each row's.
    [[nodiscard]] Refusal check_time() {
        std::uint64_t rows_ns = 0;
        for (std::size_t i = 0; i < options_.plan.row_count; ++i)
            rows_ns += time_ns(options_.plan.rows[i]);
        if (rows_ns == 0) return {};
        if (!is_given(Key::timeout)) {
            given_.timeout_ns += rows_ns;
            return {};
        }
        if (given_.timeout_ns > rows_ns) return {};
        const std::string rows = std::to_string(options_.plan.row_count);
        return refuse(Key::timeout, "contradicts " +
                                        (given_.rates.empty() ? "--duration: " + rows + " windows"
                                                              : "--rate: " + rows + " rates") +
                                        " alone take " + std::to_string(rows_ns / 1'000'000) +
                                        "ms");
    }

    [[nodiscard]] Refusal check_cores(const std::vector<int>& ours) {
        if (const std::string fault = cluster::fault_of_cores(given_.cores, given_.nodes);
            !fault.empty())
            return refuse(Key::cores, fault);
        for (const int core : given_.cores) {
            if (ours.empty() || std::find(ours.begin(), ours.end(), core) != ours.end()) continue;
            std::string list;
            for (const int mine : ours) list += " " + std::to_string(mine);
            return refuse(
                Key::cores,
                "core " + std::to_string(core) + " is not ours; this process may use" +
                    shown(list) +
                    "\n(taskset, a container or a job scheduler decides; it may also not exist)",
                3);
        }
        return {};
    }

    void copy() {
        node::Plan& plan = options_.plan;
        plan.nodes = given_.nodes;
        plan.proposers = given_.proposers;
        plan.protocol = given_.protocol;
        plan.thrifty = given_.thrifty;
        plan.io = given_.io;
        plan.idle = given_.idle;
        plan.seed = given_.seed;
        plan.duration_ns = given_.duration_ns;
        plan.timeout_ns = given_.timeout_ns;
        plan.port = given_.port;
        for (const std::string& value : given_.values)
            // Zero-ended.
            std::memcpy(plan.values[plan.value_count++].data(), value.data(), value.size());
        plan.faults = given_.faults;
        plan.log = given_.log;
        if (given_.log) {
            plan.log_first = given_.log_first;
            plan.log_end = given_.log_last + 1;
        }
        options_.repetitions = given_.repetitions;
        options_.measures_floor = !given_.no_floor;
        options_.cores = given_.cores;
        options_.json = given_.json;
        options_.faults = given_.faults_text;
        options_.quiet = given_.quiet;
        options_.color = given_.color;
        options_.progress = given_.progress;
    }

    Given& given_;
    Origins& origins_;
    Options& options_;
};

}  // namespace

Refusal resolve(Given given, Origins origins, const std::vector<int>& cores, Options& options) {
    Refusal refusal = Resolver(given, origins, options).run(cores);
    if (refusal.text.empty()) options.settings = describe(options, given, origins);
    return refusal;
}

}  // namespace paxos::cli
