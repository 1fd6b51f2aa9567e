// See result_file.h. In the file, each entry of a list of objects is one line, so that files can be
// compared and searched by line.
#include "measure/result_file.h"

#include "measure/result_json.h"

namespace paxos::measure {
namespace {

/// Text from the user may be in any encoding, but JSON must be UTF-8. Invalid bytes are therefore
/// replaced.
std::string line_of(const Json& json) {
    return json.dump(-1, ' ', false, Json::error_handler_t::replace);
}

std::string indented(std::size_t depth) { return std::string(depth, ' '); }

/// Writes one line for each member of an object, down to `depth` levels, and one line for each
/// entry of a list of objects. Everything else is on one line.
std::string text_of(const Json& json, std::size_t depth, std::size_t level = 0) {
    const bool is_list = json.is_array() && !json.empty() && json.front().is_object();
    if (json.empty() || (!is_list && (!json.is_object() || level >= depth))) return line_of(json);
    std::string text = is_list ? "[" : "{";
    for (auto entry = json.begin(); entry != json.end(); ++entry) {
        text += (entry == json.begin() ? "\n" : ",\n") + indented(level + 1);
        if (is_list)
            text += line_of(*entry);
        else
            text += line_of(entry.key()) + ": " + text_of(*entry, depth, level + 1);
    }
    return text + "\n" + indented(level) + (is_list ? "]" : "}");
}

}  // namespace

std::string result_file(const Report& report, const std::string& executable) {
    Json ours;
    ours["schema"] = result_schema;
    ours["date"] = report.date;
    ours["build"] = json_of(report.build);
    ours["environment"] = json_of(report.environment);
    ours["config"] = config_of(report);
    ours["runs"] = Json::array();
    ours["repetitions"] = Json::array();
    for (const RunResult& run : report.runs) {
        for (const RowResult& row : run.rows) ours["runs"].push_back(json_of(run, row));
        ours["repetitions"].push_back(json_of(run));
    }
    ours["floor"] = json_of(report.floor);
    if (report.knee) ours["knee"] = json_of(*report.knee);
    ours["summary"] = summary_json(report);

    Json file;
    file["context"] = context_of(report, executable);
    file["benchmarks"] = benchmarks_of(report);
    file["paxos_fast"] = std::move(ours);
    return text_of(file, 3) + "\n";
}

std::string build_as_json(const Build& build) { return text_of(json_of(build), 1) + "\n"; }

}  // namespace paxos::measure
