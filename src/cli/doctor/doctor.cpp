// See doctor.h.
#include "cli/doctor/doctor.h"

#include <algorithm>
#include <array>
#include <ctime>
#include <filesystem>
#include <optional>

#include "cli/bench/readers.h"
#include "cli/exit_codes.h"
#include "cli/print.h"
#include "cli/probes.h"
#include "cli/subcommand_parser.h"
#include "cli/text.h"
#include "cluster/placement.h"
#include "measure/result_file.h"
#include "measure/result_json.h"
#include "measure/steal.h"
#include "measure/text.h"

namespace paxos::cli {
namespace {

constexpr std::size_t label_width = 13;
constexpr std::size_t indent = 2;
constexpr std::size_t effect_lines_max = 20;  // More lines than the effect of any finding has.

/// The time for which steal time is sampled. The kernel counts steal time in ticks of 10 ms, so
/// this sample has 50 ticks per core, enough to resolve 2 %.
constexpr timespec steal_sample{.tv_sec = 0, .tv_nsec = 500'000'000};

constexpr const char* doctor_head =
    "Checks what on this machine would distort a measurement, and prints the\n"
    "command that fixes it. Changes nothing itself. Samples steal time for 0.5s.\n";
constexpr const char* doctor_foot =
    "Exit codes:\n"
    "  0  done, with or without findings\n"
    "  2  usage\n"
    "  3  no facts can be read, or DIR is unusable";

struct DoctorParser {
    SubcommandParser parser{"doctor", doctor_head, doctor_foot};
    CLI::Option* nodes = parser.text("--nodes", "N", "nodes to run; default 5");
    CLI::Option* cores = parser.text("--cores", "LIST",
                                     "cores for the nodes; default: the affinity mask");
    CLI::Option* durable = parser.text("--durable", "DIR",
                                       "checks the file system and the disk of DIR");
    CLI::Option* json = parser.flag("--json", "prints the findings and the facts as JSON");

    DoctorParser() { parser.expect_no_words(std::string(json_remedy)); }

    /// Reads an option of `bench` into `options`.
    void read(const CLI::Option* option, std::string (*reader)(std::string_view, Options&),
              Options& options) {
        const std::string text = SubcommandParser::text_of(option);
        if (text.empty()) return;
        if (const std::string error = reader(text, options); !error.empty())
            parser.refuse(option, text, error);
    }
};

/// Why --durable cannot use `directory`; empty if --durable can use or create the directory.
std::string fault_of_directory(const std::string& directory) {
    namespace files = std::filesystem;
    std::error_code error;
    const files::file_status status = files::status(directory, error);
    if (files::is_directory(status)) return "";
    if (files::exists(status)) return "is not a directory";
    if (status.type() != files::file_type::not_found) return error.message();
    const files::path folder = files::absolute(directory + "/").parent_path().parent_path();
    return files::is_directory(folder, error)
               ? ""
               : "does not exist and cannot be created: " + sanitized(folder.string()) +
                     " is not an existing directory";
}

Advice usage_error(const std::string& text) {
    return {2, std::string(program_prefix) + "doctor: " + text};
}

/// Reads all facts about the machine except those about a disk. Takes half a second.
measure::Environment examine() {
    const std::optional<measure::CpuTime> before = measure::read_cpu_time();
    measure::Environment environment = measure::read_environment();
    probe_sockets(environment);
    // A signal may end the sample early, which is harmless.
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

}  // namespace

int doctor_command(const Invocation& invocation) {
    const Advice advice = doctor(invocation.arguments);
    if (advice.exit_code == 0) return print(advice.text);
    print_error(advice.text);
    return advice.exit_code;
}

Advice doctor(const std::vector<std::string>& arguments) {
    DoctorParser line;
    Options options;
    if (line.parser.parse(arguments)) {
        line.read(line.nodes, read_nodes, options);
        line.read(line.cores, read_cores, options);
    }
    if (const std::string help = line.parser.requested_help(); !help.empty()) return {0, help};
    if (!line.parser.error().empty()) return {2, line.parser.error()};
    const std::string cores_label = "--cores " + sanitized(SubcommandParser::text_of(line.cores));
    if (const std::string error = cluster::fault_of_cores(options.cores, options.plan.nodes);
        !error.empty())
        return usage_error(cores_label + ": " + error);

    const std::string directory = SubcommandParser::text_of(line.durable);
    const std::string durable_label = "--durable " + sanitized(directory);
    if (const std::string fault = directory.empty() ? "" : fault_of_directory(directory);
        !fault.empty())
        return {exit_machine,
                std::string(program_prefix) + "doctor: " + durable_label + ": " + fault};

    measure::Environment environment = examine();
    if (!directory.empty()) probe_disk(directory, environment);
    if (knows_nothing(environment))
        return {3, std::string(program_prefix) +
                       "doctor: no facts about this machine can be read (are /proc and /sys "
                       "mounted?)"};
    measure::Usage usage{.nodes = options.plan.nodes, .cores = options.cores};
    if (usage.cores.empty()) usage.cores = environment.cores_allowed;
    std::ranges::sort(usage.cores);
    usage.cores.erase(std::ranges::unique(usage.cores).begin(), usage.cores.end());
    if (!std::ranges::includes(environment.cores_allowed, usage.cores))
        return usage_error(
            cores_label +
            ": this process is not allowed to run on some of these cores (see its affinity mask)");

    std::vector<measure::Finding> findings = diagnose(environment, usage);
    if (std::error_code error; !directory.empty() && !std::filesystem::exists(directory, error))
        findings.push_back({measure::Severity::information, "directory",
                            durable_label + " does not exist",
                            "A run creates it. Its parent folder was checked instead.", ""});
    return {0, line.json->count() != 0 ? advice_json(environment, usage, findings)
                                       : advice_text(findings)};
}

std::string advice_text(const std::vector<measure::Finding>& findings) {
    std::array<std::size_t, 3> counts{};
    std::string text;
    for (const measure::Finding& finding : findings) {
        ++counts[static_cast<std::size_t>(finding.severity)];
        text += measure::left_aligned(name_of(finding.severity), label_width) + finding.what + "\n";
        const std::string margin(indent, ' ');
        for (const std::string& line :
             measure::wrapped(finding.effect, measure::columns_usual - indent, effect_lines_max))
            text += margin + line + "\n";
        for (const std::string_view line : split(finding.command, '\n'))
            if (!line.empty()) text += margin + std::string(line) + "\n";
        text += "\n";
    }
    return text + "found: " + std::to_string(counts[0]) + " serious, " + std::to_string(counts[1]) +
           " minor, " + std::to_string(counts[2]) + " for information\n";
}

bool knows_nothing(const measure::Environment& environment) {
    return environment.cores_allowed.empty() && environment.kernel.empty() &&
           environment.cpu_model.empty() && environment.load.empty() && environment.io.empty() &&
           !environment.receive_buffer_size;
}

}  // namespace paxos::cli
