// See doctor.h.
#include "cli/doctor.h"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>
#include <ctime>
#include <optional>

#include "cli/commands.h"
#include "cli/readers.h"
#include "cli/tell.h"
#include "cli/text.h"
#include "cli/trials.h"
#include "cluster/placement.h"
#include "measure/result_file.h"
#include "measure/result_json.h"
#include "measure/steal.h"
#include "measure/text.h"

namespace paxos::cli {
namespace {

constexpr std::size_t columns = 80;
constexpr std::size_t label_width = 13;
constexpr std::size_t indent = 2;
constexpr std::size_t effect_lines_max = 20;  // No effect is so long: none is cut.

/// Steal is counted in ticks of 10 ms: half a second is 50 of them on each core.
constexpr timespec steal_sample{.tv_sec = 0, .tv_nsec = 500'000'000};

constexpr const char* doctor_head =
    "Says what about this machine will spoil a measurement, and the command that\n"
    "mends it. Changes nothing itself. Watches for steal time for half a second.\n";
constexpr const char* doctor_foot =
    "Exit codes: 0 findings or none, 2 usage, 3 nothing of this machine can be read";

/// What is asked for, as text: readers.h reads it.
struct Asked {
    std::optional<std::string> nodes;
    std::optional<std::string> cores;
    bool json = false;
    bool help = false;
};

void describe(CLI::App& app, Asked& asked) {
    app.name("paxos_fast doctor");
    app.set_help_flag();
    app.allow_extras();
    app.add_option("--nodes", asked.nodes, "nodes to be run (5)")->type_name("N");
    app.add_option("--cores", asked.cores, "cores for them (all that this process may use)")
        ->type_name("LIST");
    app.add_flag("--json", asked.json, "as JSON, with the facts");
    app.add_flag("-h,--help", asked.help, "shows this");
    app.footer(doctor_foot);
}

Advice usage_error(const std::string& text) {
    return {2, std::string(program_prefix) + "doctor: " + text};
}

/// The machine's facts, those that take a trial or half a second included.
measure::Environment examine() {
    const std::optional<measure::CpuTime> before = measure::read_cpu_time();
    measure::Environment environment = measure::read_environment();
    try_out(environment);
    // A signal that ends it early leaves a shorter sample.
    nanosleep(&steal_sample, nullptr);
    environment.steal = measure::stolen_share(before, measure::read_cpu_time());
    return environment;
}

std::string advice_json(const measure::Environment& environment, const measure::Usage& usage,
                        const std::vector<measure::Finding>& findings) {
    measure::Json json;
    json["schema"] = measure::result_schema;
    json["environment"] = measure::json_of(environment);
    json["nodes"] = usage.nodes;
    json["cores"] = usage.cores;
    json["window"] = usage.window;
    json["findings"] = measure::Json::array();
    for (const measure::Finding& finding : findings) {
        measure::Json entry{{"name", finding.name},
                            {"severity", name_of(finding.severity)},
                            {"what", finding.what},
                            {"effect", finding.effect}};
        if (!finding.command.empty()) entry["command"] = finding.command;
        json["findings"].push_back(std::move(entry));
    }
    return json.dump(2, ' ', false, measure::Json::error_handler_t::replace) + "\n";
}

/// Whether the text of an option is a good one; if not, `wrong` says what it must be.
template <class Read>
bool take(const std::string& name, const std::optional<std::string>& text, Read read, Given& given,
          std::string& wrong) {
    if (!text) return true;
    const std::string why = read(*text, given);
    if (!why.empty()) wrong = name + " " + shown(*text) + ": " + why;
    return why.empty();
}

}  // namespace

int doctor_command(const std::vector<std::string>& arguments) {
    const Advice advice = doctor(arguments);
    if (advice.exit_code == 0) return tell(advice.text);
    complain(advice.text);
    return advice.exit_code;
}

Advice doctor(const std::vector<std::string>& arguments) {
    CLI::App app{doctor_head};
    Asked asked;
    describe(app, asked);
    // CLI11 takes them from the back.
    std::vector<std::string> rest(arguments.rbegin(), arguments.rend());
    try {
        app.parse(rest);
    } catch (const CLI::ParseError& error) {
        return usage_error(error.what());
    }
    if (asked.help) return {0, without_gaps(app.help())};
    if (const std::vector<std::string> left = app.remaining(); !left.empty())
        return {2, unknown_option("doctor", left.front(), {"nodes", "cores", "json", "help"})};

    Given given;
    std::string wrong;
    if (!take("--nodes", asked.nodes, read_nodes, given, wrong) ||
        !take("--cores", asked.cores, read_cores, given, wrong))
        return usage_error(wrong);
    if (const std::string fault = cluster::fault_of_cores(given.cores, given.nodes); !fault.empty())
        return usage_error("--cores " + shown(*asked.cores) + ": " + fault);

    const measure::Environment environment = examine();
    if (knows_nothing(environment))
        return {3, std::string(program_prefix) +
                       "doctor: nothing of this machine can be read (are /proc and /sys mounted?)"};
    measure::Usage usage{.nodes = given.nodes, .cores = given.cores};
    if (usage.cores.empty()) usage.cores = environment.cores_allowed;
    std::ranges::sort(usage.cores);
    usage.cores.erase(std::ranges::unique(usage.cores).begin(), usage.cores.end());
    if (!std::ranges::includes(environment.cores_allowed, usage.cores))
        return usage_error("--cores " + shown(*asked.cores) +
                           ": not all are cores that this process may use");

    const std::vector<measure::Finding> findings = diagnose(environment, usage);
    return {0, asked.json ? advice_json(environment, usage, findings) : advice_text(findings)};
}

std::string advice_text(const std::vector<measure::Finding>& findings) {
    std::array<std::size_t, 3> counts{};
    std::string text;
    for (const measure::Finding& finding : findings) {
        ++counts[static_cast<std::size_t>(finding.severity)];
        text += measure::left_aligned(name_of(finding.severity), label_width) + finding.what + "\n";
        const std::string margin(indent, ' ');
        for (const std::string& line :
             measure::wrapped(finding.effect, columns - indent, effect_lines_max))
            text += margin + line + "\n";
        for (const std::string_view line : split(finding.command, '\n'))
            if (!line.empty()) text += margin + std::string(line) + "\n";
        text += "\n";
    }
    return text + "found: " + std::to_string(counts[0]) + " spoiling, " +
           std::to_string(counts[1]) + " disturbing, " + std::to_string(counts[2]) +
           " for information\n";
}

bool knows_nothing(const measure::Environment& environment) {
    return environment.cores_allowed.empty() && environment.kernel.empty() &&
           environment.cpu_model.empty() && environment.load.empty() && environment.io.empty() &&
           !environment.receive_buffer_size;
}

}  // namespace paxos::cli
