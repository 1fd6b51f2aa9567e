// See result_reader.h. src/measure/result_*.cpp writes the fields that are read here, under the
// same names; a test checks this.
#include "compare/result_reader.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

#include "base/text.h"
#include "measure/figures.h"
#include "measure/result_file.h"
#include "measure/result_json.h"

namespace paxos::compare {
namespace {

using measure::Json;

/// Settings that change no figure, so they need not be equal on both sides. The seed is one of
/// them, because each run draws its own unless --seed is given. The number of repetitions is one of
/// them, because each repetition counts by itself. --trace changes figures only because it turns on
/// --explain, and `explain` is a setting of its own, which is not in this list.
constexpr std::string_view settings_without_effect[] = {
    "color",    "json",  "key",         "lang", "log",    "log-rounds", "no-floor", "port",
    "progress", "quiet", "repetitions", "seed", "series", "timeout",    "trace"};

/// Facts about a machine that change from one minute to the next.
constexpr std::string_view facts_of_the_moment[] = {"load", "mhz", "memory_bytes", "steal"};

/// The reason for refusing a result file. Thrown and caught only in this source file.
struct Refused {
    std::string text;
};

/// A value and its path in the file.
class Field {
public:
    Field(const Json& json, std::string place) : json_(json), place_(std::move(place)) {}

    [[noreturn]] void refuse(std::string_view what) const {
        throw Refused{place_.empty() ? std::string(what) : place_ + ": " + std::string(what)};
    }

    [[nodiscard]] bool has(const char* name) const {
        return json_.is_object() && json_.contains(name);
    }
    [[nodiscard]] Field at(const char* name) const {
        if (!json_.is_object()) refuse("must be an object");
        const std::string place = place_.empty() ? name : place_ + "." + name;
        const auto found = json_.find(name);
        if (found == json_.end()) throw Refused{place + ": is missing"};
        return {*found, place};
    }
    [[nodiscard]] std::vector<Field> entries() const {
        if (!json_.is_array()) refuse("must be a list");
        std::vector<Field> all;
        for (const Json& entry : json_)
            all.emplace_back(entry, fmt::format("{}[{}]", place_, all.size()));
        return all;
    }
    [[nodiscard]] std::vector<std::pair<std::string, Field>> members() const {
        if (!json_.is_object()) refuse("must be an object");
        std::vector<std::pair<std::string, Field>> all;
        for (auto entry = json_.begin(); entry != json_.end(); ++entry)
            all.emplace_back(printable(entry.key()),
                             Field(*entry, place_ + "." + printable(entry.key())));
        return all;
    }

    [[nodiscard]] std::string text() const {
        if (!json_.is_string()) refuse("must be a string");
        return printable(json_.get<std::string>());
    }
    [[nodiscard]] bool truth() const {
        if (!json_.is_boolean()) refuse("must be true or false");
        return json_.get<bool>();
    }
    [[nodiscard]] std::uint64_t whole() const {
        if (!json_.is_number_unsigned()) refuse("must be a whole number");
        return json_.get<std::uint64_t>();
    }
    /// A finite number above 0. Other values, and null (which JSON has for NaN), are refused.
    [[nodiscard]] double positive() const {
        const double value = json_.is_number() ? json_.get<double>() : 0;
        if (!std::isfinite(value) || value <= 0) refuse("must be a positive number");
        return value;
    }
    [[nodiscard]] std::optional<double> positive_if_any(const char* name) const {
        return has(name) ? std::optional(at(name).positive()) : std::nullopt;
    }
    /// Any value as text. A string is returned without quotes.
    [[nodiscard]] std::string printed() const {
        if (json_.is_string()) return text();
        return json_.dump(-1, ' ', false, Json::error_handler_t::replace);
    }

private:
    const Json& json_;
    std::string place_;
};

constexpr int depth_max = 64;  // Far more than the 6 levels of a result file.

Json parse(std::string_view text) {
    if (std::all_of(text.begin(), text.end(), [](unsigned char c) { return std::isspace(c) != 0; }))
        throw Refused{"is empty"};
    const auto without_histograms = [](int depth, Json::parse_event_t event, Json& parsed) {
        // The depth is limited because printing a value is recursive.
        if (depth > depth_max) throw Refused{"is nested deeper than any result file"};
        return event != Json::parse_event_t::key || parsed != "histogram";
    };
    try {
        return Json::parse(text, without_histograms);
    } catch (const Json::parse_error& error) {
        if (error.byte > text.size()) throw Refused{"is truncated"};
        const auto line = std::count(text.begin(),
                                     text.begin() + static_cast<std::ptrdiff_t>(error.byte), '\n');
        throw Refused{fmt::format("line {}: is not JSON", line + 1)};
    } catch (const Json::exception&) {
        throw Refused{"has a number that is out of range"};
    }
}

measure::Build build_of(const Field& field) {
    return {.version = field.at("version").text(),
            .commit = field.at("commit").text(),
            .compiler = field.at("compiler").text(),
            .flags = field.at("flags").text(),
            .libraries = field.has("libraries") ? field.at("libraries").text() : "",
            .dirty = field.at("dirty").truth()};
}

measure::FloorResult floor_of(const Field& field) {
    const auto measured = [&](const char* name) { return field.positive_if_any(name).value_or(0); };
    return {.rtt_ns_p50 = measured("rtt_ns_p50"),
            .round_ns_p50 = measured("round_ns_p50"),
            .rounds_per_second = measured("rounds_per_second"),
            .decisions_per_second = measured("decisions_per_second"),
            .unreliable = {}};
}

template <std::size_t count>
bool is_one_of(std::string_view name, const std::string_view (&names)[count]) {
    return std::find(std::begin(names), std::end(names), name) != std::end(names);
}

void take_settings(const Field& config, Result& result) {
    for (const auto& [name, setting] : config.members()) {
        if (is_one_of(name, settings_without_effect)) continue;
        result.settings[name] = setting.at("value").printed();
        if (setting.at("from").text() == "default") result.by_default.insert(name);
    }
}

Facts machine_of(const Field& environment) {
    Facts machine;
    for (const auto& [name, fact] : environment.members())
        if (!is_one_of(name, facts_of_the_moment)) machine[name] = fact.printed();
    return machine;
}

/// Adds the facts about the hosts of a cluster that spans hosts. `environment` describes only the
/// host of n0.
void add_hosts(const Field& summary, Facts& machine) {
    if (!summary.has("hosts")) return;
    for (const Field& host : summary.at("hosts").entries()) {
        const std::string prefix = fmt::format("n{} ", host.at("node").whole());
        for (const char* name : {"name", "kernel", "cores_online", "mtu", "file_system"})
            if (host.has(name)) machine[prefix + name] = host.at(name).printed();
    }
}

void refuse_what_is_no_measurement(const Field& run, bool allow_degraded) {
    const std::string verdict = run.at("safety").at("verdict").text();
    const std::string which = fmt::format("repetition {}", run.at("repetition").whole());
    if (verdict != measure::name_of(measure::Verdict::safe))
        run.refuse(which + " is " + verdict + ", not SAFE: its figures are not valid");
    if (run.at("logged").truth())
        run.refuse(which + " was made with --log, which slows the run; its figures are not valid");
    if (run.at("degraded").truth() && !allow_degraded)
        run.refuse(which +
                   " is DEGRADED: a node died, was silent or was left behind; --allow-degraded "
                   "accepts such runs");
}

Row row_of(const Field& run) {
    if (run.has("rate"))
        run.refuse("was made with --rate, so it does not measure the maximum throughput");
    Row row;
    row.window = run.at("window").whole();
    row.repetition = run.at("repetition").whole();
    const Field latency = run.at("latency_ns");
    const auto put = [&](Metric metric, std::optional<double> figure) {
        row.figures[static_cast<std::size_t>(metric)] = figure;
    };
    put(Metric::rate, run.positive_if_any("decisions_per_second"));
    put(Metric::p50, latency.positive_if_any("p50"));
    put(Metric::p99, latency.positive_if_any("p99"));
    put(Metric::p99_9, latency.positive_if_any("p99_9"));
    put(Metric::max, latency.positive_if_any("max"));
    put(Metric::cpu, run.positive_if_any("cpu_ns_per_decision"));
    const std::uint64_t decisions = run.at("decisions").whole();
    const std::uint64_t sent = run.at("datagrams").at("sent").whole();
    if (decisions > 0 && sent > 0)
        put(Metric::datagrams, static_cast<double>(sent) / static_cast<double>(decisions));
    return row;
}

/// Refuses repetitions that failed or were disturbed. Appends the I/O interface that each
/// repetition used (io_uring or mmsg) to the setting `io`, because `auto` may choose either one.
void take_repetitions(const Field& repetitions, Facts& settings) {
    for (const Field& repetition : repetitions.entries()) {
        if (const std::uint64_t code = repetition.at("exit_code").whole(); code != 0)
            repetition.refuse(fmt::format("repetition {} failed (exit code {})",
                                          repetition.at("repetition").whole(), code));
        if (repetition.has("environment_changed") && repetition.at("environment_changed").truth())
            repetition.refuse(fmt::format(
                "repetition {} is not comparable: cores or CPU quota changed "
                "while it ran ({})",
                repetition.at("repetition").whole(), repetition.at("environment_changes").text()));
        const std::string used = repetition.at("io").text();
        if (std::string& io = settings["io"]; io.find(used) == std::string::npos)
            io += (io.empty() ? "" : ": ") + used;
    }
}

void take_all(const Field& file, bool allow_degraded, Result& result) {
    if (!file.has("paxos_fast"))
        file.refuse("is not a result file of paxos_fast (--json FILE writes one)");
    const Field ours = file.at("paxos_fast");
    const std::uint64_t schema = ours.at("schema").whole();
    if (schema != static_cast<std::uint64_t>(measure::result_schema))
        ours.at("schema").refuse(fmt::format(
            "is {}, but this paxos_fast reads only {}; use the version of paxos_fast that "
            "wrote the file",
            schema, measure::result_schema));
    result.date = ours.at("date").text();
    result.build = build_of(ours.at("build"));
    take_settings(ours.at("config"), result);
    result.machine = machine_of(ours.at("environment"));
    add_hosts(ours.at("summary"), result.machine);
    result.floor = floor_of(ours.at("floor"));
    const std::vector<Field> runs = ours.at("runs").entries();
    if (runs.empty()) ours.at("runs").refuse("has no repetition");
    for (const Field& run : runs) {
        refuse_what_is_no_measurement(run, allow_degraded);
        result.degraded |= run.at("degraded").truth();
        result.rows.push_back(row_of(run));
    }
    take_repetitions(ours.at("repetitions"), result.settings);
}

}  // namespace

bool is_build(std::string_view text) {
    try {
        const Json json = parse(text);
        return !build_of(Field(json, "")).version.empty();
    } catch (const Refused&) {
        return false;  // The text is the output of another program.
    }
}

bool read_result(const std::string& path, std::string_view text, bool allow_degraded,
                 Result& result, std::string& why) {
    result = {};
    result.path = path;
    try {
        const Json json = parse(text);
        take_all(Field(json, ""), allow_degraded, result);
        return true;
    } catch (const Refused& refused) {
        why = path + ": " + refused.text;
        return false;
    }
}

}  // namespace paxos::compare
